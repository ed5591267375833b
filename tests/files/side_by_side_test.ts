// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { sideBySide } from "../../src/files/side_by_side.ts";

/** Actions that end when the test says so. */
class Watched {
  readonly begun: number[] = [];
  readonly ends = new Map<number, PromiseWithResolvers<void>>();

  action = async (item: number): Promise<void> => {
    this.begun.push(item);
    const end = Promise.withResolvers<void>();
    this.ends.set(item, end);
    await end.promise;
  };

  /** The items begun once nothing more can happen by itself. */
  async seen(): Promise<readonly number[]> {
    for (let i = 0; i < 50; i++) await Promise.resolve();
    return [...this.begun];
  }
}

Deno.test("sideBySide: as many at a time as it may, in their order, and all in the end", async () => {
  const watched = new Watched();
  const done = sideBySide([0, 1, 2, 3], 2, watched.action);
  assertEquals(await watched.seen(), [0, 1]);
  watched.ends.get(1)?.resolve();
  assertEquals(await watched.seen(), [0, 1, 2]);
  watched.ends.get(2)?.resolve();
  watched.ends.get(0)?.resolve();
  assertEquals(await watched.seen(), [0, 1, 2, 3]);
  watched.ends.get(3)?.resolve();
  await done;
});

Deno.test("sideBySide: after a failure none is begun, those that were are waited for, and the first is thrown", async () => {
  const watched = new Watched();
  let hasEnded = false;
  const done = assertRejects(
    () => sideBySide([0, 1, 2, 3], 2, watched.action).finally(() => hasEnded = true),
    Error,
    "first",
  );
  await watched.seen();
  watched.ends.get(1)?.reject(new Error("first"));
  assertEquals(await watched.seen(), [0, 1]);
  assertEquals(hasEnded, false);
  watched.ends.get(0)?.reject(new Error("second"));
  await done;
  assertEquals(watched.begun, [0, 1]);
});

Deno.test("sideBySide: what making an item throws is thrown, once those before it have ended", async () => {
  const watched = new Watched();
  const items = async function* (): AsyncGenerator<number> {
    yield 0;
    await Promise.resolve();
    throw new RangeError("no item");
  };
  let hasEnded = false;
  const done = assertRejects(
    () => sideBySide(items(), 3, watched.action).finally(() => hasEnded = true),
    RangeError,
    "no item",
  );
  assertEquals(await watched.seen(), [0]);
  assertEquals(hasEnded, false);
  watched.ends.get(0)?.resolve();
  await done;
});

// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import type { LoadedModel } from "../../src/model/engine.ts";
import { LoadedModels } from "../../src/threads/loaded_models.ts";

/** Models that say in `events` when they are made and freed. */
function recorded(events: string[]): (name: string) => Promise<LoadedModel> {
  return (name) => {
    events.push(`load ${name}`);
    return Promise.resolve({
      spec: { vocabSize: 2, blockSize: 2 },
      forward: () => [],
      open: () => {
        throw new TypeError("no sequences");
      },
      close: () => void events.push(`close ${name}`),
    });
  };
}

Deno.test("LoadedModels: each is loaded once, also by two that ask at once", async () => {
  const events: string[] = [];
  const load = recorded(events);
  const models = new LoadedModels();
  const [one, other] = await Promise.all([
    models.get("a", () => load("a")),
    models.get("a", () => load("a")),
  ]);
  assertEquals(one === other, true);
  assertEquals(await models.get("a", () => load("a")) === one, true);
  assertEquals(events, ["load a"]);
});

Deno.test("LoadedModels: the next experiment keeps those that it uses, and frees the others", async () => {
  const events: string[] = [];
  const load = recorded(events);
  const models = new LoadedModels();
  for (const name of ["a", "b"]) await models.get(name, () => load(name));
  models.keepOnly((name) => name === "a");
  await models.get("a", () => load("a"));
  assertEquals(events, ["load a", "load b", "close b"]);
  models.close();
  await Promise.resolve();
  assertEquals(events, ["load a", "load b", "close b", "close a"]);
});

Deno.test("LoadedModels: what could not be loaded is tried again", async () => {
  const models = new LoadedModels();
  await assertRejects(
    () => models.get("a", () => Promise.reject(new TypeError("not there"))),
    TypeError,
    "not there",
  );
  await models.get("a", () => recorded([])("a"));
});

// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { laterProgress, type Progress } from "../../src/runs/progress.ts";

/** A progress that notes what it is told. */
function noted(): { told: string[]; progress: Progress } {
  const told: string[] = [];
  const progress: Progress = {
    begin: (phase, total) => void told.push(`begin ${phase} ${total}`),
    advance: (done) => void told.push(`advance ${done}`),
    end: () => void told.push("end"),
  };
  return { told, progress };
}

Deno.test("laterProgress: a phase is shown after the one beside it, from where it is then", async () => {
  const { told, progress } = noted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const later = laterProgress(progress, promise);
  later.begin("reports", 3, "reports");
  later.advance(1, 0);
  later.advance(2, 0);
  assertEquals(told, []);
  resolve();
  await promise;
  assertEquals(told, ["begin reports 3", "advance 2"]);
  later.advance(3, 0);
  later.end();
  assertEquals(told, ["begin reports 3", "advance 2", "advance 3", "end"]);
});

Deno.test("laterProgress: what has ended by then is shown at once; nothing where the other one failed", async () => {
  for (const [fails, expected] of [[false, ["begin reports 1", "end"]], [true, []]] as const) {
    const { told, progress } = noted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const later = laterProgress(progress, promise);
    later.begin("reports", 1, "reports");
    later.end();
    if (fails) reject(new Error("stopped"));
    else resolve();
    await promise.catch(() => {});
    assertEquals(told, [...expected]);
  }
});

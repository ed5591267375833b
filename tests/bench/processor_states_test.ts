// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { processorStates, statesText } from "./processor_states.ts";

for (
  const [yardstick, states] of [
    [[40], [[[1], 40]]],
    [[40, 38, 41], [[[1, 2, 3], 40]]],
    // A gap of exactly a tenth is one state still.
    [[44, 40], [[[1, 2], 42]]],
    [[45, 35, 46, 34, 45], [[[1, 3, 5], 45], [[2, 4], 34.5]]],
    [[35, 35, 35, 45], [[[4], 45], [[1, 2, 3], 35]]],
    // Two gaps: parted at the wider one.
    [[50, 40, 30], [[[1, 2], 45], [[3], 30]]],
  ] as [number[], [number[], number][]][]
) {
  Deno.test(`processorStates() of ${yardstick}: ${states.length}`, () => {
    assertEquals(
      processorStates(yardstick),
      states.map(([rounds, yardstick]) => ({ rounds, yardstick })),
    );
  });
}

Deno.test("statesText(): says which rounds were in which state", () => {
  const text = statesText(processorStates([45, 35, 46]), "GFLOPS");
  assertStringIncludes(
    text,
    "two states: 45.5 GFLOPS in registers in rounds 1, 3; 35.0 in round 2.",
  );
  assertStringIncludes(statesText(processorStates([45, 46]), "GFLOPS"), "one state: 45.5 GFLOPS");
});

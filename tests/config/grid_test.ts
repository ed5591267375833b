// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { cells } from "../../src/config/grid.ts";
import type { StrategyEntry } from "../../src/config/schema.ts";
import { settingValues, sweptValue } from "../../src/config/setting_values.ts";

const sweeps: readonly [string, StrategyEntry, string[], (string | number)[][]][] = [
  ["a setting", { strategy: "top_k", k: [1, 5] }, ["k"], [[1], [5]]],
  ["nothing", { strategy: "sample", warp: [{ top_k: 5 }] }, [], [[]]],
  ["no warper", { strategy: "sample", warp: [] }, [], [[]]],
  ["a warper", { strategy: "sample", warp: [{ eta: 0.1 }, { top_k: [1, 5] }] }, ["warp.top_k"], [
    [1],
    [5],
  ]],
  [
    "two warpers",
    { strategy: "sample", warp: [{ eta: [0.1, 0.2] }, { top_k: [1, 5] }] },
    ["warp.eta", "warp.top_k"],
    [[0.1, 1], [0.1, 5], [0.2, 1], [0.2, 5]],
  ],
  [
    "one of two warpers of a kind",
    { strategy: "sample", warp: [{ temperature: 2 }, { top_k: 5 }, { temperature: [0.5, 1] }] },
    ["warp[2].temperature"],
    [[0.5], [1]],
  ],
];

for (const [name, entry, swept, values] of sweeps) {
  Deno.test(`cells: an entry that sweeps ${name} says so, and each cell its values`, () => {
    const grid = cells([entry]);
    assertEquals(grid.map((cell) => cell.swept), grid.map(() => swept));
    assertEquals(
      grid.map(({ settings }) => swept.map((key) => sweptValue(settings, key))),
      values,
    );
  });
}

Deno.test("settingValues: a chain is a text, in the order written", () => {
  assertEquals(settingValues({ strategy: "sample", warp: [{ temperature: 0.8 }, { top_k: 5 }] }), {
    strategy: "sample",
    warp: "temperature 0.8 → top_k 5",
  });
  assertEquals(settingValues({ strategy: "sample", warp: [] }), {
    strategy: "sample",
    warp: "none",
  });
  assertEquals(settingValues({ strategy: "top_k", k: 5 }), { strategy: "top_k", k: 5 });
});

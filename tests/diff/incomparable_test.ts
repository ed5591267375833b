// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { incomparable } from "../../src/diff/render/incomparable.ts";
import type { RunDiff } from "../../src/diff/compare.ts";

const seed: RunDiff["settings"][number] = {
  path: "seed",
  old: 1,
  new: 1,
  differs: false,
  kind: "setting",
  variants: ["seed=1"],
};

/** The labels that only one has, the settings of what both have, and what is said. */
const cases: readonly [string, string[], string[], RunDiff["settings"], string | undefined][] = [
  [
    "a run and a sweep",
    [""],
    ["seed=1", "seed=2"],
    [],
    "a is a single run and b@main a sweep of 2: nothing of them can be compared; compare a with a run " +
    "of the sweep, such as b/seed=1@main",
  ],
  [
    "a sweep and a run",
    ["seed=1"],
    [""],
    [],
    "b@main is a single run and a a sweep of 1: nothing of them can be compared; compare b@main with " +
    "a run of the sweep, such as a/seed=1",
  ],
  [
    "sweeps over different settings",
    ["seed=1"],
    ["engine=simd"],
    [],
    "a and b@main are sweeps with no run in common: nothing of them can be compared",
  ],
  ["sweeps with a run in common", ["seed=2"], ["seed=3"], [seed], undefined],
  ["two runs", [], [], [seed], undefined],
  ["sweeps without runs", [], [], [], undefined],
];
for (const [what, old, current, settings, expected] of cases) {
  Deno.test(`incomparable: ${what}: ${expected === undefined ? "nothing" : "a sentence"}`, () => {
    const names = { old: "a", new: "b@main" };
    assertEquals(incomparable({ names, variants: { old, new: current }, settings }), expected);
  });
}

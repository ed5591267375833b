// @ts-types="../../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { softmax } from "../../../src/decode/distribution.ts";
import { topK, topP } from "../../../src/decode/warp/ranked_truncation.ts";
import { temperature } from "../../../src/decode/warp/temperature.ts";
import type { Warper } from "../../../src/decode/warp/warper.ts";

/** Probabilities in, probabilities out, once normalised. */
function apply(probabilities: readonly number[], ...warpers: Warper[]): number[] {
  const logits = Float64Array.from(probabilities, Math.log);
  for (const warper of warpers) warper.apply(logits, [], 0);
  return [...softmax(logits)];
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i] as number, 1e-12));
}

const cases: readonly [string, number[], Warper[], number[]][] = [
  ["temperature 1 changes nothing", [.1, .2, .3, .4], [temperature(1)], [.1, .2, .3, .4]],
  ["temperature ½ squares", [.1, .2, .3, .4], [temperature(.5)], [1 / 30, 4 / 30, 9 / 30, 16 / 30]],
  ["temperature keeps what is impossible so", [0, .5, .5], [temperature(2)], [0, .5, .5]],
  ["top-k 1 is the argmax", [.1, .2, .3, .4], [topK(1)], [0, 0, 0, 1]],
  ["top-k 3", [.1, .2, .3, .4], [topK(3)], [0, 2 / 9, 3 / 9, 4 / 9]],
  ["top-k of the whole vocabulary", [.1, .2, .3, .4], [topK(4)], [.1, .2, .3, .4]],
  ["top-k past the vocabulary", [.1, .2, .3, .4], [topK(9)], [.1, .2, .3, .4]],
  ["top-k: of ties the lower ids", [.25, .25, .25, .25], [topK(2)], [.5, .5, 0, 0]],
  ["top-k: a tie at the boundary", [.2, .4, .2, .2], [topK(2)], [1 / 3, 2 / 3, 0, 0]],
  ["top-p: the crossing token is in", [.1, .2, .3, .4], [topP(.5)], [0, 0, 3 / 7, 4 / 7]],
  ["top-p: reached exactly, the next is out", [.125, .125, .25, .5], [topP(.5)], [0, 0, 0, 1]],
  ["top-p: just past it, the next is in", [.125, .125, .25, .5], [topP(.51)], [0, 0, 1 / 3, 2 / 3]],
  ["top-p: at least one token", [.1, .2, .3, .4], [topP(1e-9)], [0, 0, 0, 1]],
  ["top-p 1 keeps everything", [.1, .2, .3, .4], [topP(1)], [.1, .2, .3, .4]],
  ["top-p: of ties the lower ids", [.25, .25, .25, .25], [topP(.4)], [.5, .5, 0, 0]],
  ["top-p after top-k: renormalised mass", [.1, .2, .3, .4], [topK(2), topP(.55)], [0, 0, 0, 1]],
  ["top-k after top-p", [.1, .2, .3, .4], [topP(.55), topK(2)], [0, 0, 3 / 7, 4 / 7]],
  ["one token", [1], [temperature(3), topK(1), topP(.1)], [1]],
];

for (const [name, probabilities, warpers, expected] of cases) {
  Deno.test(`warpers: ${name} (1e-12)`, () => {
    assertClose(apply(probabilities, ...warpers), expected);
  });
}

const refused: readonly [string, () => Warper, string][] = [
  ["temperature 0", () => temperature(0), "above 0 (0 would be greedy)"],
  ["temperature −1", () => temperature(-1), "above 0"],
  ["temperature NaN", () => temperature(NaN), "above 0"],
  ["top-k 0", () => topK(0), "integer of at least 1"],
  ["top-k 1.5", () => topK(1.5), "integer of at least 1"],
  ["top-p 0", () => topP(0), "above 0, at most 1"],
  ["top-p 1.1", () => topP(1.1), "above 0, at most 1"],
];

for (const [name, make, message] of refused) {
  Deno.test(`warpers: ${name} is refused`, () => {
    assertThrows(make, RangeError, message);
  });
}

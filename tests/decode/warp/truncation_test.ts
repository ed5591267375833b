// @ts-types="../../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { topK } from "../../../src/decode/warp/top_k.ts";
import { topP } from "../../../src/decode/warp/top_p.ts";
import { typicalP } from "../../../src/decode/warp/typical_p.ts";
import { temperature } from "../../../src/decode/warp/temperature.ts";
import { epsilon } from "../../../src/decode/warp/epsilon.ts";
import { eta } from "../../../src/decode/warp/eta.ts";
import { minP } from "../../../src/decode/warp/min_p.ts";
import { topNSigma } from "../../../src/decode/warp/top_n_sigma.ts";
import type { Warper } from "../../../src/decode/warp/warper.ts";
import { warped } from "./warped.ts";

const four = [.1, .2, .3, .4];
/** Its entropy is .898 nats; the surprisals are .511, 1.204 and 2.303: .3 is the most typical. */
const three = [.6, .3, .1];
/** Logits 0, −1, −2, −3, with a deviation of √1.25 = 1.118 (1.291 over one less than their number). */
const steps = [0, -1, -2, -3].map(Math.exp);
const equal = [.25, .25, .25, .25];

const cases: readonly [string, readonly number[], Warper[], readonly number[]][] = [
  ["temperature 1 changes nothing", four, [temperature(1)], four],
  ["temperature ½ squares", four, [temperature(.5)], [1 / 30, 4 / 30, 9 / 30, 16 / 30]],
  ["temperature keeps what is impossible so", [0, .5, .5], [temperature(2)], [0, .5, .5]],
  ["temperature next to 0 is the argmax", four, [temperature(1e-100)], [0, 0, 0, 1]],

  ["top_k 1 is the argmax", four, [topK(1)], [0, 0, 0, 1]],
  ["top_k 3", four, [topK(3)], [0, 2 / 9, 3 / 9, 4 / 9]],
  ["top_k of the whole vocabulary", four, [topK(4)], four],
  ["top_k past the vocabulary", four, [topK(9)], four],
  ["top_k: of equal ones the lower ids", equal, [topK(2)], [.5, .5, 0, 0]],
  ["top_k: a tie at the boundary", [.2, .4, .2, .2], [topK(2)], [1 / 3, 2 / 3, 0, 0]],
  ["top_k past what is left", [0, .5, 0, .5], [topK(3)], [0, .5, 0, .5]],

  ["top_p: the crossing token is in", four, [topP(.5)], [0, 0, 3 / 7, 4 / 7]],
  ["top_p: reached exactly, the next is out", [.125, .125, .25, .5], [topP(.5)], [0, 0, 0, 1]],
  ["top_p: just past it, the next is in", [.125, .125, .25, .5], [topP(.51)], [0, 0, 1 / 3, 2 / 3]],
  ["top_p: at least one token", four, [topP(1e-9)], [0, 0, 0, 1]],
  ["top_p 1 keeps everything", four, [topP(1)], four],
  ["top_p: of equal ones the lower ids", equal, [topP(.4)], [.5, .5, 0, 0]],
  ["top_p after top_k: the renormalised mass", four, [topK(2), topP(.55)], [0, 0, 0, 1]],
  ["top_k after top_p", four, [topP(.55), topK(2)], [0, 0, 3 / 7, 4 / 7]],

  ["min_p 0 keeps everything", four, [minP(0)], four],
  ["min_p: half the largest is in", [.125, .125, .25, .5], [minP(.5)], [0, 0, 1 / 3, 2 / 3]],
  ["min_p: just below it is out", [.125, .125, .24, .51], [minP(.5)], [0, 0, 0, 1]],
  ["min_p 1 is the argmax", four, [minP(1)], [0, 0, 0, 1]],
  ["min_p 1 with equals keeps them", [.2, .4, .4], [minP(1)], [0, .5, .5]],
  ["min_p of equal ones", equal, [minP(1)], equal],
  ["min_p keeps what is impossible so", [0, .5, .5], [minP(0)], [0, .5, .5]],
  ["min_p after temperature", [.1, .2, .4, .3], [temperature(.5), minP(.5)], [0, 0, .64, .36]],
  ["temperature after min_p", [.1, .2, .4, .3], [minP(.5), temperature(.5)], [
    0,
    4 / 29,
    16 / 29,
    9 / 29,
  ]],

  ["typical_p drops the argmax", three, [typicalP(.2)], [0, 1, 0]],
  ["typical_p: the crossing token is in", three, [typicalP(.5)], [2 / 3, 1 / 3, 0]],
  ["typical_p: nearly all", three, [typicalP(.95)], three],
  ["typical_p 1 keeps everything", three, [typicalP(1)], three],
  ["typical_p: at least one token", three, [typicalP(1e-9)], [0, 1, 0]],
  ["typical_p: of equal ones the lower ids", equal, [typicalP(.4)], [.5, .5, 0, 0]],
  ["typical_p does not count the impossible", [0, .6, .3, .1], [typicalP(.2)], [0, 0, 1, 0]],
  ["typical_p after temperature", three, [temperature(.5), typicalP(.2)], [1, 0, 0]],

  ["top_n_sigma 1", steps, [topNSigma(1)], [Math.E / (1 + Math.E), 1 / (1 + Math.E), 0, 0]],
  ["top_n_sigma divides by the number", steps, [topNSigma(.8)], [1, 0, 0, 0]],
  ["top_n_sigma does not count the impossible", [...steps, 0], [topNSigma(.8)], [1, 0, 0, 0, 0]],
  ["top_n_sigma past the smallest", four, [topNSigma(100)], four],
  ["top_n_sigma past what f64 holds", four, [topNSigma(1e308)], four],
  ["top_n_sigma of equal ones", equal, [topNSigma(1e-9)], equal],
  ["top_n_sigma is the same at any temperature", steps, [temperature(9), topNSigma(.8)], [
    1,
    0,
    0,
    0,
  ]],

  ["epsilon 0 keeps everything", four, [epsilon(0)], four],
  ["epsilon: that much is in", equal, [epsilon(.25)], equal],
  ["epsilon: less is out", four, [epsilon(.25)], [0, 0, 3 / 7, 4 / 7]],
  ["epsilon past the argmax keeps it", four, [epsilon(.9)], [0, 0, 0, 1]],
  ["epsilon past equal ones keeps them", equal, [epsilon(.9)], equal],
  ["epsilon 1 is the argmax", four, [epsilon(1)], [0, 0, 0, 1]],
  ["epsilon after top_k: renormalised", four, [topK(2), epsilon(.43)], [0, 0, 0, 1]],

  ["eta 0 keeps everything", three, [eta(0)], three],
  ["eta: ε below e^−2H = .166 stands", three, [eta(.09)], three],
  ["eta: above, √ε·e^−H = .182 and not ε", three, [eta(.2)], [2 / 3, 1 / 3, 0]],
  ["eta: .241 keeps what epsilon .35 drops", three, [eta(.35)], [2 / 3, 1 / 3, 0]],
  ["epsilon .35, to compare", three, [epsilon(.35)], [1, 0, 0]],
  ["eta 1 of equal ones is their probability", equal, [eta(1)], equal],
  ["eta 1 is e^−H, here .86", [.97, .01, .02], [eta(1)], [1, 0, 0]],
];

for (const [name, probabilities, warpers, expected] of cases) {
  Deno.test(`warpers: ${name} (1e-12)`, () => {
    const actual = warped(probabilities, ...warpers);
    assertEquals(actual.length, expected.length);
    actual.forEach((value, i) => assertAlmostEquals(value, expected[i] as number, 1e-12));
  });
}

const anyOf: readonly Warper[] = [
  temperature(3),
  topK(1),
  topP(.1),
  minP(.9),
  typicalP(.1),
  topNSigma(.1),
  epsilon(.9),
  eta(.9),
];
for (const warper of anyOf) {
  Deno.test(`${warper.name}: the one token of a vocabulary stays, as does the one that is left`, () => {
    assertEquals(warped([1], warper), [1]);
    assertEquals(warped([0, 1, 0], warper), [0, 1, 0]);
  });
}

const refused: readonly [string, () => Warper, string][] = [
  ["temperature 0", () => temperature(0), "above 0 (0 would be greedy)"],
  ["temperature −1", () => temperature(-1), "above 0"],
  ["temperature NaN", () => temperature(NaN), "above 0"],
  ["temperature ∞", () => temperature(Infinity), "above 0"],
  ["top_k 0", () => topK(0), "integer of at least 1"],
  ["top_k 1.5", () => topK(1.5), "integer of at least 1"],
  ["top_k ∞", () => topK(Infinity), "integer of at least 1"],
  ["top_p 0", () => topP(0), "above 0, at most 1"],
  ["top_p 1.1", () => topP(1.1), "above 0, at most 1"],
  ["typical_p 0", () => typicalP(0), "above 0, at most 1"],
  ["typical_p NaN", () => typicalP(NaN), "above 0, at most 1"],
  ["min_p −0.1", () => minP(-.1), "from 0 to 1"],
  ["min_p 1.1", () => minP(1.1), "from 0 to 1"],
  ["top_n_sigma 0", () => topNSigma(0), "a number above 0"],
  ["top_n_sigma ∞", () => topNSigma(Infinity), "a number above 0"],
  ["epsilon 1.1", () => epsilon(1.1), "from 0 to 1"],
  ["eta −0.1", () => eta(-.1), "from 0 to 1"],
  ["eta NaN", () => eta(NaN), "from 0 to 1"],
];

for (const [name, make, message] of refused) {
  Deno.test(`warpers: ${name} is refused`, () => {
    assertThrows(make, RangeError, message);
  });
}

// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  acceptedShare,
  bestDraftK,
  operationsFactor,
  speedUp,
  tokensPerPass,
} from "../../src/measure/speculation_theory.ts";

// Leviathan, Kalman & Matias (2023), table 1: α, γ, operations and speed where the draft costs nothing.
const table1: readonly [number, number, number, number][] = [
  [0.6, 2, 1.53, 1.96],
  [0.7, 3, 1.58, 2.53],
  [0.8, 2, 1.23, 2.44],
  [0.8, 5, 1.63, 3.69],
  [0.9, 2, 1.11, 2.71],
  [0.9, 10, 1.60, 6.86],
];
for (const [alpha, gamma, operations, speed] of table1) {
  Deno.test(`theory: table 1 at α ${alpha}, γ ${gamma}: ${operations}× operations, ${speed}× speed (0.005)`, () => {
    assertAlmostEquals(operationsFactor(alpha, gamma, 0), operations, 0.005);
    assertAlmostEquals(speedUp(alpha, gamma, 0), speed, 0.006);
  });
}

Deno.test("theory: sums are the paper's quotients, where those are defined (1e-12)", () => {
  const [a, g] = [0.73, 4];
  assertAlmostEquals(tokensPerPass(a, g), (1 - a ** (g + 1)) / (1 - a), 1e-12);
  assertAlmostEquals(acceptedShare(a, g), a * (1 - a ** g) / ((1 - a) * g), 1e-12);
  const factor = (1 - a) * (g * 0.2 + g + 1) / (1 - a ** (g + 1));
  assertAlmostEquals(operationsFactor(a, g, 0.2), factor, 1e-12);
});

Deno.test("theory: all accepted gives γ + 1 tokens a pass, none accepted gives 1", () => {
  assertEquals([tokensPerPass(1, 4), acceptedShare(1, 4)], [5, 1]);
  assertEquals([tokensPerPass(0, 4), acceptedShare(0, 4)], [1, 0]);
});

Deno.test("theory: a draft as dear as the target makes it slower; so does dear verification", () => {
  assertAlmostEquals(speedUp(0.8, 1, 1), 0.9, 1e-12);
  assertAlmostEquals(speedUp(0.8, 1, 0.1, 1.9), 0.9, 1e-12);
});

Deno.test("bestDraftK: the first of the best", () => {
  assertEquals(bestDraftK([1, 2, 4, 8], (gamma) => -Math.abs(gamma - 3)), 2);
  assertThrows(() => bestDraftK([], () => 1), RangeError, "no candidates");
});

// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Sample } from "../../src/measure/sample.ts";
import {
  draftOperationsOf,
  firstTokenDistance,
  operationsFactor,
  predictedAcceptedShare,
  speedUp,
  tokensPerPass,
} from "../../src/measure/speculation.ts";
import { ownTransformerSpec } from "../../src/model/transformer.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { sampleOf } from "./sample_of.ts";

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
    assertAlmostEquals(speedUp(alpha, gamma, { draftStep: 0 }), speed, 0.006);
  });
}

Deno.test("theory: sums are the paper's quotients, where those are defined (1e-12)", () => {
  const [a, g] = [0.73, 4];
  assertAlmostEquals(tokensPerPass(a, g), (1 - a ** (g + 1)) / (1 - a), 1e-12);
  assertAlmostEquals(predictedAcceptedShare(a, g), a * (1 - a ** g) / ((1 - a) * g), 1e-12);
  const factor = (1 - a) * (g * 0.2 + g + 1) / (1 - a ** (g + 1));
  assertAlmostEquals(operationsFactor(a, g, 0.2), factor, 1e-12);
});

Deno.test("theory: all accepted gives γ + 1 tokens per pass, none accepted gives 1", () => {
  assertEquals([tokensPerPass(1, 4), predictedAcceptedShare(1, 4)], [5, 1]);
  assertEquals([tokensPerPass(0, 4), predictedAcceptedShare(0, 4)], [1, 0]);
});

Deno.test("theory: a draft as expensive as the target makes it slower; so does expensive verification", () => {
  assertAlmostEquals(speedUp(0.8, 1, { draftStep: 1 }), 0.9, 1e-12);
  assertAlmostEquals(speedUp(0.8, 1, { draftStep: 0.1, verification: 1.9 }), 0.9, 1e-12);
});

Deno.test("theory: the draft reads two tokens after a round of which all was accepted, and choosing takes time, too", () => {
  const costs = { draftStep: 0.1, draftCatchUp: 0.15, verification: 1.2 };
  // 1, a, a² tokens; γ passes of the draft, a² of them over two tokens.
  assertAlmostEquals(speedUp(0.5, 2, costs), 1.75 / (0.2 + 0.25 * 0.05 + 1.2), 1e-12);
  const outside = { plain: 0.5, speculative: 0.4 };
  assertAlmostEquals(speedUp(1, 2, { ...costs, outside }), 3 * 1.5 / (0.25 + 1.2 + 3 * 0.4), 1e-12);
});

Deno.test("draftOperationsOf: the matrices of the draft model in those of the target", () => {
  const spec = { vocabSize: 27, blockSize: 16, nHead: 2 };
  const target = { ...spec, nEmbd: 16, nLayer: 2 };
  const draft = { ...spec, nEmbd: 8, nLayer: 1 };
  // 4 · C² for q, k, v and their projection and 8 · C² for the MLP, by layer; V · C.
  const expected = (12 * 64 + 27 * 8) / (2 * 12 * 256 + 27 * 16);
  assertEquals(draftOperationsOf(ownTransformerSpec(target), ownTransformerSpec(draft)), expected);
});

const EOS = 2;

/** A text of `first` alone; an empty one where that is EOS. */
const began = (prompt: string, first: number): Sample =>
  sampleOf("", {
    prompt,
    tokens: first === EOS ? [] : [first],
    stop: first === EOS ? "eos" : "max_new_tokens",
  });

Deno.test("firstTokenDistance: the total variation of first tokens, EOS among them, over prompts", () => {
  const samples = [
    ...[0, 0, 1, EOS].map((first) => began("a", first)),
    ...[1, 1, 1, 1].map((first) => began("b", first)),
  ];
  const exact = new Map([
    ["a", Float64Array.of(0.5, 0.25, 0.25)],
    ["b", Float64Array.of(0.6, 0.4, 0)],
  ]);
  assertAlmostEquals(firstTokenDistance(samples, exact, [EOS])?.distance ?? 0, 0.6 / 2, 1e-12);
});

Deno.test("firstTokenDistance: of several stops it takes any to be the same end", () => {
  const samples = [0, 0, 1, EOS].map((first) => began("a", first));
  // Together the stops have 0.25, as often as a text ended at once.
  const exact = new Map([["a", Float64Array.of(0.5, 0.25, 0.05, 0.2)]]);
  assertAlmostEquals(firstTokenDistance(samples, exact, [EOS, 3])?.distance ?? 1, 0, 1e-12);
});

Deno.test("firstTokenDistance: says what chance alone would give (4,000 draws of 300; 5 %, four standard errors)", () => {
  const probabilities = Float64Array.of(0.6, 0.399, 0.001);
  const exact = new Map([["a", probabilities]]);
  const stream = CounterStream.fromSeed(3);
  let distance = 0;
  let byChance = 0;
  for (let draw = 0; draw < 4000; draw++) {
    const samples = Array.from({ length: 300 }, () => {
      const uniform = stream.next();
      return began("a", uniform < 0.6 ? 0 : uniform < 0.999 ? 1 : EOS);
    });
    const measured = firstTokenDistance(samples, exact, [EOS]);
    assert(measured !== undefined);
    distance += measured.distance / 4000;
    byChance = measured.byChance;
  }
  assertAlmostEquals(distance, byChance, 0.05 * byChance);
});

Deno.test("firstTokenDistance: where there was room for no token there is none", () => {
  const cut = sampleOf("", { stop: "block_size", logProbs: [] });
  assertEquals(
    firstTokenDistance([cut], new Map([["a", Float64Array.of(1, 0, 0)]]), [EOS]),
    undefined,
  );
});

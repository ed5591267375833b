// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { noCosts, type Speculation } from "../../src/decode/strategy.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { draftOperations, speculation } from "../../src/measure/speculation.ts";

/** A text of three tokens and EOS. */
function sample(costs: object, trace?: Speculation): Sample {
  return {
    prompt: "ab",
    draw: 0,
    number: 0,
    continuation: "xyz",
    result: {
      tokens: [1, 2, 3],
      stop: "eos",
      logProbs: [-1, -1, -1, -1],
      warpedLogProbs: [-1, -1, -1, -1],
      costs: { ...noCosts(), ...costs },
      ...(trace === undefined ? {} : { speculation: trace }),
    },
  };
}
const one: Speculation = {
  proposedAt: [2, 1],
  testedAt: [2, 1],
  acceptedAt: [1, 1],
  overlapAt: [1.25, 0.25],
};
const other: Speculation = { proposedAt: [1], testedAt: [1], acceptedAt: [0], overlapAt: [0.5] };

Deno.test("speculation: adds up by position, and α is the mean β of all tests", () => {
  const samples = [sample({ rounds: 3 }, one), sample({ rounds: 1 }, other)];
  const measured = speculation(samples, 2, 0);
  assertEquals(measured.proposedAt, [3, 1]);
  assertEquals(measured.testedAt, [3, 1]);
  assertEquals(measured.acceptedAt, [1, 1]);
  assertEquals(measured.alpha, 0.5);
});

Deno.test("speculation: predicts by the paper, and by the proposals as long as they were (1e-12)", () => {
  const samples = [sample({ rounds: 3 }, one), sample({ rounds: 1 }, other)];
  const { tokensPerPass, acceptedShare } = speculation(samples, 2, 0);
  assertAlmostEquals(tokensPerPass.theory, 1 + 0.5 + 0.25, 1e-12);
  assertAlmostEquals(acceptedShare.theory, (0.5 + 0.25) / 2, 1e-12);
  // Of 4 rounds 3 proposed one token and 1 of them a second: ½ · 3 + ¼ · 1 are accepted.
  assertAlmostEquals(tokensPerPass.atLengths, 1 + 1.75 / 4, 1e-12);
  assertAlmostEquals(acceptedShare.atLengths, 1.75 / 4, 1e-12);
  // 4 choices in each of the two texts.
  assertEquals(tokensPerPass.measured, 8 / 4);
  assertEquals(acceptedShare.measured, 2 / 4);
});

Deno.test("speculation: rows of both models beside those of reading token by token", () => {
  // BOS, a, b and the three tokens that something follows: 6 rows.
  const operations = (costs: object): number =>
    speculation([sample({ rounds: 1, ...costs }, one)], 2, 0.25).operations.measured;
  assertEquals(operations({ targetRows: 9, draftRows: 12 }), 2);
  assertEquals(operations({ targetRows: 6 }), 1);
});

Deno.test("speculation: where nothing was proposed shares are 0", () => {
  const nothing = { proposedAt: [], testedAt: [], acceptedAt: [], overlapAt: [] };
  const measured = speculation([sample({}, nothing)], 4, 0);
  assertEquals([measured.alpha, measured.acceptedShare.atLengths], [0, 0]);
});

Deno.test("draftOperations: the matrices of the draft model; nothing for a draft that has none", () => {
  const spec = { vocabSize: 27, blockSize: 16, nHead: 2 };
  const specs = {
    target: { ...spec, nEmbd: 16, nLayer: 2 },
    draft: { ...spec, nEmbd: 8, nLayer: 1 },
  };
  // 4 · C² for q, k, v and their projection and 8 · C² for the MLP, by layer; V · C.
  const expected = (12 * 64 + 27 * 8) / (2 * 12 * 256 + 27 * 16);
  assertEquals(draftOperations({ needs: "draft model" }, specs), expected);
  assertEquals(draftOperations({ needs: "corpus" }, specs), 0);
});

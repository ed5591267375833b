// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { noCosts, type Speculation } from "../../src/decode/strategy.ts";
import type { Sample } from "../../src/measure/sample.ts";
import {
  measuredOperations,
  operationsPerToken,
  speculation,
} from "../../src/measure/speculation.ts";

function sample(costs: object, trace?: Speculation, prompt = "ab"): Sample {
  return {
    prompt,
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
  const measured = speculation([sample({ rounds: 3 }, one), sample({ rounds: 1 }, other)]);
  assertEquals(measured?.proposedAt, [3, 1]);
  assertEquals(measured?.testedAt, [3, 1]);
  assertEquals(measured?.acceptedAt, [1, 1]);
  assertEquals(measured?.alpha, 0.5);
  // Of 4 rounds 3 proposed one token and 1 of them a second: ½ · 3 + ¼ · 1 are accepted.
  assertAlmostEquals(measured?.tokensPerPassAtLengths ?? 0, 1 + 1.75 / 4, 1e-12);
  assertAlmostEquals(measured?.acceptedShareAtLengths ?? 0, 1.75 / 4, 1e-12);
});

Deno.test("speculation: where nothing was proposed α is 0, where nothing is traced there is none", () => {
  const nothing = { proposedAt: [], testedAt: [], acceptedAt: [], overlapAt: [] };
  const measured = speculation([sample({}, nothing)]);
  assertEquals([measured?.alpha, measured?.acceptedShareAtLengths], [0, 0]);
  assertEquals(speculation([sample({})]), undefined);
});

Deno.test("operationsPerToken: the matrices of attention and MLP in each layer, and the last one", () => {
  // 4 · C² for q, k, v and their projection, 8 · C² for the MLP; V · C.
  const spec = { vocabSize: 27, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 2 };
  assertEquals(operationsPerToken(spec), 2 * (4 + 8) * 256 + 27 * 16);
});

Deno.test("measuredOperations: rows of both models beside those of reading token by token", () => {
  // BOS, a, b and the three tokens that something follows: 6 rows.
  assertEquals(measuredOperations([sample({ targetRows: 9, draftRows: 12 })], 0.25), 2);
  assertEquals(measuredOperations([sample({ targetRows: 6 })], 0.25), 1);
});

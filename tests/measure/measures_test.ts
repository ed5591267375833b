// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Costs, noCosts, type StopReason } from "../../src/decode/strategy.ts";
import { cost } from "../../src/measure/cost.ts";
import { diversity } from "../../src/measure/diversity.ts";
import { quality } from "../../src/measure/quality.ts";
import type { Sample } from "../../src/measure/sample.ts";

function sample(
  continuation: string,
  logProbs: readonly number[],
  stop: StopReason = "eos",
  costs: Partial<Costs> = {},
): Sample {
  const tokens = [...continuation].map((_, i) => i);
  return {
    prompt: "a",
    draw: 0,
    number: 0,
    continuation,
    result: { tokens, stop, logProbs, warpedLogProbs: logProbs, costs: { ...noCosts(), ...costs } },
  };
}

Deno.test("quality: EOS is scored where it was reached; per token is pooled, not averaged", () => {
  const { stops, ...means } = quality([
    sample("ab", [-1, -2, -3]),
    sample("abcd", [-1, -1, -1, -1], "max_new_tokens"),
  ]);
  assertEquals(means, { meanLength: 3, meanLogProb: -5, logProbPerToken: -10 / 7 });
  assertEquals(stops, { eos: 1, max_new_tokens: 1, block_size: 0 });
});

Deno.test("quality: of samples without a single choice is 0, not NaN", () => {
  assertEquals(quality([sample("", [], "max_new_tokens")]).logProbPerToken, 0);
});

Deno.test("diversity: counts different continuations", () => {
  const { unique, uniqueShare } = diversity([..."abca"].map((text) => sample(text, [-1])));
  assertEquals({ unique, uniqueShare }, { unique: 3, uniqueShare: 0.75 });
});

Deno.test("cost: adds up, and divides what was accepted by what was tested and by what was proposed", () => {
  const measured = cost([
    sample("abc", [-1, -1, -1, -1], "eos", {
      targetCalls: 1,
      proposed: 4,
      tested: 3,
      accepted: 2,
      resampled: 1,
    }),
    sample("a", [-1, -1], "eos", { targetCalls: 2, proposed: 1, tested: 1, accepted: 1 }),
  ]);
  assertEquals(measured.targetCalls, 3);
  assertEquals(measured.resampled, 1);
  assertAlmostEquals(measured.tokensPerTargetCall, 2, 1e-15);
  assertAlmostEquals(measured.acceptanceRate, 3 / 4, 1e-15);
  assertAlmostEquals(measured.acceptedShare, 3 / 5, 1e-15);
});

Deno.test("cost: shares of nothing are 0", () => {
  const { tokensPerTargetCall, acceptanceRate, acceptedShare } = cost([sample("", [])]);
  assertEquals([tokensPerTargetCall, acceptanceRate, acceptedShare], [0, 0, 0]);
});

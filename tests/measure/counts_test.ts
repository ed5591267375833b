// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { cost } from "../../src/measure/cost.ts";
import { diversity } from "../../src/measure/diversity.ts";
import { type Costs, noCosts } from "../../src/decode/strategy.ts";
import type { Sample } from "../../src/measure/sample.ts";
function sample(costs: Costs): Sample {
  return {
    prompt: "a",
    draw: 0,
    number: 0,
    continuation: "",
    result: { tokens: [], stop: "eos", logProbs: [], warpedLogProbs: [], costs },
  };
}
Deno.test("cost: every count is the sum of its own", () => {
  const counts: Costs = {
    targetCalls: 1,
    targetRows: 2,
    draftCalls: 3,
    draftRows: 4,
    proposed: 5,
    tested: 6,
    accepted: 7,
    resampled: 8,
    rounds: 9,
    bonus: 10,
  };
  const { tokensPerTargetCall: _, acceptanceRate: __, acceptedShare: ___, ...totals } = cost([
    sample(counts),
    sample(counts),
  ]);
  assertEquals(totals, {
    targetCalls: 2,
    targetRows: 4,
    draftCalls: 6,
    draftRows: 8,
    proposed: 10,
    tested: 12,
    accepted: 14,
    resampled: 16,
    rounds: 18,
    bonus: 20,
  });
});

Deno.test("diversity: the same continuation of two prompts counts once", () => {
  const one = sample(noCosts());
  assertEquals(diversity([one, { ...one, prompt: "b" }]).unique, 1);
});

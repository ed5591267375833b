// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Costs, noCosts, type StopReason } from "../../src/decode/strategy.ts";
import { cost } from "../../src/measure/cost.ts";
import { wilson } from "../../src/measure/interval.ts";
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
  assertAlmostEquals(measured.acceptanceRate.value, 3 / 4, 1e-15);
  assertAlmostEquals(measured.acceptedShare.value, 3 / 5, 1e-15);
});

Deno.test("cost: shares of nothing are 0, without an interval", () => {
  const { tokensPerTargetCall, acceptanceRate, acceptedShare } = cost([sample("", [])]);
  assertEquals([tokensPerTargetCall, acceptanceRate, acceptedShare], [0, { value: 0 }, {
    value: 0,
  }]);
});

Deno.test("cost: what is accepted alike everywhere is known as well as there were tests", () => {
  const counts = { proposed: 8, tested: 4, accepted: 3 };
  const { acceptanceRate, acceptedShare } = cost(
    Array.from({ length: 10 }, () => sample("a", [-1, -1], "eos", counts)),
  );
  assertEquals(acceptanceRate, { value: 3 / 4, interval: wilson(3 / 4, 40) });
  // What follows a refusal is no trial.
  assertEquals(acceptedShare, { value: 3 / 8, interval: wilson(3 / 8, 40) });
});

Deno.test("cost: of prompts of which half accept all and half nothing, it is known as from so many (1e-12)", () => {
  // 8 prompts: variance .25 / 7, so 7 trials, however many tests there are.
  const samples = Array.from({ length: 800 }, (_, i) => {
    const draw = Math.floor(i / 100);
    const counts = { proposed: 5, tested: 5, accepted: 5 * (draw % 2) };
    return { ...sample("a", [-1, -1], "eos", counts), draw };
  });
  const { value, interval } = cost(samples).acceptanceRate;
  assertEquals(value, 1 / 2);
  assertAlmostEquals(interval?.low ?? NaN, wilson(1 / 2, 7).low, 1e-12);
});

Deno.test("cost: every count is the sum of its own", () => {
  const counts: Costs = {
    targetCalls: 1,
    targetRows: 2,
    draftCalls: 3,
    draftRows: 4,
    proposed: 7,
    tested: 6,
    accepted: 5,
    resampled: 8,
    rounds: 9,
    bonus: 10,
  };
  const { tokensPerTargetCall: _, acceptanceRate: __, acceptedShare: ___, ...totals } = cost(
    Array(2).fill(sample("", [], "eos", counts)),
  );
  assertEquals(totals, {
    targetCalls: 2,
    targetRows: 4,
    draftCalls: 6,
    draftRows: 8,
    proposed: 14,
    tested: 12,
    accepted: 10,
    resampled: 16,
    rounds: 18,
    bonus: 20,
  });
});

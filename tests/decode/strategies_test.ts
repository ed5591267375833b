// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { beam } from "../../src/decode/search/beam.ts";
import { greedy } from "../../src/decode/sample/greedy.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { speculativeOriginal } from "../../src/decode/speculative/original.ts";
import { topK } from "../../src/decode/warp/top_k.ts";
import { assertLogProbs, decode, EOS, known, STOPS } from "./known_model.ts";
import { MockModel, type NextProbabilities, scripted } from "./mock_model.ts";

Deno.test("greedy: takes the most probable token until EOS, whose price is in the trace", () => {
  const { tokens, stop, logProbs, warpedLogProbs, costs } = decode(greedy);
  assertEquals({ tokens, stop }, { tokens: [0, 1], stop: "eos" });
  assertLogProbs(logProbs, [.6, .5, .9]);
  assertEquals(warpedLogProbs, [0, 0, 0]);
  assertEquals({ calls: costs.targetCalls, rows: costs.targetRows }, { calls: 3, rows: 3 });
});

Deno.test("greedy: of equally probable tokens the lowest", () => {
  const { tokens } = decode(greedy, { next: () => [.1, .45, .45, 0], maxNewTokens: 1 });
  assertEquals(tokens, [1]);
});

const draftOfKnown = (): MockModel => new MockModel(4, 16, known);

Deno.test("sample: draws by cumulative probability, one number a token", () => {
  // .59 → 0 (below .6), then .7 → 2 (.2 + .5 ≤ .7), then .1 → EOS would need .1 or more: .05 … is 1.
  const { tokens, stop, logProbs } = decode(sample([]), {
    random: scripted([.59, .7, .99]),
  });
  assertEquals({ tokens, stop }, { tokens: [0, 2], stop: "eos" });
  assertLogProbs(logProbs, [.6, .2, .9]);
});

Deno.test("sample: records the warped log-probability beside the target's own", () => {
  const { tokens, logProbs, warpedLogProbs } = decode(sample([topK(2)]), {
    random: scripted([.7, .99]),
  });
  assertEquals(tokens, [1]);
  assertLogProbs(logProbs, [.4, .9]);
  assertLogProbs(warpedLogProbs, [.4, .9 / .95]);
});

Deno.test("sample: the logits it is given stay as they are", () => {
  const strategy = sample([topK(1)]);
  const model = new MockModel(4, 16, known);
  const request = {
    target: model,
    prompt: [EOS],
    stops: STOPS,
    maxNewTokens: 1,
    random: scripted([0]),
  };
  const decoding = strategy(request);
  decoding.next();
  const logits = Float64Array.of(1, 3, 2, 0);
  decoding.next([logits]);
  assertEquals([...logits], [1, 3, 2, 0]);
});

Deno.test("sample: frequencies are the model's (χ², 3 degrees, false alarm 1e-6, seeded)", async () => {
  const { CounterStream } = await import("../../src/random/counter_stream.ts");
  const stream = CounterStream.fromSeed(7);
  const draws = 20_000;
  const model = new MockModel(4, 16, known);
  const results = schedule(
    Array.from({ length: draws }, (_, i) =>
      sample([])({
        target: model,
        prompt: [EOS, 0],
        stops: STOPS,
        maxNewTokens: 1,
        random: stream.child(i),
      })),
  );
  const counts = [0, 0, 0, 0];
  for (const { tokens } of results) counts[tokens[0] ?? EOS] = (counts[tokens[0] ?? EOS] ?? 0) + 1;
  const expected = [.2, .5, .2, .1].map((p) => p * draws);
  const chiSquare = expected.reduce((sum, e, i) => sum + ((counts[i] as number) - e) ** 2 / e, 0);
  // The 1 − 1e-6 quantile of χ² with 3 degrees of freedom is 30.66.
  assert(chiSquare < 30.66, `χ² = ${chiSquare}`);
});

Deno.test("beam: width 2 finds the text that greedy misses", () => {
  const { tokens, stop, logProbs, costs } = decode(beam(2));
  assertEquals({ tokens, stop }, { tokens: [1], stop: "eos" });
  assertLogProbs(logProbs, [.4, .9]);
  // Beams of one length are read in one pass.
  assertEquals(costs.targetRows > costs.targetCalls, true);
});

Deno.test("beam: width 1 follows the most probable token", () => {
  const { tokens } = decode(beam(1), { maxNewTokens: 2 });
  assertEquals(tokens, [0, 1]);
});

Deno.test("speculative original: a proposal that passes costs one target pass for all", () => {
  // The draft agrees with the target, so p/q = 1 and every draw below 1 accepts.
  const draft = draftOfKnown();
  const { tokens, stop, costs } = decode(speculativeOriginal(draft, 4), {
    random: scripted([.99, .99]),
  });
  assertEquals({ tokens, stop }, { tokens: [0, 1], stop: "eos" });
  assertEquals(costs, {
    targetCalls: 1,
    targetRows: 3,
    // Prompt, 0, 1; at 1 it says EOS and proposes no more; the next round asks it nothing anew.
    draftCalls: 3,
    draftRows: 3,
    proposed: 2,
    tested: 2,
    accepted: 2,
    resampled: 0,
    bonus: 0,
    rounds: 2,
  });
  assert(draft.sequences.every(({ closed }) => closed));
});

Deno.test("speculative original: a refused token is replaced from max(0, p − q) and the rest dropped", () => {
  // The draft is sure of 2, to which the target gives 0: refused at once. p − q leaves p itself.
  const draft = new MockModel(4, 16, () => [.01, .01, .97, .01]);
  const { tokens, costs } = decode(speculativeOriginal(draft, 3), {
    random: scripted([.5, .7]),
    maxNewTokens: 1,
  });
  assertEquals(tokens, [1]);
  assertEquals(costs.proposed, 1);
  assertEquals({ ...costs, draftCalls: 0, draftRows: 0, targetRows: 0, targetCalls: 0 }, {
    targetCalls: 0,
    targetRows: 0,
    draftCalls: 0,
    draftRows: 0,
    proposed: 1,
    tested: 1,
    accepted: 0,
    resampled: 1,
    bonus: 0,
    rounds: 1,
  });
});

Deno.test("speculative original: an EOS drawn for a refused token is lost, and the argmax taken", () => {
  const next: NextProbabilities = (prefix) => prefix.length > 1 ? [0, 0, 0, 1] : [0, .6, 0, .4];
  const draft = new MockModel(4, 16, (prefix) => prefix.length > 1 ? [0, 0, 0, 1] : [1, 0, 0, 0]);
  // Refuse 0 (p = 0), draw .99 from p − q = [0, .6, 0, .4]: EOS, dropped; then the argmax, 1.
  const { tokens, stop } = decode(speculativeOriginal(draft, 2), {
    next,
    random: scripted([.5, .99]),
  });
  assertEquals({ tokens, stop }, { tokens: [1], stop: "eos" });
});

Deno.test("speculative original: drafts are shorter where the limit or the block ends", () => {
  const next: NextProbabilities = () => [1, 0, 0, 0];
  for (
    const [options, proposed] of [
      [{ maxNewTokens: 5 }, 5],
      [{ maxNewTokens: 12, blockSize: 4 }, 3],
    ] as const
  ) {
    const draft = new MockModel(4, 16, next);
    const result = decode(speculativeOriginal(draft, 4), {
      next,
      random: { next: () => 0 },
      ...options,
    });
    assertEquals(result.costs.proposed, proposed);
    assertEquals(result.tokens.length, proposed);
  }
});

Deno.test("speculative original, beam: invalid settings are refused", () => {
  assertThrows(() => speculativeOriginal(draftOfKnown(), 0), RangeError, "at least 1");
  assertThrows(() => beam(0), RangeError, "at least 1");
});

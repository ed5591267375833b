// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type DecodeResult, noCosts } from "../../src/decode/strategy.ts";
import { clustersOf, shareEstimate } from "../../src/measure/clusters.ts";
import { wilson } from "../../src/measure/interval.ts";
import { pairedDifference } from "../../src/measure/paired.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { referenceOf, textMeasures } from "../../src/measure/text_measures.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

function result(continuation: string, logProb: number, stop: "eos" | "max_new_tokens" = "eos") {
  const choices = continuation.length + (stop === "eos" ? 1 : 0);
  const logProbs: number[] = Array(choices).fill(logProb / choices);
  return {
    tokens: [...continuation].map((_, i) => i),
    stop,
    logProbs,
    warpedLogProbs: logProbs.map((value) => value / 2),
    costs: noCosts(),
  } satisfies DecodeResult;
}

function sample(draw: number, continuation: string, of: DecodeResult): Sample {
  return { prompt: draw === 0 ? "a" : "b", draw, number: 0, continuation, result: of };
}

const random = () => CounterStream.fromSeed(1);
const reference = referenceOf(["ann", "ann", "bob", "bo"], ["anna"]);
// Prompt a: ann twice (P = .25), anna (.125). Prompt b: bob (.5), and bobo cut off.
const samples = [
  sample(0, "nn", result("nn", Math.log(.25))),
  sample(0, "nn", result("nn", Math.log(.25))),
  sample(0, "nna", result("nna", Math.log(.125))),
  sample(1, "ob", result("ob", Math.log(.5))),
  sample(1, "ob", result("ob", Math.log(.5))),
  sample(1, "obo", result("obo", Math.log(.25), "max_new_tokens")),
];
const measured = textMeasures(samples, reference, random());
const total = Math.log(.25 * .25 * .125 * .5 * .5 * .25);

const values: readonly [string, number | undefined, number][] = [
  ["unique: nn, nna, ob, obo", measured.unique, 4],
  ["unique share", measured.uniqueShare.value, 4 / 6],
  ["novel: anna and bobo are no training documents", measured.novelShare.value, 2 / 6],
  ["in held-out: anna", measured.heldOutShare.value, 1 / 6],
  ["ended by EOS: all but one", measured.eosShare.value, 5 / 6],
  ["mean length", measured.meanLength.value, 14 / 6],
  ["mean log-prob", measured.meanLogProb.value, total / 6],
  ["log-prob a choice: 14 tokens, 5 EOS", measured.logProbPerToken.value, total / 19],
  ["perplexity", measured.perplexity.value, Math.exp(-total / 19)],
  ["entropy: of the warped distributions", measured.entropy.value, -total / 38],
  // What was cut off is no complete text, and what was found twice counts once.
  ["coverage: .25 + .125 of a, .5 of b", measured.coverage.value, (.375 + .5) / 2],
  // n n · n n · n n a · o b · o b · o b o: n, a, o, b of 14; nn, na, ob, bo of 8; nna, obo of 2.
  ["distinct-1", measured.distinct[0], 4 / 14],
  ["distinct-2", measured.distinct[1], 4 / 8],
  ["distinct-3", measured.distinct[2], 2 / 2],
  // Texts: 4 of length 3, 2 of length 4; documents: 3/4 of length 3, 1/4 of length 2.
  ["length distance", measured.lengthDistance, (1 / 4 + (3 / 4 - 4 / 6) + 2 / 6) / 2],
];
for (const [name, found, expected] of values) {
  Deno.test(`textMeasures: ${name} (1e-12)`, () =>
    assertAlmostEquals(found ?? NaN, expected, 1e-12));
}

Deno.test("textMeasures: the same continuation of two prompts counts once", () => {
  const twice = [0, 1].map((draw) => sample(draw, "nn", result("nn", -1)));
  assertEquals(textMeasures(twice, reference, random()).unique, 1);
});

Deno.test("textMeasures: of samples without a single choice log-probs are 0, not NaN", () => {
  const cut = result("", 0, "max_new_tokens");
  const { logProbPerToken, entropy } = textMeasures([sample(0, "", cut)], reference, random());
  assertEquals([logProbPerToken, entropy], [{ value: 0 }, { value: 0 }]);
});

Deno.test("textMeasures: with two prompts an interval of a mean reaches from one to the other", () => {
  assertAlmostEquals(measured.meanLength.interval?.low ?? NaN, 7 / 3, 1e-12);
  assertAlmostEquals(measured.coverage.interval?.low ?? NaN, .375, 1e-12);
  assertAlmostEquals(measured.coverage.interval?.high ?? NaN, .5, 1e-12);
});

Deno.test("textMeasures: the mean log-prob of each prompt, and of the only one (1e-12)", () => {
  const means = (own: Sample[]) => textMeasures(own, reference, random()).promptLogProbs;
  const expected = [Math.log(.25 * .25 * .125) / 3, Math.log(.5 * .5 * .25) / 3];
  means(samples).forEach((mean, i) => assertAlmostEquals(mean, expected[i] ?? NaN, 1e-12));
  assertAlmostEquals(means(samples.slice(0, 3))[0] ?? NaN, expected[0] ?? NaN, 1e-12);
  assertEquals([means(samples).length, means(samples.slice(0, 3)).length], [2, 1]);
});

Deno.test("textMeasures: a search decodes a prompt once, however many samples that is", () => {
  const once = result("nn", -1);
  const alone = Array.from({ length: 50 }, () => sample(0, "nn", once));
  const { meanLogProb, novelShare, uniqueShare } = textMeasures(alone, reference, random());
  assertEquals(meanLogProb, { value: -1 });
  assertEquals(novelShare, { value: 0, interval: wilson(0, 1) });
  assertEquals(uniqueShare, { value: 1 / 50 });
});

Deno.test("clustersOf: the texts of one decoding belong together", () => {
  const others = [result("x", -1), result("y", -1)];
  const first = { ...result("z", -1), others };
  const decoded = [first, ...others, result("w", -1)].map((one) => sample(0, "", one));
  assertEquals(clustersOf(decoded), {
    ofSample: Int32Array.of(0, 0, 0, 1),
    count: 2,
    decodings: 2,
  });
});

Deno.test("shareEstimate: prompts that agree within are as many trials as there are prompts", () => {
  // 8 prompts of 100 samples, of which 4 always hit: variance .25 / 7, so 7 trials.
  const ofSample = Int32Array.from({ length: 800 }, (_, i) => Math.floor(i / 100));
  const hits = Float64Array.from(ofSample, (prompt) => prompt % 2);
  const estimate = shareEstimate({ ofSample, count: 8, decodings: 800 }, hits);
  const expected = wilson(.5, 7);
  assertEquals(estimate.value, .5);
  assertAlmostEquals(estimate.interval?.low ?? NaN, expected.low, 1e-12);
});

Deno.test("shareEstimate: prompts that differ by chance alone are as many trials as samples (30 %)", () => {
  const source = random();
  const ofSample = Int32Array.from({ length: 20_000 }, (_, i) => i % 200);
  const hits = Float64Array.from(ofSample, () => source.next() < .3 ? 1 : 0);
  const { value, interval } = shareEstimate({ ofSample, count: 200, decodings: 20_000 }, hits);
  const narrow = wilson(value, 20_000);
  const width = (interval?.high ?? NaN) - (interval?.low ?? NaN);
  assertAlmostEquals(width, narrow.high - narrow.low, .3 * (narrow.high - narrow.low));
});

Deno.test("pairedDifference: what both owe to the prompt falls out", () => {
  const difference = pairedDifference([-9, -1, -5], [-10, -2, -6], random());
  assertEquals(difference, { value: 1, interval: { low: 1, high: 1 } });
  assertEquals(pairedDifference([1, 2], [1], random()), undefined);
  assertEquals(pairedDifference([1], [2], random()), undefined);
});

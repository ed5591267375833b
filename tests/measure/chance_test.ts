/**
 * Which cells have no chance: those whose every choice was certain, whatever their strategy is called.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { cellOf } from "../../src/decode/cell.ts";
import { strategyOf } from "../../src/decode/definitions.ts";
import { strategySchema } from "../../src/decode/settings_schema.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { CellSamples } from "../../src/measure/cell_samples.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { decodeSamples, encodeSamples } from "../../src/measure/samples_format.ts";
import { type LanguageModel, StopTokens } from "../../src/model/language_model.ts";
import { InferenceGpt } from "../../src/model/reference/inference_gpt.ts";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { draftsOf } from "../decode/known_model.ts";
import { randomWeights } from "../model/small_model.ts";
import { alone } from "./sample_of.ts";

const EOS = 8;
const spec = { vocabSize: 9, blockSize: 10, nEmbd: 8, nHead: 2, nLayer: 1 };
const [weights, smaller] = [randomWeights(spec, 1), randomWeights({ ...spec, nEmbd: 4 }, 2)];
const engines: readonly (readonly [string, LanguageModel, LanguageModel])[] = [
  ["simd", new SimdGpt(weights), new SimdGpt(smaller)],
  ["reference", new InferenceGpt(weights), new InferenceGpt(smaller)],
];

/** Twelve samples of each of two prompts, as they are read from a file. */
function samplesOf(settings: object, target: LanguageModel, draft: LanguageModel): CellSamples {
  const cell = cellOf(strategySchema.parse(settings));
  const definition = strategyOf(cell.settings);
  const strategy = definition.create(cell.settings, draftsOf(draft));
  const samples = [[EOS], [EOS, 1]].flatMap((prompt, draw) => {
    const decodings = Array.from({ length: 12 }, (_, number) =>
      strategy({
        target,
        prompt,
        stops: new StopTokens([EOS], spec.vocabSize),
        maxNewTokens: 8,
        random: CounterStream.fromSeed(1).child(draw, number),
      }));
    return schedule(decodings).flatMap((result) => [result, ...result.others ?? []]).map(
      (result, number): Sample => (
        { prompt: `${prompt}`, draw, number, continuation: `${result.tokens}`, result }
      ),
    );
  });
  return new CellSamples(decodeSamples(encodeSamples(samples).bytes), alone);
}

const first = [{ top_k: 1 }];
const certain: readonly (readonly [string, object])[] = [
  ["greedy", { strategy: "greedy" }],
  ["top_k", { strategy: "top_k", k: 1 }],
  ["min_p", { strategy: "min_p", min_p: 1 }],
  ["top_p", { strategy: "top_p", p: 1e-9 }],
  ["epsilon", { strategy: "epsilon", epsilon: 1 }],
  ["temperature", { strategy: "temperature", temperature: 1e-4 }],
  ["sample, top_k", { strategy: "sample", warp: first }],
  ["sample, temperature → top_k", {
    strategy: "sample",
    warp: [{ temperature: 0.7 }, { top_k: 1 }],
  }],
  ["sample, top_k → temperature", { strategy: "sample", warp: [{ top_k: 1 }, { temperature: 9 }] }],
  ["sample, top_k 5 → top_k", { strategy: "sample", warp: [{ top_k: 5 }, { top_k: 1 }] }],
  ["sample, penalty → top_k", {
    strategy: "sample",
    warp: [{ repetition_penalty: 1.3 }, { top_k: 1 }],
  }],
  ["mirostat", { strategy: "mirostat", tau: 1e-3 }],
  ["best_of", { strategy: "best_of", n: 4, warp: first }],
  ["stochastic_beam", { strategy: "stochastic_beam", beam_width: 3, warp: first }],
  ["beam", { strategy: "beam", beam_width: 3, n_best: 2 }],
  ["exact", { strategy: "exact", n_best: 2 }],
  ["speculative, model", { strategy: "speculative", warp: first }],
  ["speculative, unwarped model", { strategy: "speculative", warp: first, draft_warp: [] }],
  ["speculative, argmax", { strategy: "speculative", draft_choice: "argmax", warp: first }],
  ["speculative, ngram", { strategy: "speculative", draft: "ngram", warp: first }],
  ["speculative, prompt_lookup", { strategy: "speculative", draft: "prompt_lookup", warp: first }],
];

const random: readonly (readonly [string, object])[] = [
  ["sample", { strategy: "sample" }],
  ["top_k", { strategy: "top_k", k: 2 }],
  ["top_p", { strategy: "top_p", p: 0.9 }],
  ["temperature", { strategy: "temperature", temperature: 0.5 }],
  ["mirostat", { strategy: "mirostat" }],
  ["best_of", { strategy: "best_of", n: 4 }],
  ["stochastic_beam", { strategy: "stochastic_beam" }],
  ["speculative", { strategy: "speculative" }],
  ["speculative, warped", { strategy: "speculative", warp: [{ top_k: 2 }] }],
  ["speculative, original", { strategy: "speculative", acceptance_rule: "original" }],
];

for (const [engine, target, draft] of engines) {
  for (const [name, settings] of certain) {
    Deno.test(`chance: ${name} ${JSON.stringify(settings)} has none, ${engine}: its warped log-probabilities are 0 (exact)`, () => {
      const samples = samplesOf(settings, target, draft);
      assertEquals([...samples.warpedLogProbs].filter((logProb) => logProb !== 0), []);
      assertEquals(samples.sampling.hasChance, false);
    });
  }
  for (const [name, settings] of random) {
    Deno.test(`chance: ${name} ${JSON.stringify(settings)} has some, ${engine}`, () => {
      assertEquals(samplesOf(settings, target, draft).sampling.hasChance, true);
    });
  }
}

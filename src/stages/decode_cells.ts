import type { Cell } from "../decode/cell.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { DecodeResources } from "../decode/definition.ts";
import { strategyOf } from "../decode/definitions.ts";
import { schedule } from "../decode/scheduler.ts";
import type { DecodeResult, Decoding } from "../decode/strategy.ts";
import type { Sample } from "../measure/sample.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { sampleStream } from "./seeding.ts";

/** Sequences that are read in one pass, about. */
const SEQUENCES_AT_ONCE = 256;

/** What to decode with and from. */
export interface DecodeStage {
  /** The model that is decoded from. */
  readonly target: LanguageModel;
  /** The models that may propose for it. */
  readonly resources: DecodeResources;
  /** The tokens of both. */
  readonly vocabulary: Vocabulary;
  /** The experiment's seed. */
  readonly seed: number;
  /** What the texts begin with; one may come again, and then has as many times the samples. */
  readonly prompts: readonly string[];
  /** Samples of each prompt. */
  readonly samples: number;
  /** The most tokens to generate. */
  readonly maxNewTokens: number;
}

/**
 * Every sample of one cell, prompt by prompt. They depend on the models, the seed, the cell, the
 * prompt and the sample's number alone. A strategy without randomness decodes each prompt once, and
 * that stands for all its samples. Where a decoding finds several texts, each is a sample: they are
 * numbered one after another, and then those of the next decoding.
 */
export function decodeCell(
  { settings, stream: name }: Cell,
  { target, resources, vocabulary, seed, prompts, samples, maxNewTokens }: DecodeStage,
): Sample[] {
  const definition = strategyOf(settings);
  const strategy = definition.create(settings, resources);
  const own = [...Map.groupBy(prompts, (prompt) => prompt)].map(([prompt, { length }]) => ({
    prompt,
    draws: length,
    decodings: definition.isDeterministic ? 1 : samples * length,
  }));
  function* decodings(): Generator<Decoding> {
    for (const { prompt, decodings } of own) {
      const stream = sampleStream(seed, name, prompt);
      for (let number = 0; number < decodings; number++) {
        yield strategy({
          target,
          prompt: vocabulary.encodePrompt(prompt),
          eos: vocabulary.bos,
          maxNewTokens,
          random: stream.child(number),
        });
      }
    }
  }
  const results = schedule(decodings(), {
    concurrency: Math.max(
      1,
      Math.floor(SEQUENCES_AT_ONCE / (definition.sequences?.(settings) ?? 1)),
    ),
  });
  return listed(own, samples, results, vocabulary);
}

/** A prompt, how often it was drawn, and how often it was decoded. */
interface DecodedPrompt {
  readonly prompt: string;
  readonly draws: number;
  readonly decodings: number;
}

/** The samples of `results`, which are in the order of `prompts`. */
function listed(
  prompts: readonly DecodedPrompt[],
  samples: number,
  results: readonly DecodeResult[],
  vocabulary: Vocabulary,
): Sample[] {
  const all: Sample[] = [];
  let first = 0;
  let draw = 0;
  for (const { prompt, draws, decodings } of prompts) {
    let number = 0;
    for (let i = 0; i < samples * draws; i++) {
      const decoded = results[first + Math.min(i, decodings - 1)] as DecodeResult;
      for (const result of [decoded, ...decoded.others ?? []]) {
        const continuation = vocabulary.decode(result.tokens);
        const of = draw + Math.floor(i / samples);
        all.push({ prompt, draw: of, number: number++, continuation, result });
      }
    }
    first += decodings;
    draw += draws;
  }
  return all;
}

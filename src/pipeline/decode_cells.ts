import type { Cell } from "../config/grid.ts";
import type { Tokenizer } from "../data/tokenizer.ts";
import { createStrategy, isDeterministic, sequencesOf } from "../decode/registry.ts";
import { schedule } from "../decode/scheduler.ts";
import type { Decoding } from "../decode/strategy.ts";
import type { Sample } from "../measure/sample.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { sampleStream } from "./seeding.ts";

/** Sequences that are read in one pass, about. */
const SEQUENCES_AT_ONCE = 256;

/** What to decode with and from. */
export interface DecodeStage {
  /** The model that is decoded from. */
  readonly target: LanguageModel;
  /** The one that proposes for it, where there is one. */
  readonly draft: LanguageModel | undefined;
  /** The tokens of both. */
  readonly tokenizer: Tokenizer;
  /** The experiment's seed. */
  readonly seed: number;
  /** What the texts begin with. */
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
  { settings, label }: Cell,
  { target, draft, tokenizer, seed, prompts, samples, maxNewTokens }: DecodeStage,
): Sample[] {
  const strategy = createStrategy(settings, draft);
  const different = isDeterministic(settings) ? 1 : samples;
  function* decodings(): Generator<Decoding> {
    for (const prompt of prompts) {
      const stream = sampleStream(seed, label, prompt);
      for (let number = 0; number < different; number++) {
        yield strategy({
          target,
          prompt: tokenizer.encodePrompt(prompt),
          eos: tokenizer.bos,
          maxNewTokens,
          random: stream.child(number),
        });
      }
    }
  }
  const results = schedule(decodings(), {
    concurrency: Math.max(1, Math.floor(SEQUENCES_AT_ONCE / sequencesOf(settings))),
  });
  return prompts.flatMap((prompt, i) => {
    const texts = Array.from({ length: samples }, (_, number) => {
      const first = results[i * different + Math.min(number, different - 1)];
      if (first === undefined) {
        throw new RangeError(`Cannot find decoding ${number} of "${prompt}"`);
      }
      return [first, ...first.others ?? []];
    });
    return texts.flat().map((result, number): Sample => (
      { prompt, number, continuation: tokenizer.decode(result.tokens), result }
    ));
  });
}

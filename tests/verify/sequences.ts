import { schedule } from "../../src/decode/scheduler.ts";
import type { DecodeResult, Decoding, Strategy } from "../../src/decode/strategy.ts";
import { warpedDistribution } from "../../src/decode/verification.ts";
import type { Warper } from "../../src/decode/warp.ts";
import type { LanguageModel, Token } from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

/** What texts are decoded from, small enough that all of them can be listed. */
export interface Source {
  readonly target: LanguageModel;
  /** BOS and the prompt. */
  readonly prompt: readonly Token[];
  /** The last token of the vocabulary. */
  readonly eos: Token;
  readonly maxNewTokens: number;
}

/**
 * The number of a text: its tokens, and EOS if that ended it, as the digits of a number; different for
 * all texts, and below {@linkcode sequenceCount}.
 */
export function sequenceNumber(
  { target, eos, maxNewTokens }: Source,
  result: DecodeResult,
): number {
  const tokens = [...result.tokens, ...Array(maxNewTokens - result.tokens.length).fill(eos)];
  return tokens.reduce((number, token) => number * target.spec.vocabSize + token, 0);
}

/** How many numbers there are. */
export function sequenceCount({ target, maxNewTokens }: Source): number {
  return target.spec.vocabSize ** maxNewTokens;
}

/** The exact probability of every text under the target after `warpers`, by its number. */
export function sequenceProbabilities(source: Source, warpers: readonly Warper[]): Float64Array {
  const { target, prompt, eos, maxNewTokens } = source;
  const { vocabSize, blockSize } = target.spec;
  if (prompt.length + maxNewTokens > blockSize) {
    throw new RangeError("Cannot list all texts: the block ends before max_new_tokens");
  }
  const probabilities = new Float64Array(sequenceCount(source));
  const walk = (generated: readonly Token[], probability: number): void => {
    const number = generated.reduce((number, token) => number * vocabSize + token, 0);
    const rest = maxNewTokens - generated.length;
    if (rest === 0) {
      probabilities[number] = probability;
      return;
    }
    const history = [...prompt, ...generated];
    const distribution = warpedDistribution(logitsAfter(target, history), warpers, history);
    for (let token = 0; token < vocabSize; token++) {
      const next = probability * (distribution[token] as number);
      if (token === eos) probabilities[(number + 1) * vocabSize ** rest - 1] = next;
      else if (next > 0) walk([...generated, token], next);
    }
  };
  walk([], 1);
  return probabilities;
}

/** The logits `[V]` after `text`, read from its beginning. */
export function logitsAfter(model: LanguageModel, text: readonly Token[]): Float64Array {
  const sequence = model.open();
  const [logits] = model.forward([{ sequence, tokens: text, rows: 1 }]);
  sequence.close();
  return logits as Float64Array;
}

/** How often `samples` samples of `strategy` were each text, by its number. */
export function sequenceCounts(
  source: Source,
  strategy: Strategy,
  samples: number,
  name: string,
): Int32Array {
  const counts = new Int32Array(sequenceCount(source));
  const stream = CounterStream.fromSeed(1).child("losslessness", name);
  function* decodings(): Generator<Decoding> {
    for (let i = 0; i < samples; i++) yield strategy({ ...source, random: stream.child(i) });
  }
  for (const result of schedule(decodings())) {
    const number = sequenceNumber(source, result);
    counts[number] = (counts[number] as number) + 1;
  }
  return counts;
}

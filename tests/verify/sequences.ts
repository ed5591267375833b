import { exactDistribution } from "../../src/decode/search/exact.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import type { DecodeResult, Decoding, Strategy } from "../../src/decode/strategy.ts";
import { warpedDistribution, type Warper } from "../../src/decode/warp/warper.ts";
import type { LanguageModel, StopTokens, Token } from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

/** A model and a prompt, small enough that all texts can be listed. */
export interface Source {
  readonly target: LanguageModel;
  /** BOS and the prompt. */
  readonly prompt: readonly Token[];
  /** The tokens that end a text. */
  readonly stops: StopTokens;
  readonly maxNewTokens: number;
}

/**
 * The number of a text: its tokens, and the stop token that ended it as often as there is room, as the
 * digits of a number; different for all texts, and below {@linkcode sequenceCount}.
 */
export function sequenceNumber(
  { target, maxNewTokens }: Source,
  { tokens, stopToken = 0 }: Pick<DecodeResult, "tokens" | "stopToken">,
): number {
  const digits = [...tokens, ...Array<Token>(maxNewTokens - tokens.length).fill(stopToken)];
  return digits.reduce((number, token) => number * target.spec.vocabSize + token, 0);
}

/** How many numbers there are. */
export function sequenceCount({ target, maxNewTokens }: Source): number {
  return target.spec.vocabSize ** maxNewTokens;
}

/** The exact probability of every text under the target after `warpers`, by its number. */
export function sequenceProbabilities(source: Source, warpers: readonly Warper[]): Float64Array {
  const { target, prompt, stops, maxNewTokens } = source;
  const { texts } = exactDistribution(target, prompt, warpers, { stops, maxNewTokens });
  const probabilities = new Float64Array(sequenceCount(source));
  for (const text of texts) {
    if (text.stopToken === undefined) {
      probabilities[sequenceNumber(source, text)] = text.probability;
      continue;
    }
    // There it is one text, whichever stop token ends it.
    const shares = stopShares(source, warpers, text.tokens);
    for (const [i, stopToken] of stops.tokens.entries()) {
      const number = sequenceNumber(source, { tokens: text.tokens, stopToken });
      probabilities[number] = text.probability * (shares[i] as number);
    }
  }
  return probabilities;
}

/** How often each stop token ends a text that ends after `tokens`. */
function stopShares(
  { target, prompt, stops }: Source,
  warpers: readonly Warper[],
  tokens: readonly Token[],
): number[] {
  const sequence = target.open();
  const history = [...prompt, ...tokens];
  const [logits = new Float64Array()] = target.forward([{ sequence, tokens: history, rows: 1 }]);
  sequence.close();
  const all = warpedDistribution(logits, warpers, history, prompt.length);
  const own = stops.tokens.map((token) => all[token] as number);
  const total = own.reduce((sum, one) => sum + one);
  return own.map((one) => one / total);
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

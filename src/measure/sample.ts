import type { DecodeResult, StopReason } from "../decode/strategy.ts";

/** One decoded continuation of one prompt: what every measure is computed from. */
export interface Sample {
  /** The beginning of the text. */
  readonly prompt: string;
  /** Which of the experiment's prompts that is, from 0; a prompt that is repeated has several. */
  readonly draw: number;
  /** From 0 for each different prompt, counting on where the prompt is repeated. */
  readonly number: number;
  /** The text generated after the prompt. */
  readonly continuation: string;
  /** How it was decoded. */
  readonly result: DecodeResult;
}

/** Samples in the order of their prompts: a list, or what makes each when it is its turn. */
export interface Samples extends Iterable<Sample> {
  /** How many there are. */
  readonly length: number;
}

/**
 * log P of a sample under the target, nats: the sum over its tokens, and over EOS where EOS ended
 * it. A sample that was cut off is scored without the rest.
 */
export function logProb({ logProbs }: DecodeResult): number {
  return sum(logProbs);
}

/** The same in the distributions, after warping, that the tokens were drawn from. */
export function warpedLogProb({ warpedLogProbs }: DecodeResult): number {
  return sum(warpedLogProbs);
}

/** The first sample of a prompt, as tables show it. */
export interface FirstSample {
  /** The beginning of the text. */
  readonly prompt: string;
  /** The text generated after it. */
  readonly continuation: string;
  /** Its log-probability under the target, nats. */
  readonly logProb: number;
  /** Why it ended. */
  readonly stop: StopReason;
  /** Tokens chosen, EOS counted. */
  readonly choices: number;
  /** Forward passes of the target that its decoding took. */
  readonly targetCalls: number;
}

/** `sample` as the first one of its prompt. */
export function firstSample({ prompt, continuation, result }: Sample): FirstSample {
  const { stop, logProbs, costs: { targetCalls } } = result;
  const choices = logProbs.length;
  return { prompt, continuation, logProb: logProb(result), stop, choices, targetCalls };
}

/** The sum of `values`, from left to right. */
export function sum(values: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

/** Numbers the decodings of a cell from 0, as their samples come by. */
export class DecodingNumbers {
  #number = -1;
  #result: DecodeResult | undefined;
  #others = 0;

  /**
   * The number of the decoding that gave `result`, of the next sample. Samples with the same result
   * in a row are of one decoding that stands for all of them, and a result is followed by its others.
   */
  next(result: DecodeResult): number {
    if (this.#others > 0) this.#others--;
    else {
      if (result !== this.#result) this.#number++;
      this.#result = result;
      this.#others = result.others?.length ?? 0;
    }
    return this.#number;
  }
}

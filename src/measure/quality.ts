import type { DecodeResult, StopReason } from "../decode/strategy.ts";
import { type Sample, sum } from "./sample.ts";

/** How probable the samples of a cell are, and how long. */
export interface Quality {
  /** Mean number of tokens generated, EOS not counted. */
  readonly meanLength: number;
  /** Mean of {@linkcode logProb}, nats. */
  readonly meanLogProb: number;
  /** Log-probability a choice, pooled over all samples, nats; EOS is a choice. */
  readonly logProbPerToken: number;
  /** Samples by the reason that they stopped. */
  readonly stops: Readonly<Record<StopReason, number>>;
}

/**
 * log P of a sample under the target, nats: the sum over its tokens, and over EOS where EOS ended
 * it. A sample that was cut off is scored for what is there.
 */
export function logProb({ logProbs }: DecodeResult): number {
  return sum(logProbs);
}

/** The same in the distributions, after warping, that the tokens were drawn from. */
export function warpedLogProb({ warpedLogProbs }: DecodeResult): number {
  return sum(warpedLogProbs);
}

/** Measures `samples`, at least one. */
export function quality(samples: readonly Sample[]): Quality {
  const total = sum(samples.map(({ result }) => logProb(result)));
  const choices = sum(samples.map(({ result }) => result.logProbs.length));
  const stops = { eos: 0, max_new_tokens: 0, block_size: 0 };
  for (const { result } of samples) stops[result.stop] += 1;
  return {
    meanLength: sum(samples.map(({ result }) => result.tokens.length)) / samples.length,
    meanLogProb: total / samples.length,
    logProbPerToken: choices === 0 ? 0 : total / choices,
    stops,
  };
}

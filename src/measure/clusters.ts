import type { DecodeResult } from "../decode/strategy.ts";
import { type ClusterSums, ratio } from "./bootstrap.ts";
import { type Estimate, estimateOf, wilson } from "./interval.ts";
import type { Sample } from "./sample.ts";

/**
 * Which samples belong together, so that chance is not counted twice: those of a prompt where there
 * are several, or else those of one decoding.
 */
export interface Clusters {
  /** `[samples]` the cluster of each, from 0. */
  readonly ofSample: Int32Array;
  /** How many there are. */
  readonly count: number;
  /** Independent decodings: a deterministic one stands for many samples and is one. */
  readonly decodings: number;
}

/** Finds the clusters of `samples`, which are in the order of their prompts. */
export function clustersOf(samples: readonly Sample[]): Clusters {
  const decoding = new Int32Array(samples.length);
  let decodings = 0;
  let first: DecodeResult | undefined;
  let others = 0;
  samples.forEach(({ result }, i) => {
    if (others > 0) others--;
    else {
      if (result !== first) decodings++;
      first = result;
      others = result.others?.length ?? 0;
    }
    decoding[i] = decodings - 1;
  });
  const draws = drawsOf(samples);
  return draws > 1
    ? { ofSample: Int32Array.from(samples, ({ draw }) => draw), count: draws, decodings }
    : { ofSample: decoding, count: decodings, decodings };
}

/** How many prompts `samples`, which are in their order, continue; one that comes again counts again. */
export function drawsOf(samples: readonly Sample[]): number {
  return (samples.at(-1)?.draw ?? 0) + 1;
}

/** `Σ values / Σ weights` by cluster; `weights` are 1 unless given. All are `[samples]`. */
export function sumsByCluster(
  { ofSample, count }: Clusters,
  values: Float64Array,
  weights?: Float64Array,
): ClusterSums {
  const numerators = new Float64Array(count);
  const denominators = new Float64Array(count);
  for (let i = 0; i < values.length; i++) {
    const cluster = ofSample[i] as number;
    numerators[cluster] = (numerators[cluster] as number) + (values[i] as number);
    denominators[cluster] = (denominators[cluster] as number) + (weights?.[i] ?? 1);
  }
  return { numerators, denominators };
}

/** The share of samples that are `hits`, `[samples]`, with the interval of {@linkcode trialShare}. */
export function shareEstimate(clusters: Clusters, hits: Float64Array): Estimate {
  return trialShare(sumsByCluster(clusters, hits), clusters.decodings);
}

/**
 * A share of trials, hits and trials by cluster, with Wilson's interval: of as many independent trials
 * as would scatter like the clusters do (Kish's design effect), at most of `most`.
 */
export function trialShare(sums: ClusterSums, most: number): Estimate {
  const value = ratio(sums);
  const count = sums.numerators.length;
  if (count < 2) return estimateOf(value, wilson(value, Math.max(1, most)));
  let squares = 0;
  let whole = 0;
  for (let c = 0; c < count; c++) {
    const size = sums.denominators[c] as number;
    squares += ((sums.numerators[c] as number) - value * size) ** 2;
    whole += size;
  }
  const variance = squares / whole ** 2 * count / (count - 1);
  const trials = variance === 0 ? most : Math.min(most, value * (1 - value) / variance);
  return estimateOf(value, wilson(value, Math.max(1, trials)));
}

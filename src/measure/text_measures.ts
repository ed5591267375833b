import { characterCount } from "../text/characters.ts";
import type { RandomSource } from "../random/random_stream.ts";
import { bootstrap, type ClusterSums, ratio } from "./bootstrap.ts";
import { type Clusters, clustersOf, drawsOf, shareEstimate, sumsByCluster } from "./clusters.ts";
import type { DistinctText, DistinctTexts } from "./distinct_texts.ts";
import { distinctTexts } from "./distinct_texts.ts";
import { type Estimate, estimateOf, wilson } from "./interval.ts";
import { distinctShare, repeats, zipf } from "./ngram_diversity.ts";
import { logProb, warpedLogProb } from "./log_prob.ts";
import type { Sample } from "./sample.ts";
import { selfBleu } from "./self_bleu.ts";

/** The most samples that self-BLEU is computed on, evenly spread over all. */
export const SELF_BLEU_SAMPLES = 500;

/** What samples are held against. */
export interface Reference {
  /** The documents that the models were trained on. */
  readonly training: ReadonlySet<string>;
  /** Those that were held out. */
  readonly heldOut: ReadonlySet<string>;
  /** Shares of the training documents by their length in characters. */
  readonly lengths: readonly number[];
}

/** The reference that `training` and `heldOut` documents make. */
export function referenceOf(training: readonly string[], heldOut: readonly string[]): Reference {
  const lengths: number[] = [];
  for (const document of training) {
    const length = characterCount(document);
    lengths[length] = (lengths[length] ?? 0) + 1 / training.length;
  }
  return { training: new Set(training), heldOut: new Set(heldOut), lengths };
}

/** Estimates over the samples of a cell. */
export interface TextMeasures {
  /** Different continuations, whatever their prompts. */
  readonly unique: number;
  /** The same over samples; no interval without chance. */
  readonly uniqueShare: Estimate;
  /** Samples whose text, prompt included, is no training document. */
  readonly novelShare: Estimate;
  /** Samples whose text is one of the documents held out. */
  readonly heldOutShare: Estimate;
  /** Samples in which 1 to 4 characters stand three times in a row. */
  readonly repetitionShare: Estimate;
  /** Samples that EOS ended. */
  readonly eosShare: Estimate;
  /** Mean number of tokens generated, EOS not counted. */
  readonly meanLength: Estimate;
  /** Mean log-probability under the target, nats. */
  readonly meanLogProb: Estimate;
  /** Log-probability a choice, pooled, nats. */
  readonly logProbPerToken: Estimate;
  /** exp of minus that: pooled perplexity. */
  readonly perplexity: Estimate;
  /**
   * Entropy of what was drawn, nats a choice: −mean warped log-probability, whose expectation it is.
   * 0 for a search, where nothing is drawn.
   */
  readonly entropy: Estimate;
  /** Σ P of the different complete texts, given the prompt: a mean over prompts. Exact, not estimated. */
  readonly coverage: Estimate;
  /** Distinct-1, -2, -3. */
  readonly distinct: readonly number[];
  /** Self-BLEU-4 of up to {@linkcode SELF_BLEU_SAMPLES} samples. */
  readonly selfBleu?: number;
  /** Zipf's coefficient of the characters. */
  readonly zipf?: number;
  /** Total variation, ½ Σ |p − q|, between the lengths of texts and of training documents. */
  readonly lengthDistance: number;
  /** Mean log-probability of the samples of each of the experiment's prompts, nats: for comparisons. */
  readonly promptLogProbs: readonly number[];
}

/** Measures `samples`, at least one, in the order of their prompts; intervals come from `random`. */
export function textMeasures(
  samples: readonly Sample[],
  reference: Reference,
  random: RandomSource,
): TextMeasures {
  const clusters = clustersOf(samples);
  const distinct = distinctTexts(samples);
  const { texts } = distinct;
  const share = (holds: (text: DistinctText) => boolean): Estimate =>
    shareEstimate(clusters, hitsOf(distinct, holds));
  const { sums, intervals } = means(samples, clusters, texts, random);
  const [length, perSample, perToken, warped, covered] = sums.map((sum, i): Estimate =>
    estimateOf(ratio(sum), intervals[i])
  ) as [Estimate, Estimate, Estimate, Estimate, Estimate];
  const unique = new Set(texts.map(({ continuation }) => continuation)).size;
  const bleu = selfBleu(spread(distinct));
  const coefficient = zipf(texts);
  return {
    unique,
    uniqueShare: uniqueShare(unique, samples.length, clusters),
    novelShare: share(({ prompt, continuation }) => !reference.training.has(prompt + continuation)),
    heldOutShare: share(({ prompt, continuation }) => reference.heldOut.has(prompt + continuation)),
    repetitionShare: share(({ characters }) => repeats(characters)),
    eosShare: share(({ complete }) => complete),
    meanLength: length,
    meanLogProb: perSample,
    logProbPerToken: perToken,
    perplexity: falling(perToken, (x) => Math.exp(-x)),
    entropy: falling(warped, (x) => x === 0 ? 0 : -x),
    coverage: covered,
    distinct: [1, 2, 3].map((n) => distinctShare(texts, n)),
    ...(bleu === undefined ? {} : { selfBleu: bleu }),
    ...(coefficient === undefined ? {} : { zipf: coefficient }),
    lengthDistance: lengthDistance(texts, samples.length, reference.lengths),
    promptLogProbs: promptMeans(sums[1] as ClusterSums, drawsOf(samples)),
  };
}

/** The sums behind the means, and their intervals, all from the same resamples. */
function means(
  samples: readonly Sample[],
  clusters: Clusters,
  texts: readonly DistinctText[],
  random: RandomSource,
) {
  const column = (value: (sample: Sample) => number): Float64Array => {
    // Not Float64Array.from, which goes through an iterator: samples come by the million.
    const values = new Float64Array(samples.length);
    for (let i = 0; i < values.length; i++) values[i] = value(samples[i] as Sample);
    return values;
  };
  const choices = column(({ result }) => result.logProbs.length);
  const logProbs = column(({ result }) => logProb(result));
  const sums: ClusterSums[] = [
    sumsByCluster(clusters, column(({ result }) => result.tokens.length)),
    sumsByCluster(clusters, logProbs),
    sumsByCluster(clusters, logProbs, choices),
    sumsByCluster(clusters, column(({ result }) => warpedLogProb(result)), choices),
    coverageSums(samples, texts),
  ];
  const sampled = sums.slice(0, 4);
  const perPrompt = sums.slice(4);
  const same = clusters.count === perPrompt[0]?.numerators.length;
  const intervals = same
    ? bootstrap(sums, random)
    : [...bootstrap(sampled, random), ...perPrompt.map(() => undefined)];
  return { sums, intervals };
}

/** The mean of each prompt: a cluster's where those are prompts, or else that of the only one. */
function promptMeans(sums: ClusterSums, draws: number): number[] {
  if (draws === 1) return [ratio(sums)];
  return Array.from(sums.numerators, (sum, i) => sum / (sums.denominators[i] as number));
}

/** Σ P of the different complete texts of each prompt that was drawn. */
function coverageSums(samples: readonly Sample[], texts: readonly DistinctText[]): ClusterSums {
  const mass = new Map<string, number>();
  for (const { prompt, complete, logProb } of texts) {
    if (complete) mass.set(prompt, (mass.get(prompt) ?? 0) + Math.exp(logProb));
  }
  const draws = drawsOf(samples);
  const numerators = new Float64Array(draws);
  for (const { draw, prompt } of samples) numerators[draw] = mass.get(prompt) ?? 0;
  return { numerators, denominators: new Float64Array(draws).fill(1) };
}

/** `[samples]` 1 for those whose text `holds`, 0 for the rest. */
function hitsOf(
  { texts, ofSample }: DistinctTexts,
  holds: (text: DistinctText) => boolean,
): Float64Array {
  const ofText = Uint8Array.from(texts, (text) => holds(text) ? 1 : 0);
  const hits = new Float64Array(ofSample.length);
  for (let i = 0; i < hits.length; i++) hits[i] = ofText[ofSample[i] as number] as number;
  return hits;
}

function uniqueShare(unique: number, samples: number, { decodings }: Clusters): Estimate {
  const value = unique / samples;
  // One decoding that stands for several samples repeats itself by definition.
  return estimateOf(value, decodings < samples ? undefined : wilson(value, samples));
}

/** An estimate of `f`, which falls, from one of its argument. */
function falling({ value, interval }: Estimate, f: (x: number) => number): Estimate {
  return estimateOf(f(value), interval && { low: f(interval.high), high: f(interval.low) });
}

/** The characters of at most {@linkcode SELF_BLEU_SAMPLES} samples, evenly spread. */
function spread({ texts, ofSample }: DistinctTexts): (readonly string[])[] {
  const count = Math.min(ofSample.length, SELF_BLEU_SAMPLES);
  return Array.from({ length: count }, (_, i) => {
    const sample = Math.floor(i * ofSample.length / count);
    return (texts[ofSample[sample] as number] as DistinctText).characters;
  });
}

/** ½ Σ |p − q| over the lengths in characters of whole texts, prompts included. */
function lengthDistance(
  texts: readonly DistinctText[],
  samples: number,
  lengths: readonly number[],
): number {
  const own: number[] = [];
  for (const { prompt, characters, count } of texts) {
    const length = [...prompt].length + characters.length;
    own[length] = (own[length] ?? 0) + count / samples;
  }
  let distance = 0;
  // Those that there are alone: one document may be as long as its corpus.
  const there = new Set([...Object.keys(own), ...Object.keys(lengths)].map(Number));
  for (const length of [...there].sort((a, b) => a - b)) {
    distance += Math.abs((own[length] ?? 0) - (lengths[length] ?? 0)) / 2;
  }
  return distance;
}

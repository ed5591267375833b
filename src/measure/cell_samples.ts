/**
 * The samples of a cell as measures see them: which of them belong together, their distinct texts,
 * and the sums over them.
 *
 * @module
 */
import type { Costs, Speculation, StopReason } from "../decode/strategy.ts";
import type { RandomStream } from "../random/random_stream.ts";
import { type Documents, textsAmong } from "../data/documents.ts";
import type { Samples } from "./sample.ts";
import {
  type DistinctText,
  type DistinctTexts,
  factsOf,
  type ProposedTokens,
  type SampleFacts,
  type SpeculationContext,
} from "./sample_facts.ts";
import { type ClusterSums, type Estimate, ratio, Resamples, trialShare } from "./statistics.ts";

/** The documents that samples are compared with. */
export interface Reference {
  /** The documents that the models were trained on. */
  readonly training: Documents;
  /** Those that were held out. */
  readonly heldOut: Documents;
  /** Shares of the training documents by their length in characters. */
  readonly lengths: readonly number[];
}

/** The reference that `training` and `heldOut` documents make. */
export function referenceOf(training: Documents, heldOut: Documents): Reference {
  const lengths: number[] = [];
  for (let i = 0; i < training.length; i++) {
    const length = training.characters(i);
    lengths[length] = (lengths[length] ?? 0) + 1 / training.length;
  }
  return { training, heldOut, lengths };
}

/** The inputs of the measures of a cell beside its samples. */
export interface MeasureOptions {
  /** The documents that they are compared with. */
  readonly reference: Reference;
  /** The source of the cell's intervals. */
  readonly random: RandomStream;
  /** Whether its strategy drew each token, so that minus the mean of what it drew is an entropy. */
  readonly drawsEachToken: boolean;
  /** Where the cell speculates. */
  readonly speculation?: SpeculationContext | undefined;
}

/**
 * Which samples belong together, so that chance is not counted twice: those of a prompt where there
 * are several prompts, or else those of one decoding.
 */
export interface Clusters {
  /** `[samples]` the cluster of each, from 0. */
  readonly ofSample: Int32Array;
  /** The number of clusters. */
  readonly count: number;
  /** Independent decodings: a deterministic one stands for many samples and is one. */
  readonly decodings: number;
}

/** Which of the distinct texts are documents, `[texts]`: 1 for those that are, 0 for the others. */
export interface AmongDocuments {
  /** Those that the models were trained on. */
  readonly training: Uint8Array;
  /** Those that were held out. */
  readonly heldOut: Uint8Array;
}

/** The samples of a cell, at least one, in the order of their prompts. */
export class CellSamples {
  /** The samples themselves; going through them may take long. */
  readonly samples: Samples;
  /** The documents that they are compared with. */
  readonly reference: Reference;
  /** Whether each token was drawn from the distribution that its warped log-probability is of. */
  readonly drawsEachToken: boolean;
  /** Where the cell speculates. */
  readonly speculation: SpeculationContext | undefined;
  readonly #facts: SampleFacts;
  readonly #random: RandomStream;
  #clusters: Clusters | undefined;
  #resamples: Resamples | undefined;
  #among: AmongDocuments | undefined;
  #unique: number | undefined;

  /** Measures `samples` with `options`. */
  constructor(
    samples: Samples,
    { reference, random, drawsEachToken, speculation }: MeasureOptions,
  ) {
    this.samples = samples;
    this.reference = reference;
    this.drawsEachToken = drawsEachToken;
    this.speculation = speculation;
    this.#facts = factsOf(samples, speculation);
    this.#random = random;
  }

  /** How many prompts the samples continue; one that is repeated counts again. */
  get draws(): number {
    return this.prompts.length;
  }

  /** `[draws]` the prompts. */
  get prompts(): readonly string[] {
    return this.#facts.prompts;
  }

  /** Which samples belong together. */
  get clusters(): Clusters {
    const { ofDraw, ofDecoding, decodings } = this.#facts;
    return this.#clusters ??= this.draws > 1
      ? { ofSample: ofDraw, count: this.draws, decodings }
      : { ofSample: ofDecoding, count: decodings, decodings };
  }

  /** The distinct texts among the samples. */
  get distinct(): DistinctTexts {
    return this.#facts.distinct;
  }

  /** Which of the distinct texts, prompts included, are documents. */
  get among(): AmongDocuments {
    if (this.#among !== undefined) return this.#among;
    const texts = this.distinct.texts.map(({ prompt, continuation }) => prompt + continuation);
    const { training, heldOut } = this.reference;
    return this.#among = {
      training: textsAmong(training, texts),
      heldOut: textsAmong(heldOut, texts),
    };
  }

  /** How many different continuations there are, whatever their prompts. */
  get unique(): number {
    return this.#unique ??=
      new Set(this.distinct.texts.map(({ continuation }) => continuation)).size;
  }

  /** `[samples]` tokens chosen, EOS counted. */
  get choices(): Float64Array {
    return this.#facts.choices;
  }

  /** `[samples]` tokens generated, EOS not counted. */
  get tokens(): Float64Array {
    return this.#facts.tokens;
  }

  /** `[samples]` log-probabilities under the target, nats. */
  get logProbs(): Float64Array {
    return this.#facts.logProbs;
  }

  /** `[samples]` the same in the warped distributions. */
  get warpedLogProbs(): Float64Array {
    return this.#facts.warpedLogProbs;
  }

  /** `[samples]` forward passes of the target, on the first text of each decoding. */
  get targetCalls(): Float64Array {
    return this.#facts.targetCalls;
  }

  /** How many samples ended for each reason. */
  get stops(): Readonly<Record<StopReason, number>> {
    return this.#facts.stops;
  }

  /** The fate of proposed tokens, `[samples]` each; empty where the cell does not speculate. */
  get proposed(): ProposedTokens {
    return this.#facts.proposed;
  }

  /** Counts of proposed, tested and accepted tokens by position, over all samples. */
  get proposals(): Speculation {
    return this.#facts.proposals;
  }

  /** Rows of the target, and of the draft at ĉ each, and the rows of reading token by token. */
  get operations(): { readonly speculative: number; readonly plain: number } {
    return this.#facts.operations;
  }

  /** `Σ values / Σ weights` by cluster; `weights` are 1 unless given. All are `[samples]`. */
  sums(values: Float64Array, weights?: Float64Array): ClusterSums {
    return sumsByCluster(this.clusters, values, weights);
  }

  /** `Σ values / Σ weights`, both `[samples]`, with the bootstrap's interval over the clusters. */
  mean(values: Float64Array, weights?: Float64Array): Estimate {
    return this.#resampled().estimate(this.sums(values, weights));
  }

  /** The mean of `values`, `[draws]`, over prompts; of one prompt it has no interval. */
  meanOverPrompts(values: Float64Array): Estimate {
    const sums = { numerators: values, denominators: new Float64Array(this.draws).fill(1) };
    // With several prompts they are the clusters.
    return this.draws > 1 ? this.#resampled().estimate(sums) : { value: ratio(sums) };
  }

  /** The share of samples whose text, one of the distinct ones, `holds`, with Wilson's interval. */
  share(holds: (text: DistinctText, index: number) => boolean): Estimate {
    const { texts, ofSample } = this.distinct;
    const ofText = Uint8Array.from(texts, (text, i) => holds(text, i) ? 1 : 0);
    const hits = new Float64Array(ofSample.length);
    for (let i = 0; i < hits.length; i++) hits[i] = ofText[ofSample[i] as number] as number;
    return trialShare(this.sums(hits), this.clusters.decodings);
  }

  /** The sum of one of the costs. */
  total(count: keyof Costs): number {
    return this.#facts.costs[count];
  }

  /** Resamples of the clusters: the same for every mean. */
  #resampled(): Resamples {
    return this.#resamples ??= new Resamples(this.clusters.count, this.#random.child("means"));
  }
}

function sumsByCluster(
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

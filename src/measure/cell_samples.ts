/**
 * The samples of a cell as measures see them: which of them belong together, their distinct texts,
 * and the sums over them, each computed once, when it is first asked for.
 *
 * @module
 */
import type { Costs, DecodeResult, Speculation } from "../decode/strategy.ts";
import type { RandomStream } from "../random/random_stream.ts";
import { type Documents, textsAmong } from "../data/documents.ts";
import { logProb, type Sample } from "./sample.ts";
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

/** The facts that measures of a speculating cell need beside its samples. */
export interface SpeculationContext {
  /** The most tokens proposed in a round. */
  readonly draftK: number;
  /** ĉ: operations of a row of the draft, in those of a row of the target. */
  readonly draftOperations: number;
  /** How many tokens a prompt is to the target, BOS among them. */
  readonly promptTokens: (prompt: string) => number;
  /** How far first tokens are from their exact distribution; absent where no token was drawn. */
  readonly firstToken: FirstTokenDistance | undefined;
}

/** How far the first tokens of a cell are from the target's exact distribution. */
export interface FirstTokenDistance {
  /**
   * Total variation, ½ Σ |share − probability|, between the first tokens drawn and the distribution
   * they should have: 0 alike, 1 nothing in common. The mean over prompts.
   */
  readonly distance: number;
  /** About its mean if as many tokens had been drawn from exactly that distribution. */
  readonly byChance: number;
}

/** The inputs of the measures of a cell beside its samples. */
export interface MeasureOptions {
  /** The documents that they are compared with. */
  readonly reference: Reference;
  /** The source of the cell's intervals. */
  readonly random: RandomStream;
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

/** One continuation of one prompt, however often it was sampled. */
export interface DistinctText {
  /** Its beginning. */
  readonly prompt: string;
  /** The text generated after the prompt. */
  readonly continuation: string;
  /** The characters of the continuation. */
  readonly characters: readonly string[];
  /** Whether EOS ended it, so that it is a whole text. */
  readonly complete: boolean;
  /** Its log-probability under the target, nats; EOS in it where it is complete. */
  readonly logProb: number;
  /** Samples that are this text. */
  count: number;
}

/** The distinct texts of a cell, and which of them each sample is. */
export interface DistinctTexts {
  /** In the order in which they first appear. */
  readonly texts: readonly DistinctText[];
  /** `[samples]` indices into them. */
  readonly ofSample: Int32Array;
}

/** Texts that are documents. */
export interface AmongDocuments {
  /** Those that the models were trained on. */
  readonly training: ReadonlySet<string>;
  /** Those that were held out. */
  readonly heldOut: ReadonlySet<string>;
}

/** The samples of a cell, at least one, in the order of their prompts. */
export class CellSamples {
  /** The samples themselves. */
  readonly samples: readonly Sample[];
  /** The documents that they are compared with. */
  readonly reference: Reference;
  /** Where the cell speculates. */
  readonly speculation: SpeculationContext | undefined;
  /** How many prompts the samples continue; one that is repeated counts again. */
  readonly draws: number;
  readonly #random: RandomStream;
  #clusters: Clusters | undefined;
  #resamples: Resamples | undefined;
  #distinct: DistinctTexts | undefined;
  #among: AmongDocuments | undefined;
  #unique: number | undefined;
  #choices: Float64Array | undefined;
  #logProbs: Float64Array | undefined;
  #proposals: Speculation | undefined;

  /** Measures `samples` with `options`. */
  constructor(samples: readonly Sample[], { reference, random, speculation }: MeasureOptions) {
    this.samples = samples;
    this.reference = reference;
    this.speculation = speculation;
    this.draws = (samples.at(-1)?.draw ?? 0) + 1;
    this.#random = random;
  }

  /** Which samples belong together. */
  get clusters(): Clusters {
    return this.#clusters ??= clustersOf(this.samples, this.draws);
  }

  /** The distinct texts among the samples. */
  get distinct(): DistinctTexts {
    return this.#distinct ??= distinctTexts(this.samples);
  }

  /** Which texts, prompts included, are documents. */
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
    return this.#choices ??= this.column(({ result }) => result.logProbs.length);
  }

  /** `[samples]` log-probabilities under the target, nats. */
  get logProbs(): Float64Array {
    return this.#logProbs ??= this.column(({ result }) => logProb(result));
  }

  /** Counts of proposed, tested and accepted tokens by position, over all samples. */
  get proposals(): Speculation {
    return this.#proposals ??= proposalsOf(this.samples);
  }

  /** `[samples]` the `value` of each. */
  column(value: (sample: Sample) => number): Float64Array {
    // Not Float64Array.from, which uses an iterator: there may be millions of samples.
    const values = new Float64Array(this.samples.length);
    for (let i = 0; i < values.length; i++) values[i] = value(this.samples[i] as Sample);
    return values;
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

  /** The share of samples whose text `holds`, with Wilson's interval. */
  share(holds: (text: DistinctText) => boolean): Estimate {
    const { texts, ofSample } = this.distinct;
    const ofText = Uint8Array.from(texts, (text) => holds(text) ? 1 : 0);
    const hits = new Float64Array(ofSample.length);
    for (let i = 0; i < hits.length; i++) hits[i] = ofText[ofSample[i] as number] as number;
    return trialShare(this.sums(hits), this.clusters.decodings);
  }

  /** The sum of one of the costs. */
  total(count: keyof Costs): number {
    let total = 0;
    for (const { result } of this.samples) total += result.costs[count];
    return total;
  }

  /** Resamples of the clusters: the same for every mean. */
  #resampled(): Resamples {
    return this.#resamples ??= new Resamples(this.clusters.count, this.#random.child("means"));
  }
}

function clustersOf(samples: readonly Sample[], draws: number): Clusters {
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
  return draws > 1
    ? { ofSample: Int32Array.from(samples, ({ draw }) => draw), count: draws, decodings }
    : { ofSample: decoding, count: decodings, decodings };
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

/** A text is measured once however often it was sampled; cut off and ended it is two texts. */
function distinctTexts(samples: readonly Sample[]): DistinctTexts {
  const texts: DistinctText[] = [];
  const ofSample = new Int32Array(samples.length);
  const known = new Map<string, Map<string, number>>();
  for (let i = 0; i < samples.length; i++) {
    const { prompt, continuation, result } = samples[i] as Sample;
    const complete = result.stop === "eos";
    const kind = `${complete ? "." : "…"}${prompt}`;
    let own = known.get(kind);
    if (own === undefined) known.set(kind, own = new Map());
    let index = own.get(continuation);
    if (index === undefined) {
      index = texts.length;
      own.set(continuation, index);
      const text = { prompt, continuation, characters: [...continuation], complete };
      texts.push({ ...text, logProb: logProb(result), count: 0 });
    }
    (texts[index] as DistinctText).count += 1;
    ofSample[i] = index;
  }
  return { texts, ofSample };
}

function proposalsOf(samples: readonly Sample[]): Speculation {
  const traces = samples.flatMap(({ result }) => result.speculation ?? []);
  return {
    proposedAt: byPosition(traces.map((trace) => trace.proposedAt)),
    testedAt: byPosition(traces.map((trace) => trace.testedAt)),
    acceptedAt: byPosition(traces.map((trace) => trace.acceptedAt)),
    overlapAt: byPosition(traces.map((trace) => trace.overlapAt)),
  };
}

/** The sums of several arrays, entry by entry; missing entries count as 0. */
function byPosition(arrays: readonly (readonly number[])[]): number[] {
  const totals: number[] = [];
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) totals[i] = (totals[i] ?? 0) + (array[i] as number);
  }
  return totals;
}

/**
 * The samples of a cell as measures see them: which of them belong together, their distinct texts,
 * and the sums over them, gathered in one pass: they may be read from a file.
 *
 * @module
 */
import {
  type Costs,
  type DecodeResult,
  noCosts,
  type Speculation,
  type StopReason,
} from "../decode/strategy.ts";
import type { RandomStream } from "../random/random_stream.ts";
import { type Documents, textsAmong } from "../data/documents.ts";
import { logProb, type Sample, type Samples, warpedLogProb } from "./sample.ts";
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
  /** Where the cell speculates. */
  readonly speculation: SpeculationContext | undefined;
  readonly #facts: SampleFacts;
  readonly #random: RandomStream;
  #clusters: Clusters | undefined;
  #resamples: Resamples | undefined;
  #among: AmongDocuments | undefined;
  #unique: number | undefined;

  /** Measures `samples` with `options`. */
  constructor(samples: Samples, { reference, random, speculation }: MeasureOptions) {
    this.samples = samples;
    this.reference = reference;
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

/** What became of the tokens that the draft proposed, `[samples]` each. */
export interface ProposedTokens {
  /** Tokens proposed. */
  readonly proposed: Float64Array;
  /** Those that were tested. */
  readonly tested: Float64Array;
  /** Those that were accepted. */
  readonly accepted: Float64Array;
}

/** Everything that measures need of samples, gathered while going through them once. */
type SampleFacts = ReturnType<typeof factsOf>;

function factsOf(samples: Samples, speculation: SpeculationContext | undefined) {
  const { length } = samples;
  const column = (): Float64Array => new Float64Array(length);
  const [choices, tokens, logProbs, warpedLogProbs] = [column(), column(), column(), column()];
  const counted = speculation === undefined ? 0 : length;
  const proposed = {
    proposed: new Float64Array(counted),
    tested: new Float64Array(counted),
    accepted: new Float64Array(counted),
  };
  const [ofDraw, ofDecoding] = [new Int32Array(length), new Int32Array(length)];
  const prompts: string[] = [];
  const texts = new TextList(length);
  const costs = noCosts();
  const stops: Record<StopReason, number> = { eos: 0, max_new_tokens: 0, block_size: 0 };
  const proposals = { proposedAt: [], testedAt: [], acceptedAt: [], overlapAt: [] };
  const operations = { speculative: 0, plain: 0 };
  let decodings = 0;
  let first: DecodeResult | undefined;
  let others = 0;
  let i = 0;
  for (const sample of samples) {
    const { prompt, draw, result } = sample;
    if (others > 0) others--;
    else {
      if (result !== first) decodings++;
      first = result;
      others = result.others?.length ?? 0;
    }
    ofDecoding[i] = decodings - 1;
    ofDraw[i] = draw;
    prompts[draw] = prompt;
    choices[i] = result.logProbs.length;
    tokens[i] = result.tokens.length;
    const own = logProbs[i] = logProb(result);
    warpedLogProbs[i] = warpedLogProb(result);
    stops[result.stop]++;
    texts.add(i, sample, own);
    addCosts(costs, result.costs);
    if (speculation !== undefined) {
      proposed.proposed[i] = result.costs.proposed;
      proposed.tested[i] = result.costs.tested;
      proposed.accepted[i] = result.costs.accepted;
      addProposals(proposals, result.speculation);
      addOperations(operations, sample, speculation);
    }
    i++;
  }
  return {
    choices,
    tokens,
    logProbs,
    warpedLogProbs,
    proposed,
    ofDraw,
    ofDecoding,
    decodings,
    prompts,
    distinct: texts,
    costs,
    stops,
    proposals,
    operations,
  };
}

function addCosts(costs: Costs, own: Readonly<Costs>): void {
  costs.targetCalls += own.targetCalls;
  costs.targetRows += own.targetRows;
  costs.draftCalls += own.draftCalls;
  costs.draftRows += own.draftRows;
  costs.proposed += own.proposed;
  costs.tested += own.tested;
  costs.accepted += own.accepted;
  costs.resampled += own.resampled;
  costs.bonus += own.bonus;
  costs.rounds += own.rounds;
}

/** Adds counts by position to the sums so far; missing ones count as 0. */
function addProposals(
  sums: Record<keyof Speculation, number[]>,
  own: Speculation | undefined,
): void {
  if (own === undefined) return;
  const add = (to: number[], counts: readonly number[]): void => {
    for (let i = 0; i < counts.length; i++) to[i] = (to[i] ?? 0) + (counts[i] as number);
  };
  add(sums.proposedAt, own.proposedAt);
  add(sums.testedAt, own.testedAt);
  add(sums.acceptedAt, own.acceptedAt);
  add(sums.overlapAt, own.overlapAt);
}

function addOperations(
  sums: { speculative: number; plain: number },
  { prompt, result: { costs, logProbs } }: Sample,
  { draftOperations, promptTokens }: SpeculationContext,
): void {
  sums.speculative += costs.targetRows + draftOperations * costs.draftRows;
  // The prompt, and each choice but the last, which nothing follows.
  sums.plain += logProbs.length === 0 ? 0 : promptTokens(prompt) + logProbs.length - 1;
}

/** Collects distinct texts: one is measured once however often it was sampled. */
class TextList implements DistinctTexts {
  readonly texts: DistinctText[] = [];
  readonly ofSample: Int32Array;
  readonly #known = new Map<string, Map<string, number>>();

  constructor(samples: number) {
    this.ofSample = new Int32Array(samples);
  }

  /** Adds sample `i`; cut off and ended it is two texts. */
  add(i: number, { prompt, continuation, result }: Sample, logProb: number): void {
    const complete = result.stop === "eos";
    const kind = `${complete ? "." : "…"}${prompt}`;
    let own = this.#known.get(kind);
    if (own === undefined) this.#known.set(kind, own = new Map());
    let index = own.get(continuation);
    if (index === undefined) {
      index = this.texts.length;
      own.set(continuation, index);
      this.texts.push(new SampledText(prompt, continuation, complete, logProb));
    }
    (this.texts[index] as DistinctText).count += 1;
    this.ofSample[i] = index;
  }
}

class SampledText implements DistinctText {
  readonly prompt: string;
  readonly continuation: string;
  readonly complete: boolean;
  readonly logProb: number;
  count = 0;

  constructor(prompt: string, continuation: string, complete: boolean, logProb: number) {
    this.prompt = prompt;
    this.continuation = continuation;
    this.complete = complete;
    this.logProb = logProb;
  }

  /** Made when they are asked for: as lists they take more room than all the rest. */
  get characters(): readonly string[] {
    return [...this.continuation];
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

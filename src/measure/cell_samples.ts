/**
 * The samples of a cell as measures see them: which of them belong together, their distinct texts,
 * and the sums over them.
 *
 * @module
 */
import type { Costs, Speculation, StopReason } from "../decode/strategy.ts";
import { type Documents, textsAmong } from "../data/documents.ts";
import type { FirstSample, Samples } from "./sample.ts";
import {
  type DistinctText,
  type DistinctTexts,
  factsOf,
  type Operations,
  type ProposedTokens,
  type SampleFacts,
  type SpeculationContext,
} from "./sample_facts.ts";
import type { Estimate } from "./estimate.ts";
import { type Scorer, scoresOf } from "./ngram_score.ts";
import type { SampledTexts } from "./rarefaction.ts";
import { type PromptDesign, Sampling, sumsBy } from "./sampling.ts";
import { type Holdings, holdingsOf, type TextItems } from "./text_sets.ts";

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
  /** The documents that they are compared with; absent where there is no corpus. */
  readonly reference?: Reference | undefined;
  /** Whether its strategy drew each token, so that minus the mean of what it drew is an entropy. */
  readonly drawsEachToken: boolean;
  /** How the prompts were chosen. */
  readonly design: PromptDesign;
  /** Whether the strategy gives the same texts every time. */
  readonly isDeterministic: boolean;
  /** Where the cell speculates. */
  readonly speculation?: SpeculationContext | undefined;
  /** The best n-gram model, if any is known. */
  readonly scorer?: Scorer | undefined;
  /** Whether several sequences of tokens may be the same text, as of a tokenizer; not if left out. */
  readonly keepsTokens?: boolean;
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
  /** The documents that they are compared with, where there are any. */
  readonly reference: Reference | undefined;
  /** Whether each token was drawn from the distribution that its warped log-probability is of. */
  readonly drawsEachToken: boolean;
  /** Where the cell speculates. */
  readonly speculation: SpeculationContext | undefined;
  readonly #scorer: Scorer | undefined;
  readonly #facts: SampleFacts;
  /** `[samples]` the unit of each: the samples of one decoding after one draw. */
  readonly unitOf: Int32Array;
  /** How the units came about. */
  readonly sampling: Sampling;
  #wholeTexts: readonly string[] | undefined;
  #among: AmongDocuments | undefined;

  /** Measures `samples` with `options`. */
  constructor(
    samples: Samples,
    options: MeasureOptions,
  ) {
    const { reference, design, isDeterministic, drawsEachToken, speculation, scorer } = options;
    this.samples = samples;
    this.reference = reference;
    this.drawsEachToken = drawsEachToken;
    this.speculation = speculation;
    this.#scorer = scorer;
    this.#facts = factsOf(samples, { speculation, keepsTokens: options.keepsTokens ?? false });
    const { unitOf, drawOf } = unitsOf(this.#facts);
    this.unitOf = unitOf;
    this.sampling = new Sampling({
      design,
      hasChance: !isDeterministic && this.#facts.warpedLogProbs.some((logProb) => logProb !== 0),
      prompts: this.#facts.prompts,
      drawOf,
    });
  }

  /** How many prompts the samples continue; one that is repeated counts again. */
  get draws(): number {
    return this.prompts.length;
  }

  /** `[draws]` the prompts. */
  get prompts(): readonly string[] {
    return this.#facts.prompts;
  }

  /** The first sample of each different prompt, in the order of the prompts. */
  get firsts(): readonly FirstSample[] {
    return this.#facts.firsts;
  }

  /** The distinct texts among the samples. */
  get distinct(): DistinctTexts {
    return this.#facts.distinct;
  }

  /** The distinct texts, prompts included. */
  get wholeTexts(): readonly string[] {
    return this.#wholeTexts ??= this.distinct.texts.map(({ prompt, continuation }) =>
      prompt + continuation
    );
  }

  /** The items that the units hold, from those of the distinct texts. */
  holdings(items: TextItems): Holdings {
    return holdingsOf(this.sampling.units, this.unitOf, this.distinct.ofSample, items);
  }

  /** How the samples came about, and how many there are of each unit. */
  sampledTexts(): SampledTexts {
    const ones = new Float64Array(this.samples.length).fill(1);
    return { sampling: this.sampling, texts: this.sums(ones) };
  }

  /** Which of the distinct texts, prompts included, are documents; `undefined` without a corpus. */
  get among(): AmongDocuments | undefined {
    if (this.#among !== undefined || this.reference === undefined) return this.#among;
    const [training, heldOut] = textsAmong(
      [this.reference.training, this.reference.heldOut],
      this.wholeTexts,
    ) as [Uint8Array, Uint8Array];
    return this.#among = { training, heldOut };
  }

  /** Whether tokens are those of a tokenizer, and no characters. */
  get isTokenized(): boolean {
    return this.distinct.tokens !== undefined;
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

  /** `[samples]` log-probabilities under the best n-gram model, nats; none where none is known. */
  ngramLogProbs(): Float64Array | undefined {
    if (this.#scorer === undefined) return undefined;
    return this.ofSamples(scoresOf(this.distinct.texts, this.#scorer));
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

  /** Operations of speculating and of reading token by token, `[samples]` each. */
  get operations(): Operations {
    return this.#facts.operations;
  }

  /** `Σ values / Σ weights`, both `[samples]`; `weights` are 1 unless given. */
  mean(values: Float64Array, weights?: Float64Array): Estimate {
    return this.sampling.ratio(this.sums(values), this.sums(weights ?? ones(values.length)));
  }

  /** `Σ hits / Σ trials`, both `[samples]`: a share, with an interval in [0, 1]. */
  trialShare(hits: Float64Array, trials: Float64Array): Estimate {
    return this.sampling.share(this.sums(hits), this.sums(trials));
  }

  /** `[units]` the sums of `values`, `[samples]`. */
  sums(values: Float64Array): Float64Array {
    return sumsBy(this.unitOf, values, this.sampling.units);
  }

  /** The share of samples whose text, one of the distinct ones, `holds`. */
  share(holds: (text: DistinctText, index: number) => boolean): Estimate {
    const { texts, ofSample } = this.distinct;
    const ofText = new Float64Array(texts.length);
    texts.forEach((text, i) => ofText[i] = holds(text, i) ? 1 : 0);
    return this.trialShare(this.ofSamples(ofText), ones(ofSample.length));
  }

  /** `[samples]` the values of their texts, `[texts]`. */
  ofSamples(values: ArrayLike<number>): Float64Array {
    const { ofSample } = this.distinct;
    const own = new Float64Array(ofSample.length);
    for (let i = 0; i < own.length; i++) own[i] = values[ofSample[i] as number] as number;
    return own;
  }

  /** The sum of one of the costs. */
  total(count: keyof Costs): number {
    return this.#facts.costs[count];
  }
}

/** `[samples]` the unit of each, and `[units]` the draw of each unit. */
function unitsOf({ ofDraw, ofDecoding }: SampleFacts) {
  const unitOf = new Int32Array(ofDraw.length);
  const drawOf: number[] = [];
  let before = -1;
  ofDraw.forEach((draw, i) => {
    const decoding = ofDecoding[i] as number;
    // One decoding may stand for the samples of several draws.
    if (decoding !== before || draw !== drawOf.at(-1)) drawOf.push(draw);
    before = decoding;
    unitOf[i] = drawOf.length - 1;
  });
  return { unitOf, drawOf: Int32Array.from(drawOf) };
}

function ones(length: number): Float64Array {
  return new Float64Array(length).fill(1);
}

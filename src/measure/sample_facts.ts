/**
 * Everything that measures need of the samples of a cell, gathered in one pass: they may be read from a
 * file.
 *
 * @module
 */
import type { Predictions } from "../decode/definition.ts";
import { type Costs, noCosts, type Speculation, type StopReason } from "../decode/strategy.ts";
import type { Token } from "../model/language_model.ts";
import {
  DecodingNumbers,
  type FirstSample,
  firstSample,
  logProb,
  type Sample,
  type Samples,
  sum,
  warpedLogProb,
} from "./sample.ts";
import { charactersOf, type TextUnits, unitsOf } from "./text_units.ts";

/** The facts that measures of a speculating cell need beside its samples. */
export interface SpeculationContext {
  /** The most tokens proposed in a round. */
  readonly draftK: number;
  /** The predictions of theory that hold for the cell. */
  readonly predictions: Predictions;
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

/** One continuation of one prompt, however often it was sampled. */
export interface DistinctText {
  /** Its beginning. */
  readonly prompt: string;
  /** The text generated after the prompt. */
  readonly continuation: string;
  /** Its tokens, where several sequences of them may be the same text: each is a text by itself. */
  readonly tokens?: readonly Token[] | undefined;
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
  /** The characters of their continuations. */
  readonly characters: TextUnits;
  /** Their tokens, where several sequences of them may be the same text. */
  readonly tokens: TextUnits | undefined;
}

/** The fate of the tokens that the draft proposed, `[samples]` each. */
export interface ProposedTokens {
  /** Tokens proposed. */
  readonly proposed: Float64Array;
  /** Those that were tested. */
  readonly tested: Float64Array;
  /** Those that were accepted. */
  readonly accepted: Float64Array;
  /**
   * The sums over those tested of β = Σ min(p, q), the probability to be accepted; empty where that is
   * another one.
   */
  readonly overlap: Float64Array;
}

/** Everything that measures need of the samples of a cell. */
export interface SampleFacts {
  /** `[draws]` the prompts. */
  readonly prompts: readonly string[];
  /** `[samples]` which of the prompts each continues. */
  readonly ofDraw: Int32Array;
  /** `[samples]` which decoding each comes from, from 0. */
  readonly ofDecoding: Int32Array;
  /** The number of decodings. */
  readonly decodings: number;
  /** The first sample of each different prompt, in the order of the prompts. */
  readonly firsts: readonly FirstSample[];
  /** The distinct texts among the samples. */
  readonly distinct: DistinctTexts;
  /** `[samples]` tokens chosen, EOS counted. */
  readonly choices: Float64Array;
  /** `[samples]` tokens generated, EOS not counted. */
  readonly tokens: Float64Array;
  /** `[samples]` log-probabilities under the target, nats. */
  readonly logProbs: Float64Array;
  /** `[samples]` the same in the warped distributions. */
  readonly warpedLogProbs: Float64Array;
  /**
   * `[samples]` forward passes of the target; those of a decoding that gives several texts are on the
   * first.
   */
  readonly targetCalls: Float64Array;
  /** How many samples ended for each reason. */
  readonly stops: Readonly<Record<StopReason, number>>;
  /** The sums of all costs. */
  readonly costs: Readonly<Costs>;
  /** The fate of proposed tokens; empty where the cell does not speculate. */
  readonly proposed: ProposedTokens;
  /**
   * Counts of proposed, tested and accepted tokens by position, over all samples; no overlaps where
   * those are not the probabilities to be accepted.
   */
  readonly proposals: Speculation;
  /** Empty where the cell does not speculate. */
  readonly operations: Operations;
}

/** Operations in those of a row of the target, `[samples]` each. */
export interface Operations {
  /** Rows of the target, and of the draft at ĉ each. */
  readonly speculative: Float64Array;
  /** The rows of reading token by token. */
  readonly plain: Float64Array;
}

/** The facts that are wanted of samples. */
export interface FactsOptions {
  /** Where the cell speculates. */
  readonly speculation: SpeculationContext | undefined;
  /** Whether several sequences of tokens may be the same text. */
  readonly keepsTokens: boolean;
}

/** The facts of `samples`, gathered while going through them once. */
export function factsOf(
  samples: Samples,
  { speculation, keepsTokens }: FactsOptions,
): SampleFacts {
  const { length } = samples;
  const column = (): Float64Array => new Float64Array(length);
  const [choices, tokens, logProbs, warpedLogProbs] = [column(), column(), column(), column()];
  const targetCalls = column();
  const counted = speculation === undefined ? 0 : length;
  const overlapIsKnown = speculation !== undefined && speculation.predictions !== "none";
  const proposed = {
    proposed: new Float64Array(counted),
    tested: new Float64Array(counted),
    accepted: new Float64Array(counted),
    overlap: new Float64Array(overlapIsKnown ? length : 0),
  };
  const [ofDraw, ofDecoding] = [new Int32Array(length), new Int32Array(length)];
  const prompts: string[] = [];
  const firsts = new Map<string, FirstSample>();
  const texts = new TextList(length, keepsTokens);
  const costs = noCosts();
  const stops: Record<StopReason, number> = { eos: 0, max_new_tokens: 0, block_size: 0 };
  const proposals = { proposedAt: [], testedAt: [], acceptedAt: [], overlapAt: [] };
  const operations = {
    speculative: new Float64Array(counted),
    plain: new Float64Array(counted),
  };
  const numbers = new DecodingNumbers();
  let decodings = 0;
  let i = 0;
  for (const sample of samples) {
    const { prompt, draw, result } = sample;
    const decoding = ofDecoding[i] = numbers.next(result);
    decodings = decoding + 1;
    ofDraw[i] = draw;
    prompts[draw] = prompt;
    choices[i] = result.logProbs.length;
    tokens[i] = result.tokens.length;
    const own = logProbs[i] = logProb(result);
    warpedLogProbs[i] = warpedLogProb(result);
    targetCalls[i] = result.costs.targetCalls;
    stops[result.stop]++;
    texts.add(i, sample, own);
    if (!firsts.has(prompt)) firsts.set(prompt, firstSample(sample));
    addCosts(costs, result.costs);
    if (speculation !== undefined) {
      proposed.proposed[i] = result.costs.proposed;
      proposed.tested[i] = result.costs.tested;
      proposed.accepted[i] = result.costs.accepted;
      if (overlapIsKnown) proposed.overlap[i] = sum(result.speculation?.overlapAt ?? []);
      addProposals(proposals, result.speculation);
      const { draftOperations, promptTokens } = speculation;
      operations.speculative[i] = result.costs.targetRows +
        draftOperations * result.costs.draftRows;
      // The prompt, and each choice but the last, which nothing follows.
      operations.plain[i] = result.logProbs.length === 0
        ? 0
        : promptTokens(prompt) + result.logProbs.length - 1;
    }
    i++;
  }
  return {
    choices,
    tokens,
    logProbs,
    warpedLogProbs,
    targetCalls,
    proposed,
    ofDraw,
    ofDecoding,
    decodings,
    prompts,
    firsts: [...firsts.values()],
    distinct: texts,
    costs,
    stops,
    proposals: overlapIsKnown ? proposals : { ...proposals, overlapAt: [] },
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

/** Collects distinct texts: one is measured once however often it was sampled. */
class TextList implements DistinctTexts {
  readonly texts: DistinctText[] = [];
  readonly ofSample: Int32Array;
  #characters: TextUnits | undefined;
  #tokens: TextUnits | undefined;
  /** The places of whole texts and of others, by prompt and by what tells them apart. */
  readonly #whole = new Map<string, Map<string, number>>();
  readonly #cut = new Map<string, Map<string, number>>();
  readonly #keepsTokens: boolean;

  constructor(samples: number, keepsTokens: boolean) {
    this.ofSample = new Int32Array(samples);
    this.#keepsTokens = keepsTokens;
  }

  get characters(): TextUnits {
    return this.#characters ??= charactersOf(this.texts.map(({ continuation }) => continuation));
  }

  get tokens(): TextUnits | undefined {
    if (!this.#keepsTokens) return undefined;
    return this.#tokens ??= unitsOf(this.texts.map(({ tokens }) => tokens ?? []));
  }

  /** Adds sample `i`; cut off and ended it is two texts. */
  add(i: number, { prompt, continuation, result }: Sample, logProb: number): void {
    const complete = result.stop === "eos";
    const known = complete ? this.#whole : this.#cut;
    let own = known.get(prompt);
    if (own === undefined) known.set(prompt, own = new Map());
    const name = this.#keepsTokens ? result.tokens.join(" ") : continuation;
    let index = own.get(name);
    if (index === undefined) {
      index = this.texts.length;
      own.set(name, index);
      const tokens = this.#keepsTokens ? result.tokens : undefined;
      this.texts.push({ prompt, continuation, complete, logProb, tokens, count: 0 });
    }
    (this.texts[index] as DistinctText).count += 1;
    this.ofSample[i] = index;
  }
}

/**
 * What a strategy is: a generator written for one sample, which asks for logits, and a trace of what
 * it chose and what that cost. It never learns which engine answers.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import type { ForwardRequest, LanguageModel, Logits, Token } from "../model/language_model.ts";
import type { RandomSource } from "../random/random_stream.ts";

/** One sample to decode. */
export interface DecodeRequest {
  /** The model that is decoded from. */
  readonly target: LanguageModel;
  /** What the model has read before the first token is chosen: BOS and the prompt. */
  readonly prompt: readonly Token[];
  /** The token that ends a text. */
  readonly eos: Token;
  /** The most tokens to generate, EOS not counted. */
  readonly maxNewTokens: number;
  /** Where all of the sample's randomness comes from. */
  readonly random: RandomSource;
}

/** Why a sample ended: the model said so; or it was cut, with enough tokens or at the block's end. */
export type StopReason = "eos" | "max_new_tokens" | "block_size";

/** What a sample cost. */
export interface Costs {
  /** Forward passes of the target. */
  targetCalls: number;
  /** Tokens that the target read, the prompt's included. */
  targetRows: number;
  /** Forward passes of the draft. */
  draftCalls: number;
  /** Tokens that the draft read, the prompt's included. */
  draftRows: number;
  /** Tokens the draft proposed. */
  proposed: number;
  /** Proposed tokens put to the acceptance test: all up to the first refusal. */
  tested: number;
  /** Proposed tokens that passed. */
  accepted: number;
  /** Tokens drawn in place of a refused one and kept. */
  resampled: number;
  /** Tokens drawn after a proposal, be it an empty one, of which none was refused. */
  bonus: number;
  /** Rounds of drafting and verifying, those without a proposal included. */
  rounds: number;
}

/** What became of proposed tokens, each array by their position in a round's proposal. */
export interface Speculation {
  /** How many were proposed there. */
  readonly proposedAt: readonly number[];
  /** How many were tested there; position `i` only where all before it were accepted. */
  readonly testedAt: readonly number[];
  /** How many of them were accepted. */
  readonly acceptedAt: readonly number[];
  /** The sum over the same tests of their chances before the proposal was drawn: β = Σ min(p, q). */
  readonly overlapAt: readonly number[];
}

/** What a search has proved of the texts that it returns. */
export interface SearchProof {
  /** Whether they are the most probable ones; otherwise the budget ended first. */
  readonly optimal: boolean;
  /** No text that is not among those proved has a log-probability above this, nats; −∞ of none. */
  readonly bound: number;
}

/** What a strategy did for one sample; every table is a view of these. */
export interface DecodeResult {
  /** The tokens generated, without the prompt and without EOS. */
  readonly tokens: readonly Token[];
  /** Why the sample ended. */
  readonly stop: StopReason;
  /**
   * The target's own log-probability (nats, unwarped) of each token given those before it, and, when
   * `stop` is `eos`, of EOS last.
   */
  readonly logProbs: readonly number[];
  /**
   * The same in the distribution that the token was chosen from, in the same places: the warped one;
   * for a search, where there was no chance, 0; for `speculative`, the one that it stands in for,
   * which is the target's.
   */
  readonly warpedLogProbs: readonly number[];
  /** What it cost. */
  readonly costs: Readonly<Costs>;
  /**
   * The further texts of a decoding that finds several, the best first; their costs are 0, since the
   * first one bears those of all.
   */
  readonly others?: readonly DecodeResult[];
  /** What was proved, by `exact`. */
  readonly search?: SearchProof;
  /** What became of what was proposed, in speculative decoding. */
  readonly speculation?: Speculation;
}

/** A forward pass that a strategy needs before it can go on. */
export type LogitsRequest = ForwardRequest;

/** A strategy in progress: yields the passes it needs, is sent their logits, returns its trace. */
export type Decoding<Result = DecodeResult> = Generator<
  readonly LogitsRequest[],
  Result,
  readonly Logits[]
>;

/** A way of choosing tokens. */
export type Strategy = (request: DecodeRequest) => Decoding;

/** Which model's costs a pass is counted under. */
export type Role = "target" | "draft";

/**
 * `requests`, counted as one pass of that model: `const [logits] = yield counted(…)`, `[rows, V]`
 * for each request.
 */
export function counted(
  costs: Costs,
  role: Role,
  requests: readonly LogitsRequest[],
): readonly LogitsRequest[] {
  let rows = 0;
  for (const { tokens } of requests) rows += tokens.length;
  if (role === "target") {
    costs.targetCalls += 1;
    costs.targetRows += rows;
  } else {
    costs.draftCalls += 1;
    costs.draftRows += rows;
  }
  return requests;
}

/** Costs of nothing yet. */
export function noCosts(): Costs {
  return {
    targetCalls: 0,
    targetRows: 0,
    draftCalls: 0,
    draftRows: 0,
    proposed: 0,
    tested: 0,
    accepted: 0,
    resampled: 0,
    bonus: 0,
    rounds: 0,
  };
}

/** Why no further token may be generated after `generated` tokens, or `undefined` if one may. */
export function limitReached(
  { prompt, maxNewTokens, target }: DecodeRequest,
  generated: number,
): "max_new_tokens" | "block_size" | undefined {
  if (generated >= maxNewTokens) return "max_new_tokens";
  if (prompt.length + generated >= target.spec.blockSize) return "block_size";
  return undefined;
}

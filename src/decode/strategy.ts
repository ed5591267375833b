/**
 * The interface of a strategy: a generator written for one sample, which asks for logits and returns
 * the tokens it chose and what they cost. It never learns which engine answers.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import type {
  ForwardRequest,
  LanguageModel,
  Logits,
  StopTokens,
  Token,
} from "../model/language_model.ts";
import type { RandomSource } from "../random/random_stream.ts";
import type { Observer } from "./observation.ts";

/** One sample to decode. */
export interface DecodeRequest {
  /** The model that is decoded from. */
  readonly target: LanguageModel;
  /** The tokens that the model reads before the first one is chosen: BOS and the prompt. */
  readonly prompt: readonly Token[];
  /** The tokens of which any one ends a text. */
  readonly stops: StopTokens;
  /** The most tokens to generate, the stop token not counted. */
  readonly maxNewTokens: number;
  /** The source of all of the sample's randomness. */
  readonly random: RandomSource;
  /** Is told what happens, where somebody wants to know; results do not depend on it. */
  readonly observe?: Observer | undefined;
}

/** Why a sample ended: by a stop token; or cut, with enough tokens or at the block's end. */
export type StopReason = "eos" | "max_new_tokens" | "block_size";

/** The costs of a sample. */
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
  /** Tokens drawn in place of a refused one. */
  resampled: number;
  /** Tokens drawn after a proposal, be it an empty one, of which none was refused. */
  bonus: number;
  /** Rounds of drafting and verifying, those without a proposal included. */
  rounds: number;
}

/** The fate of proposed tokens; each array is indexed by the position in a round's proposal. */
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

/** The proof that a search gives with the texts that it returns. */
export interface SearchProof {
  /** Whether they are the most probable ones; otherwise the budget ended first. */
  readonly optimal: boolean;
  /** No text that is not among those proved has a log-probability above this, nats; −∞ of none. */
  readonly bound: number;
}

/** The trace of one sample; every table is a view of these. */
export interface DecodeResult {
  /** The tokens generated, without the prompt and without the stop token. */
  readonly tokens: readonly Token[];
  /** Why the sample ended. */
  readonly stop: StopReason;
  /** The stop token that ended it, if `stop` is `eos`. */
  readonly stopToken?: Token;
  /**
   * The target's own log-probability (nats, unwarped) of each token given those before it, and, when
   * `stop` is `eos`, of the end last: that of any stop token.
   */
  readonly logProbs: readonly number[];
  /**
   * The same in the warped distribution, of the target in speculative decoding; 0 where nothing was
   * drawn, as in most searches. The token was drawn from it where the strategy's `drawsEachToken` says
   * so.
   */
  readonly warpedLogProbs: readonly number[];
  /** Its costs. */
  readonly costs: Readonly<Costs>;
  /** The other texts of a decoding that returns several, best first; the first bears all costs. */
  readonly others?: readonly DecodeResult[];
  /** The proof of an exact search. */
  readonly search?: SearchProof;
  /** The fate of the proposed tokens, in speculative decoding. */
  readonly speculation?: Speculation;
}

/**
 * A forward pass that a strategy needs before it can continue. It may let the engine draw: see
 * `ForwardRequest.draw`.
 */
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
  for (let i = 0; i < requests.length; i++) rows += (requests[i] as LogitsRequest).tokens.length;
  if (role === "target") {
    costs.targetCalls += 1;
    costs.targetRows += rows;
  } else {
    costs.draftCalls += 1;
    costs.draftRows += rows;
  }
  return requests;
}

/** All costs 0. */
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

/** The answer to a pass of one request: its logits `[rows, V]`. */
export function onlyAnswer(answers: readonly Logits[]): Logits {
  const answer = answers[0];
  if (answer !== undefined) return answer;
  throw new TypeError("Cannot decode: expected the logits of one request, found none");
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

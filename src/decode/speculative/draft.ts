/**
 * What proposes tokens in speculative decoding. Whatever it is, it must say the distribution that it
 * drew each token from: losslessness rests on that and on nothing else.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import { z } from "zod";
import type { Token } from "../../model/language_model.ts";
import type { Costs, DecodeRequest, Decoding } from "../strategy.ts";
import { warp } from "../warp/definitions.ts";

/** Tokens proposed in one round, at most one EOS among them, last. */
export interface Proposal {
  /** What may come next, in order; none is a proposal too. */
  readonly tokens: readonly Token[];
  /** The distribution `[V]` that each was drawn from, in the same places; one-hot without chance. */
  readonly distributions: readonly Float64Array[];
}

/** Something that proposes tokens. */
export interface Draft {
  /** Begins to draft for one sample. */
  open(request: DecodeRequest): Drafting;
}

/** A draft at work on one sample. */
export interface Drafting {
  /**
   * Proposes up to `most` tokens to follow `text` (BOS, the prompt and what was generated), which is
   * as it was when it returns. Passes are counted in `costs`.
   */
  propose(text: Token[], most: number, costs: Costs): Decoding<Proposal>;
  /** Gives back what it holds. */
  close(): void;
}

/**
 * The settings that every draft has.
 *
 * @internal
 */
export const commonSettings = {
  draft_k: z.int().min(1).max(1_000).default(4).describe(
    "The most tokens that the draft proposes in a round",
  ),
  warp: warp.default([]).describe(
    "The warpers of the target, and of the draft unless draft_warp is given, in the order of application",
  ),
};

/**
 * The events of a decoding, told as they happen to whoever asks: the alternatives at each choice, the
 * rounds of speculation, the beams of a search. Without an observer nothing is computed for them.
 *
 * The numbers are those that the strategy decides by, in its own arrays, which it may overwrite later: an
 * observer copies what it keeps, and changes nothing.
 *
 * Shapes: `V` tokens in the vocabulary; distributions and logits are `[V]`.
 *
 * @module
 */
import type { Logits, Token } from "../model/language_model.ts";

/** Is told each event of one decoding, in order. */
export type Observer = (event: Observation) => void;

/** An event of a decoding. */
export type Observation =
  | TokenChoice
  | RoundBegin
  | AcceptanceTest
  | RoundEnd
  | BeamSelection
  | SearchProgress
  | OneOfSeveral
  | BestChosen;

/** The distribution that a warper made of the one before it. */
export interface WarpingStep {
  /** The warper's name. */
  readonly name: string;
  /** Its number. */
  readonly value: number;
  /** The distribution `[V]`; 0 of the tokens that may no longer be drawn. */
  readonly probabilities: Float64Array;
}

/** A token was chosen, and is part of the text for good. */
export interface TokenChoice {
  /** Which event it is. */
  readonly kind: "token";
  /** The target's own logits. */
  readonly logits: Logits;
  /** The distributions after each warper; the token was drawn from the last, if there is one. */
  readonly steps: readonly WarpingStep[];
  /** Whether the token was drawn, from the last of `steps` or the target's own distribution. */
  readonly isDrawn: boolean;
  /** The token. */
  readonly token: Token;
}

/** A draft proposed tokens, of which there may be none. */
export interface RoundBegin {
  /** Which event it is. */
  readonly kind: "proposal";
  /** The tokens. */
  readonly tokens: readonly Token[];
  /** q: the distribution that each was drawn from; one-hot where nothing was drawn. */
  readonly distributions: readonly Float64Array[];
}

/** The next proposed token of a round was accepted or refused. */
export interface AcceptanceTest {
  /** Which event it is. */
  readonly kind: "test";
  /** The token. */
  readonly token: Token;
  /** The target's own logits. */
  readonly logits: Logits;
  /** The target's distribution after warping. */
  readonly p: Float64Array;
  /** The draft's. */
  readonly q: Float64Array;
  /** The probability with which the rule accepts it. */
  readonly acceptance: number;
  /** The uniform number in [0, 1) that was drawn: below `acceptance` the token is accepted. */
  readonly uniform: number;
  /** Whether it was. */
  readonly isAccepted: boolean;
}

/** A round ended with a token that the draft did not propose. */
export interface RoundEnd {
  /** Which event it is. */
  readonly kind: "addition";
  /** In place of a refused token, after a proposal of which none was refused, or without a draw. */
  readonly why: "refusal" | "no refusal" | "nothing was kept";
  /** The target's own logits. */
  readonly logits: Logits;
  /** The weights that the token was drawn from: any unit; or that it is the argmax of. */
  readonly weights: Float64Array;
  /** The token. */
  readonly token: Token;
  /** Whether it became part of the text, or ended it; false where a rule dropped it. */
  readonly isKept: boolean;
}

/** The beginning of a text, or a whole one. */
export interface TextSoFar {
  /** Its generated tokens, a stop token included. */
  readonly tokens: readonly Token[];
  /** Their log-probability, nats, in the target's own distribution. */
  readonly logProb: number;
}

/** One that competes with others for a place in a beam. */
export interface Contender extends TextSoFar {
  /** The number by which it competes: the higher the better. */
  readonly rank: number;
}

/** All beams of one length were continued, and the best continuations live on. */
export interface BeamSelection {
  /** Which event it is. */
  readonly kind: "selection";
  /** Which of the groups that choose one after the other, from 0. */
  readonly group: number;
  /** How many groups there are. */
  readonly groups: number;
  /** How many beams the group may have. */
  readonly width: number;
  /** The prefixes that live on, best first; they may be the last ones where the search `isOver`. */
  readonly kept: readonly Contender[];
  /** The texts that are complete now, best first; with `holdsEnded`, those of earlier lengths, too. */
  readonly ended: readonly Contender[];
  /** The best of those that were not kept, best first. */
  readonly dropped: readonly Contender[];
  /** Whether complete texts keep a place in the beam, from which better ones can drive them. */
  readonly holdsEnded: boolean;
  /** Whether those kept are complete texts, too, cut at a limit. */
  readonly areCut: boolean;
  /** Whether the search gives up what was kept, as what cannot become better than what is complete. */
  readonly isOver: boolean;
}

/** An exact search read prefixes, or proved a text. */
export interface SearchProgress {
  /** Which event it is. */
  readonly kind: "search";
  /** Tokens that the target has read until now. */
  readonly rows: number;
  /** The log-probability of the most probable complete text that is not proved; −∞ of none. */
  readonly complete: number;
  /** The most that a text that is not complete can have; −∞ where there is none. */
  readonly open: number;
  /** The text that was proved to be the most probable of those not proved before. */
  readonly proved?: TextSoFar;
}

/** An event of one of several decodings of the same prompt. */
export interface OneOfSeveral {
  /** Which event it is. */
  readonly kind: "one of several";
  /** Which decoding, from 0. */
  readonly number: number;
  /** Its event. */
  readonly event: Observation;
}

/** One of several decodings was chosen: the most probable. */
export interface BestChosen {
  /** Which event it is. */
  readonly kind: "best";
  /** The texts of all. */
  readonly texts: readonly TextSoFar[];
  /** Which was chosen. */
  readonly number: number;
}

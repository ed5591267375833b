import type { Token } from "../model/language_model.ts";
import { logProbability } from "./distribution.ts";
import {
  type Costs,
  type DecodeResult,
  noCosts,
  type Speculation,
  type StopReason,
} from "./strategy.ts";

/** Collects what a strategy does, token by token, into a {@linkcode DecodeResult}. */
export class Trace {
  /** The tokens chosen so far, without EOS. */
  readonly tokens: Token[] = [];
  /** What they cost so far. */
  readonly costs: Costs = noCosts();
  readonly #eos: Token;
  readonly #logProbs: number[] = [];
  readonly #warpedLogProbs: number[] = [];

  /** Of a sample that `eos` would end. */
  constructor(eos: Token) {
    this.#eos = eos;
  }

  /**
   * Records `token`: `logits` `[V]` are the target's own, `warpedLogProb` the log-probability in the
   * distribution it was drawn from. Returns whether the token was EOS, so that the sample is over.
   */
  choose(token: Token, logits: Float64Array, warpedLogProb: number): boolean {
    this.#logProbs.push(logProbability(logits, token));
    this.#warpedLogProbs.push(warpedLogProb);
    if (token === this.#eos) return true;
    this.tokens.push(token);
    return false;
  }

  /** The result, ended by `stop`; with what became of proposals, if there were any to be made. */
  end(stop: StopReason, speculation?: SpeculationTrace): DecodeResult {
    const logProbs = trimmed(this.#logProbs);
    const isWarped = this.#warpedLogProbs.some((value, i) => !Object.is(value, logProbs[i]));
    return {
      tokens: trimmed(this.tokens),
      stop,
      logProbs,
      warpedLogProbs: isWarped ? trimmed(this.#warpedLogProbs) : logProbs,
      costs: this.costs,
      ...(speculation === undefined ? {} : { speculation: speculation.end() }),
    };
  }
}

/** A copy of `values`, without the room that `push` leaves for more: samples are kept by the million. */
function trimmed(values: readonly number[]): number[] {
  return values.slice();
}

/** Collects what became of proposed tokens, by their position in the proposal. */
export class SpeculationTrace implements Speculation {
  /** See {@linkcode Speculation}. */
  readonly proposedAt: number[] = [];
  /** See {@linkcode Speculation}. */
  readonly testedAt: number[] = [];
  /** See {@linkcode Speculation}. */
  readonly acceptedAt: number[] = [];
  /** See {@linkcode Speculation}. */
  readonly overlapAt: number[] = [];

  /** Records a round in which `count` tokens were proposed. */
  proposed(count: number): void {
    for (let position = 0; position < count; position++) {
      this.proposedAt[position] = (this.proposedAt[position] ?? 0) + 1;
    }
  }

  /** Records that the token proposed at `position` was tested where p and q had this `overlap`. */
  tested(position: number, accepted: boolean, overlap: number): void {
    this.testedAt[position] = (this.testedAt[position] ?? 0) + 1;
    this.acceptedAt[position] = (this.acceptedAt[position] ?? 0) + (accepted ? 1 : 0);
    this.overlapAt[position] = (this.overlapAt[position] ?? 0) + overlap;
  }

  /** What became of all. */
  end(): Speculation {
    return {
      proposedAt: trimmed(this.proposedAt),
      testedAt: trimmed(this.testedAt),
      acceptedAt: trimmed(this.acceptedAt),
      overlapAt: trimmed(this.overlapAt),
    };
  }
}

import type { Draw, StopTokens, Token } from "../model/language_model.ts";
import type { LogNormaliser } from "./distribution.ts";
import { logProbabilityOf } from "./ending.ts";
import {
  type Costs,
  type DecodeResult,
  noCosts,
  type Speculation,
  type StopReason,
} from "./strategy.ts";

/** Collects the choices of a strategy, token by token, into a {@linkcode DecodeResult}. */
export class Trace {
  /** The tokens chosen so far, without the stop token. */
  readonly tokens: Token[] = [];
  /** Their costs so far. */
  readonly costs: Costs = noCosts();
  readonly #stops: StopTokens;
  readonly #logProbs: number[] = [];
  readonly #warpedLogProbs: number[] = [];
  #stopToken: Token | undefined;

  /** Begins an empty trace of a sample that any of `stops` ends. */
  constructor(stops: StopTokens) {
    this.#stops = stops;
  }

  /**
   * Records `token`: `logits` `[V]` are the target's own, `warpedLogProb` the log-probability in the
   * distribution it was drawn from, of a stop token that of any (`ending.ts`), and `normaliser`, where it
   * is known, that of the logits. Returns whether it was a stop token, so that the sample is over.
   */
  choose(
    token: Token,
    logits: Float64Array,
    warpedLogProb: number,
    normaliser?: LogNormaliser,
  ): boolean {
    const logProb = logProbabilityOf(logits, token, this.#stops, normaliser);
    return this.#add(token, logProb, warpedLogProb);
  }

  /**
   * Records the token that an engine has drawn, and its log-probabilities; as {@linkcode choose}. Only
   * where a text has one stop token, whose probability is that of all.
   */
  chooseDrawn({ token, logProb, warpedLogProb }: Draw): boolean {
    return this.#add(token, logProb, warpedLogProb);
  }

  #add(token: Token, logProb: number, warpedLogProb: number): boolean {
    this.#logProbs.push(logProb);
    this.#warpedLogProbs.push(warpedLogProb);
    if (this.#stops.has(token)) {
      this.#stopToken = token;
      return true;
    }
    this.tokens.push(token);
    return false;
  }

  /** The result, ended by `stop`; with the fate of proposals where there were any. */
  end(stop: StopReason, speculation?: SpeculationTrace): DecodeResult {
    const logProbs = trimmed(this.#logProbs);
    const isWarped = this.#warpedLogProbs.some((value, i) => !Object.is(value, logProbs[i]));
    const warpedLogProbs = isWarped ? trimmed(this.#warpedLogProbs) : logProbs;
    const { costs } = this;
    const tokens = trimmed(this.tokens);
    const stopToken = this.#stopToken;
    // Written out, since a spread would take as long as choosing a token does.
    if (speculation === undefined) {
      return stopToken === undefined
        ? { tokens, stop, logProbs, warpedLogProbs, costs }
        : { tokens, stop, stopToken, logProbs, warpedLogProbs, costs };
    }
    const fate = speculation.end();
    return stopToken === undefined
      ? { tokens, stop, logProbs, warpedLogProbs, costs, speculation: fate }
      : { tokens, stop, stopToken, logProbs, warpedLogProbs, costs, speculation: fate };
  }
}

/** A copy of `values` without spare capacity: there are millions of samples in memory. */
function trimmed(values: readonly number[]): number[] {
  return values.slice();
}

/** Counts the fate of proposed tokens, by their position in the proposal. */
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
      if (position === this.proposedAt.length) this.proposedAt.push(0);
      (this.proposedAt[position] as number) += 1;
    }
  }

  /** Records that the token proposed at `position` was tested where p and q had this `overlap`. */
  tested(position: number, accepted: boolean, overlap: number): void {
    if (position === this.testedAt.length) {
      this.testedAt.push(0);
      this.acceptedAt.push(0);
      this.overlapAt.push(0);
    }
    (this.testedAt[position] as number) += 1;
    if (accepted) (this.acceptedAt[position] as number) += 1;
    (this.overlapAt[position] as number) += overlap;
  }

  /** The counts of all rounds. */
  end(): Speculation {
    return {
      proposedAt: trimmed(this.proposedAt),
      testedAt: trimmed(this.testedAt),
      acceptedAt: trimmed(this.acceptedAt),
      overlapAt: trimmed(this.overlapAt),
    };
  }
}

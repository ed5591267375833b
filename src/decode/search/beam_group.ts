import type { Token } from "../../model/language_model.ts";
import { Candidates } from "./candidates.ts";
import { logSoftmax } from "../distribution.ts";
import type { Live } from "./live_beams.ts";
import { type Complete, extended, type Prefix } from "./prefix.ts";
import { type DecodeRequest, limitReached } from "../strategy.ts";

/** How beams are kept and texts compared. */
export interface BeamOptions {
  /** Texts returned, at most `beamWidth`; default 1. */
  readonly nBest?: number;
  /**
   * α in score / lengthᵅ, by which finished texts are compared: the score is the log-probability,
   * the length counts the generated tokens and the EOS. Not negative; default 0, the log-probability.
   */
  readonly lengthPenalty?: number;
  /**
   * Whether to stop as soon as as many texts as there are beams have ended. Default `false`: to stop
   * when no beam can become a text that is better than the worst of those to be returned.
   */
  readonly earlyStopping?: boolean;
}

/** A prefix that is being continued. */
export interface Beam extends Live {
  /** What it has generated. */
  readonly prefix: Prefix;
}

/** A beam that is to be read: `prefix` continues that of `parent`. */
export interface Survivor {
  /** What it will have generated. */
  readonly prefix: Prefix;
  /** What it continues. */
  readonly parent: Beam;
}

/** Groups of beams, which choose one after the other (Vijayakumar et al., 2018). */
export interface Groups {
  /** How many groups there are. */
  readonly count: number;
  /** Beams in each. */
  readonly width: number;
  /** Taken off a token's score, nats, each time that a group before has chosen it at this length. */
  readonly penalty: number;
}

/** A finished text and what it is compared by. */
export interface Ranked {
  /** The text. */
  readonly text: Complete;
  /** score / lengthᵅ; the higher the better. */
  readonly rank: number;
}

/** Beams that compete with one another, and the best texts that they have become. */
export class BeamGroup {
  /** The best finished texts, best first; of equal ones those that finished first. */
  readonly best: Ranked[] = [];
  readonly #request: DecodeRequest;
  readonly #width: number;
  readonly #penalty: number;
  readonly #options: Required<BeamOptions>;
  /** The most tokens that a text can have, EOS counted. */
  readonly #longest: number;
  #ended = 0;

  /** One of `groups`. */
  constructor(request: DecodeRequest, groups: Groups, options: BeamOptions) {
    const { target, prompt, maxNewTokens } = request;
    this.#request = request;
    this.#width = groups.width;
    this.#penalty = groups.penalty;
    this.#options = { nBest: 1, lengthPenalty: 0, earlyStopping: false, ...options };
    this.#longest = Math.min(maxNewTokens, target.spec.blockSize - prompt.length);
  }

  /**
   * The beams that live on; none do where the search is over. Of all continuations of `beams` the best
   * 2 · width are looked at, as there is one token that stops: an EOS finishes its text where it is
   * among the best width, and the best others, width of them, live.
   *
   * @param penalties Taken off the score of each token, `[V]`, for this choice alone; what is chosen
   * adds to them.
   */
  select(beams: readonly Beam[], penalties: Float64Array): Survivor[] {
    const width = this.#width;
    const { eos } = this.#request;
    const logProbs = beams.map(({ logits }) => logSoftmax(logits));
    const candidates = bestOf(beams, logProbs, 2 * width, penalties);
    const survivors: Survivor[] = [];
    for (let place = 0; place < candidates.size; place++) {
      const token = candidates.token(place);
      if (token === eos ? place >= width : survivors.length === width) continue;
      penalties[token] = (penalties[token] as number) + this.#penalty;
      const beam = candidates.beam(place);
      const parent = beams[beam] as Beam;
      const prefix = extended(parent.prefix, token, logProbs[beam] as Float64Array);
      if (token === eos) this.#end({ ...prefix, stop: "eos" });
      else survivors.push({ prefix, parent });
    }
    const stop = survivors[0] && limitReached(this.#request, survivors[0].prefix.length);
    if (stop === undefined) return this.#isOver(survivors) ? [] : survivors;
    for (const { prefix } of survivors) this.#end({ ...prefix, stop });
    return [];
  }

  /** Counts a finished text, and keeps it if it is good enough. */
  #end(text: Complete): void {
    this.#ended++;
    const rank = this.#rank(text.score, text.length);
    const place = this.best.findIndex((other) => other.rank < rank);
    this.best.splice(place < 0 ? this.best.length : place, 0, { text, rank });
    this.best.length = Math.min(this.best.length, this.#options.nBest);
  }

  #isOver(survivors: readonly Survivor[]): boolean {
    const { nBest, earlyStopping } = this.#options;
    if (earlyStopping) return this.#ended >= this.#width;
    const worst = this.best[nBest - 1]?.rank ?? -Infinity;
    // A score only falls, and is divided by most where a text is longest.
    return survivors.every(({ prefix }) => this.#rank(prefix.score, this.#longest) <= worst);
  }

  #rank(score: number, length: number): number {
    return score / Math.max(1, length) ** this.#options.lengthPenalty;
  }
}

/** The best `most` continuations of `beams`, whose tokens have `logProbs`, `[beams, V]`. */
function bestOf(
  beams: readonly Beam[],
  logProbs: readonly Float64Array[],
  most: number,
  penalties: Float64Array,
): Candidates {
  const candidates = new Candidates(most);
  for (let beam = 0; beam < beams.length; beam++) {
    const { score } = (beams[beam] as Beam).prefix;
    const row = logProbs[beam] as Float64Array;
    for (let token: Token = 0; token < row.length; token++) {
      const penalty = penalties[token] as number;
      candidates.offer(score + (row[token] as number) - penalty, beam, token);
    }
  }
  return candidates;
}

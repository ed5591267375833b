/**
 * Parts of searches that continue several prefixes side by side: reading them in one pass, handing
 * their KV caches on to their continuations, and keeping the best candidates.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import type { Logits, Sequence, Token } from "../../model/language_model.ts";
import { pooledArray } from "../../model/pooled_arrays.ts";
import { type Costs, counted, type Decoding } from "../strategy.ts";

/** A prefix that is being continued. */
export interface Live {
  /** The target's cache of it. */
  readonly sequence: Sequence;
  /** The target's logits after it, `[V]`; none before it is read. */
  logits: Logits;
}

/** Reads the `tokens` that each of `beams` lacks, in one pass. */
export function* read(
  beams: readonly Live[],
  tokens: readonly (readonly Token[])[],
  costs: Costs,
): Decoding<void> {
  const requests = beams.map(({ sequence }, i) => (
    { sequence, tokens: tokens[i] as readonly Token[], rows: 1 }
  ));
  const answers = yield counted(costs, "target", requests);
  beams.forEach((beam, i) => beam.logits = answers[i] as Logits);
}

/**
 * A sequence for each child, given its parent's in `parents`: the last child of a parent takes its
 * sequence, those before get forks of it. Those of `sequences` that are no child's parent are closed.
 */
export function passOn(
  sequences: Iterable<Sequence>,
  parents: readonly Sequence[],
): Sequence[] {
  const children = new Map<Sequence, number>();
  for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1);
  for (const sequence of sequences) if (!children.has(sequence)) sequence.close();
  return parents.map((parent) => {
    const left = (children.get(parent) ?? 0) - 1;
    children.set(parent, left);
    return left === 0 ? parent : parent.fork();
  });
}

/** The best of many (beam, token) pairs, in order; of equal ones the first that were offered. */
export class Candidates {
  /** How many there are, up to the number that is kept. */
  size = 0;
  readonly #most: number;
  readonly #scores: Float64Array;
  readonly #beams: Int32Array;
  readonly #tokens: Int32Array;
  readonly #logProbs: Float64Array;

  /** Begins without pairs; keeps the best `most`. */
  constructor(most: number) {
    this.#most = most;
    this.#scores = pooledArray(most).fill(-Infinity);
    this.#beams = new Int32Array(most);
    this.#tokens = new Int32Array(most);
    this.#logProbs = pooledArray(most);
  }

  /** The score that a pair must exceed to be kept. */
  get worst(): number {
    return this.#scores[this.#most - 1] as number;
  }

  /**
   * Offers a pair, and the log-probability of its token, nats, which is returned with it; an impossible
   * one (−∞) is never kept.
   */
  offer(score: number, beam: number, token: Token, logProb: number): void {
    const scores = this.#scores;
    let place = this.#most - 1;
    // Most pairs end here.
    if (!(score > (scores[place] as number))) return;
    for (; place > 0 && (scores[place - 1] as number) < score; place--) {
      scores[place] = scores[place - 1] as number;
      this.#beams[place] = this.#beams[place - 1] as number;
      this.#tokens[place] = this.#tokens[place - 1] as number;
      this.#logProbs[place] = this.#logProbs[place - 1] as number;
    }
    scores[place] = score;
    this.#beams[place] = beam;
    this.#tokens[place] = token;
    this.#logProbs[place] = logProb;
    if (this.size < this.#most) this.size++;
  }

  /** The score of the pair at `place`. */
  score(place: number): number {
    return this.#scores[place] as number;
  }

  /** The beam of the pair at `place`. */
  beam(place: number): number {
    return this.#beams[place] as number;
  }

  /** The log-probability of the token of the pair at `place`. */
  logProb(place: number): number {
    return this.#logProbs[place] as number;
  }

  /** The token of the pair at `place`. */
  token(place: number): Token {
    return this.#tokens[place] as Token;
  }
}

/**
 * The frontier of best-first search: the prefixes that have not been read, the complete texts found
 * among them, and the caches of those that have been read.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import type { Logits, Sequence, Token } from "../../model/language_model.ts";
import { firstRanked, logNormaliser, logSoftmax } from "../distribution.ts";
import { mergeStops } from "../ending.ts";
import { isLarge } from "../large_rows.ts";
import { type Complete, emptyPrefix, extended, type Prefix, tokensOf } from "./prefix.ts";
import {
  type Costs,
  counted,
  type DecodeRequest,
  type Decoding,
  limitReached,
  type LogitsRequest,
  type StopReason,
} from "../strategy.ts";
import { warp, type Warper } from "../warp/warper.ts";

/** Prefixes read in one pass. */
export const PREFIXES_PER_PASS = 64;
/** KV caches kept for continuations; a prefix that continues none of them is read whole. */
const CACHES_KEPT = 1024;
/** The same for large vocabularies, whose models have large caches. */
const CACHES_KEPT_OF_LARGE = 128;
/** Continuations of a prefix that are listed at first where the vocabulary is large. */
const LISTED_OF_LARGE = 64;

/** A prefix that has been read, and those of its continuations that have not: `tokens` from `next`. */
interface Branch {
  readonly prefix: Prefix;
  /** Tokens that neither end the text nor are impossible, by falling probability: all, or the first. */
  readonly tokens: readonly Token[];
  /** Their log-probabilities, nats. */
  readonly logProbs: readonly number[];
  /** Whether they are all; to list more of them, the prefix is read again. */
  readonly areAll: boolean;
  next: number;
  /** That of the most probable continuation, nats; of one that is not listed, no less than that. */
  score: number;
}

/** A prefix that is to be read, and how many of its continuations were listed and read before. */
interface ToRead {
  readonly prefix: Prefix;
  readonly before: number;
}

/** Everything that a best-first search has found and not yet returned. */
export class Frontier {
  /** The complete texts. */
  readonly complete = new Heap<Complete>();
  /** No complete text that was left out, as too many others are better, has more than this, nats. */
  leftOut: number = -Infinity;
  /** The open prefixes, under the prefixes that they continue. */
  readonly open = new Heap<Branch>();
  readonly #caches = new Map<Prefix, Sequence>();
  readonly #request: DecodeRequest;
  readonly #costs: Costs;
  readonly #warpers: readonly Warper[];
  readonly #count: number;

  /** Begins an empty frontier of `request`, for `count` texts; passes are counted in `costs`. */
  constructor(request: DecodeRequest, costs: Costs, warpers: readonly Warper[], count: number) {
    this.#request = request;
    this.#costs = costs;
    this.#warpers = warpers;
    this.#count = count;
  }

  /** Reads the prompt, if anything may follow it. */
  *begin(): Decoding<void> {
    const empty = emptyPrefix(this.#request.prompt);
    const stop = limitReached(this.#request, 0);
    if (stop !== undefined) this.complete.push({ ...empty, stop });
    else {
      for (const branch of yield* this.#read([{ prefix: empty, before: 0 }])) {
        this.open.push(branch);
      }
    }
  }

  /** Reads the most probable open prefixes above `floor`, `rows` at most; returns whether any was. */
  *expand(floor: number, rows: number): Decoding<boolean> {
    const prefixes: ToRead[] = [];
    while (prefixes.length < PREFIXES_PER_PASS && this.open.highest > floor) {
      const branch = this.open.pop() as Branch;
      const next = nextOf(branch);
      rows -= this.#rows(next.prefix);
      if (rows < 0) {
        this.open.push(branch);
        break;
      }
      prefixes.push(next);
      if (next.before > 0) continue;
      branch.next++;
      if (branch.next < branch.tokens.length) branch.score = nextOf(branch).prefix.score;
      else if (branch.areAll) continue;
      this.open.push(branch);
    }
    if (prefixes.length === 0) return false;
    for (const branch of yield* this.#read(prefixes)) this.open.push(branch);
    return true;
  }

  /** Follows the most probable open prefix, token by token, until there is a complete text. */
  *completeOne(): Decoding<void> {
    let branch = this.open.pop();
    // It stays open, for the bound.
    if (branch !== undefined) this.open.push(branch);
    while (branch !== undefined && this.complete.size === 0) {
      [branch] = yield* this.#read([nextOf(branch)]);
    }
  }

  /** Closes all caches. */
  close(): void {
    for (const sequence of this.#caches.values()) sequence.close();
  }

  #rows({ parent, length }: Prefix): number {
    const cached = parent !== undefined && this.#caches.has(parent);
    return cached ? 1 : this.#request.prompt.length + length;
  }

  /** Reads `prefixes` in one pass; returns those that can be continued. */
  *#read(prefixes: readonly ToRead[]): Decoding<Branch[]> {
    const requests = prefixes.map(({ prefix }) => this.#pass(prefix));
    const answers = yield counted(this.#costs, "target", requests);
    const branches: Branch[] = [];
    let cachesKept = CACHES_KEPT;
    prefixes.forEach(({ prefix, before }, i) => {
      const logits = answers[i] as Logits;
      if (isLarge(logits)) cachesKept = CACHES_KEPT_OF_LARGE;
      const branch = this.#branch(prefix, before, logits);
      if (branch === undefined) this.#forget(prefix);
      else branches.push(branch);
    });
    for (const [prefix] of this.#caches) {
      if (this.#caches.size <= cachesKept) break;
      this.#forget(prefix);
    }
    return branches;
  }

  #pass(prefix: Prefix): LogitsRequest {
    const { target, prompt } = this.#request;
    const cache = prefix.parent && this.#caches.get(prefix.parent);
    const sequence = cache?.fork() ?? target.open();
    this.#forget(prefix);
    this.#caches.set(prefix, sequence);
    const tokens = cache === undefined ? [...prompt, ...tokensOf(prefix)] : [prefix.token];
    return { sequence, tokens, rows: 1 };
  }

  /**
   * Collects the complete texts that follow `prefix`; returns its other continuations, if any, of which
   * the first `before` have been read.
   */
  #branch(prefix: Prefix, before: number, logits: Logits): Branch | undefined {
    const { prompt, stops } = this.#request;
    if (this.#warpers.length > 0) {
      const history = [...prompt, ...tokensOf(prefix)];
      warp(this.#warpers, logits, history, prompt.length);
    }
    // Its end, by whichever stop token, is one text.
    mergeStops(logits, stops);
    // In a large vocabulary nothing is kept of a row but what is listed.
    const { largest, logSum } = logNormaliser(logits);
    const logProbs = isLarge(logits) ? logits : logSoftmax(logits);
    const logProbOf = isLarge(logits)
      ? (token: Token) => ((logits[token] as number) - largest) - logSum
      : (token: Token) => logProbs[token] as number;
    const limit = limitReached(this.#request, prefix.length + 1);
    const wanted = isLarge(logProbs)
      ? stops.tokens.length + 1 +
        (limit === undefined ? Math.max(LISTED_OF_LARGE, 4 * before) : this.#count)
      : logProbs.length;
    const first = firstRanked(logProbs, wanted);
    const complete = (token: Token, stop: StopReason): void => {
      const text = { ...extended(prefix, token, logProbOf(token)), stop };
      if (before === 0 && text.logProb > -Infinity) this.complete.push(text);
    };
    const areAll = first.length < wanted || wanted === logProbs.length;
    // One more than there is use for says what is left out.
    const rest = limit === undefined || areAll ? undefined : first.pop();
    const tokens: Token[] = [];
    for (const token of first) {
      const stop = stops.has(token) ? "eos" : limit;
      if (stop === undefined) tokens.push(token);
      else complete(token, stop);
    }
    if (!areAll) {
      for (const token of stops.tokens) if (!first.includes(token)) complete(token, "eos");
    }
    if (limit !== undefined) {
      if (rest !== undefined) {
        this.leftOut = Math.max(this.leftOut, prefix.score + logProbOf(rest));
      }
      return undefined;
    }
    if (tokens.length <= before) return undefined;
    const branch = { prefix, tokens, logProbs: tokens.map(logProbOf) };
    const score = prefix.score + (branch.logProbs[before] as number);
    return { ...branch, areAll, next: before, score };
  }

  #forget(prefix: Prefix): void {
    this.#caches.get(prefix)?.close();
    this.#caches.delete(prefix);
  }
}

/** The most probable continuation of `branch` that has not been read, or itself to list more of them. */
function nextOf({ prefix, logProbs, tokens, next }: Branch): ToRead {
  if (next === tokens.length) return { prefix, before: next };
  return { prefix: extended(prefix, tokens[next] as Token, logProbs[next] as number), before: 0 };
}

/** Items of which the one with the highest score is at hand; of equal ones any, but always the same. */
export class Heap<Item extends { readonly score: number }> {
  readonly #items: Item[] = [];

  /** How many items there are. */
  get size(): number {
    return this.#items.length;
  }

  /** The highest score, −∞ where there is no item. */
  get highest(): number {
    return this.#items[0]?.score ?? -Infinity;
  }

  /** Adds `item`, whose score stays as it is while it is here. */
  push(item: Item): void {
    const items = this.#items;
    let hole = items.length;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = items[above] as Item;
      if (parent.score >= item.score) break;
      items[hole] = parent;
      hole = above;
    }
    items[hole] = item;
  }

  /** Takes out the item with the highest score, `undefined` where there is none. */
  pop(): Item | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= items.length) break;
      const right = items[below + 1];
      if (right !== undefined && right.score > (items[below] as Item).score) below++;
      const child = items[below] as Item;
      if (child.score <= last.score) break;
      items[hole] = child;
      hole = below;
    }
    items[hole] = last;
    return top;
  }
}

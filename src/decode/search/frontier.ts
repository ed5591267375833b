/**
 * The frontier of best-first search: the prefixes that have not been read, the complete texts found
 * among them, and the caches of those that have been read.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import type { Logits, Sequence, Token } from "../../model/language_model.ts";
import { logSoftmax, ranked } from "../distribution.ts";
import { type Complete, emptyPrefix, extended, type Prefix, tokensOf } from "./prefix.ts";
import {
  type Costs,
  counted,
  type DecodeRequest,
  type Decoding,
  limitReached,
  type LogitsRequest,
} from "../strategy.ts";
import { warp, type Warper } from "../warp/warper.ts";

/** Prefixes read in one pass. */
export const PREFIXES_PER_PASS = 64;
/** KV caches kept for continuations; a prefix that continues none of them is read whole. */
const CACHES_KEPT = 1024;

/** A prefix that has been read, and those of its continuations that have not: `tokens` from `next`. */
interface Branch {
  readonly prefix: Prefix;
  readonly logProbs: Float64Array;
  /** Tokens that neither end the text nor are impossible, by falling probability. */
  readonly tokens: readonly Token[];
  next: number;
  /** That of the most probable continuation, nats. */
  score: number;
}

/** Everything that a best-first search has found and not yet returned. */
export class Frontier {
  /** The complete texts. */
  readonly complete = new Heap<Complete>();
  /** The open prefixes, under the prefixes that they continue. */
  readonly open = new Heap<Branch>();
  readonly #caches = new Map<Prefix, Sequence>();
  readonly #request: DecodeRequest;
  readonly #costs: Costs;
  readonly #warpers: readonly Warper[];

  /** Begins an empty frontier of `request`; passes are counted in `costs`. */
  constructor(request: DecodeRequest, costs: Costs, warpers: readonly Warper[]) {
    this.#request = request;
    this.#costs = costs;
    this.#warpers = warpers;
  }

  /** Reads the prompt, if anything may follow it. */
  *begin(): Decoding<void> {
    const empty = emptyPrefix(this.#request.prompt);
    const stop = limitReached(this.#request, 0);
    if (stop !== undefined) this.complete.push({ ...empty, stop });
    else for (const branch of yield* this.#read([empty])) this.open.push(branch);
  }

  /** Reads the most probable open prefixes above `floor`, `rows` at most; returns whether any was. */
  *expand(floor: number, rows: number): Decoding<boolean> {
    const prefixes: Prefix[] = [];
    while (prefixes.length < PREFIXES_PER_PASS && this.open.highest > floor) {
      const branch = this.open.pop() as Branch;
      const prefix = firstOf(branch);
      rows -= this.#rows(prefix);
      if (rows < 0) {
        this.open.push(branch);
        break;
      }
      prefixes.push(prefix);
      branch.next++;
      if (branch.next === branch.tokens.length) continue;
      branch.score = firstOf(branch).score;
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
      [branch] = yield* this.#read([firstOf(branch)]);
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
  *#read(prefixes: readonly Prefix[]): Decoding<Branch[]> {
    const requests = prefixes.map((prefix) => this.#pass(prefix));
    const answers = yield counted(this.#costs, "target", requests);
    const branches: Branch[] = [];
    prefixes.forEach((prefix, i) => {
      const branch = this.#branch(prefix, answers[i] as Logits);
      if (branch === undefined) this.#forget(prefix);
      else branches.push(branch);
    });
    for (const [prefix] of this.#caches) {
      if (this.#caches.size <= CACHES_KEPT) break;
      this.#forget(prefix);
    }
    return branches;
  }

  #pass(prefix: Prefix): LogitsRequest {
    const { target, prompt } = this.#request;
    const cache = prefix.parent && this.#caches.get(prefix.parent);
    const sequence = cache?.fork() ?? target.open();
    this.#caches.set(prefix, sequence);
    const tokens = cache === undefined ? [...prompt, ...tokensOf(prefix)] : [prefix.token];
    return { sequence, tokens, rows: 1 };
  }

  /** Collects the complete texts that follow `prefix`; returns its other continuations, if any. */
  #branch(prefix: Prefix, logits: Logits): Branch | undefined {
    const { prompt, stops } = this.#request;
    if (this.#warpers.length > 0) {
      const history = [...prompt, ...tokensOf(prefix)];
      warp(this.#warpers, logits, history, prompt.length);
    }
    const logProbs = logSoftmax(logits);
    const limit = limitReached(this.#request, prefix.length + 1);
    const tokens: Token[] = [];
    for (const token of ranked(logProbs)) {
      if (logProbs[token] === -Infinity) break;
      const stop = stops.has(token) ? "eos" : limit;
      if (stop === undefined) tokens.push(token);
      else this.complete.push({ ...extended(prefix, token, logProbs), stop });
    }
    const [first] = tokens;
    if (first === undefined) return undefined;
    const { score } = extended(prefix, first, logProbs);
    return { prefix, logProbs, tokens, next: 0, score };
  }

  #forget(prefix: Prefix): void {
    this.#caches.get(prefix)?.close();
    this.#caches.delete(prefix);
  }
}

/** The most probable continuation of `branch` that has not been read. */
function firstOf({ prefix, logProbs, tokens, next }: Branch): Prefix {
  return extended(prefix, tokens[next] as Token, logProbs);
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

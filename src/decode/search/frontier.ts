import type { Logits, Sequence, Token } from "../../model/language_model.ts";
import { logSoftmax, ranked } from "../distribution.ts";
import { Heap } from "./heap.ts";
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
/** KV caches kept for what continues them; a prefix that continues none of them is read whole. */
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

/** The open prefixes, the complete texts found among them, and the caches of what has been read. */
export class OpenPrefixes {
  /** Those that are complete. */
  readonly complete = new Heap<Complete>();
  /** Those that are not, under what they continue. */
  readonly frontier = new Heap<Branch>();
  readonly #caches = new Map<Prefix, Sequence>();
  readonly #request: DecodeRequest;
  readonly #costs: Costs;
  readonly #warpers: readonly Warper[];

  /** Of nothing yet; what is read is counted in `costs`. */
  constructor(request: DecodeRequest, costs: Costs, warpers: readonly Warper[]) {
    this.#request = request;
    this.#costs = costs;
    this.#warpers = warpers;
  }

  /** Reads the prompt, if anything may follow it. */
  *begin(): Decoding<void> {
    const empty = emptyPrefix(this.#request.eos);
    const stop = limitReached(this.#request, 0);
    if (stop !== undefined) this.complete.push({ ...empty, stop });
    else for (const branch of yield* this.#read([empty])) this.frontier.push(branch);
  }

  /** Reads the most probable open prefixes above `floor`, in `rows` at most; whether there was one. */
  *expand(floor: number, rows: number): Decoding<boolean> {
    const prefixes: Prefix[] = [];
    while (prefixes.length < PREFIXES_PER_PASS && this.frontier.highest > floor) {
      const branch = this.frontier.pop() as Branch;
      const prefix = firstOf(branch);
      rows -= this.#rows(prefix);
      if (rows < 0) {
        this.frontier.push(branch);
        break;
      }
      prefixes.push(prefix);
      branch.next++;
      if (branch.next === branch.tokens.length) continue;
      branch.score = firstOf(branch).score;
      this.frontier.push(branch);
    }
    if (prefixes.length === 0) return false;
    for (const branch of yield* this.#read(prefixes)) this.frontier.push(branch);
    return true;
  }

  /** Follows the most probable open prefix, a token at a time, until there is a complete text. */
  *completeOne(): Decoding<void> {
    let branch = this.frontier.pop();
    // It stays open, for the bound.
    if (branch !== undefined) this.frontier.push(branch);
    while (branch !== undefined && this.complete.size === 0) {
      [branch] = yield* this.#read([firstOf(branch)]);
    }
  }

  /** Gives all caches back. */
  close(): void {
    for (const sequence of this.#caches.values()) sequence.close();
  }

  #rows({ parent, length }: Prefix): number {
    const cached = parent !== undefined && this.#caches.has(parent);
    return cached ? 1 : this.#request.prompt.length + length;
  }

  /** Reads `prefixes` in one pass: what ends there is complete, the rest is returned. */
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

  /** What may follow `prefix`, where something does that is not complete. */
  #branch(prefix: Prefix, logits: Logits): Branch | undefined {
    const { prompt, eos } = this.#request;
    if (this.#warpers.length > 0) {
      const history = [...prompt, ...tokensOf(prefix)];
      warp(this.#warpers, logits, history, prompt.length);
    }
    const logProbs = logSoftmax(logits);
    const limit = limitReached(this.#request, prefix.length + 1);
    const tokens: Token[] = [];
    for (const token of ranked(logProbs)) {
      if (logProbs[token] === -Infinity) break;
      const stop = token === eos ? "eos" : limit;
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

import type { Token } from "./language_model.ts";

/** A text that sequences begin with, its cache, and the logits after it. */
export interface Prompt {
  /** Its length, in tokens. */
  readonly length: number;
  /** Where the cache is that holds its keys and values. */
  readonly address: number;
  /** The logits after it, `[V]`. */
  readonly logits: Float64Array;
}

/**
 * How many of the tokens that a new sequence reads, of which the last `rows` give logits, are its
 * prompt: all up to the first that gives some. None where that is the first of several, as where a
 * whole text is read for its loss.
 */
export function promptLength(tokens: readonly Token[], rows: number): number {
  if (rows <= 1) return tokens.length;
  return rows === tokens.length ? 0 : tokens.length - rows + 1;
}

/** A prompt that was found or made. */
export interface TakenPrompt {
  /** The prompt. */
  readonly prompt: Prompt;
  /** Whether it has been read: not so while the batch runs in which it is new. */
  readonly isRead: boolean;
}

interface Entry extends TakenPrompt {
  readonly hash: number;
  readonly tokens: readonly Token[];
  readonly prompt: Prompt;
  isRead: boolean;
}

/**
 * The prompts read last: a thousand samples of one prompt read it once and copy its cache. Those that
 * a batch reads are *new* until it has run.
 */
export class PromptCache {
  /** All of them, by the hash of their tokens: to join a few tokens to a text would take ten times longer. */
  readonly #byHash = new Map<number, Entry[]>();
  /** Those that are read, the oldest first. */
  readonly #read: Entry[] = [];
  readonly #new: Entry[] = [];
  readonly #most: number;

  /** Keeps up to `most` prompts. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * The prompt of the first `length` of `tokens`; one that is not here is made by `make`, which sees to
   * its reading.
   */
  take(tokens: readonly Token[], length: number, make: () => Prompt): TakenPrompt {
    const hash = hashOf(tokens, length);
    let entries = this.#byHash.get(hash);
    if (entries === undefined) this.#byHash.set(hash, entries = []);
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as Entry;
      if (begins(tokens, length, entry.tokens)) return entry;
    }
    const entry = { hash, tokens: tokens.slice(0, length), prompt: make(), isRead: false };
    entries.push(entry);
    this.#new.push(entry);
    return entry;
  }

  /** Forgets prompts of a batch that never ran; `free` gets their caches. */
  begin(free: (address: number) => void): void {
    if (this.#new.length === 0) return;
    for (const entry of this.#new) this.#forget(entry, free);
    this.#new.length = 0;
  }

  /** Caches the new prompts, and evicts the oldest beyond the limit. */
  end(free: (address: number) => void): void {
    if (this.#new.length === 0) return;
    for (const entry of this.#new) {
      entry.isRead = true;
      this.#read.push(entry);
    }
    this.#new.length = 0;
    const beyond = Math.max(0, this.#read.length - this.#most);
    for (const entry of this.#read.splice(0, beyond)) this.#forget(entry, free);
  }

  #forget(entry: Entry, free: (address: number) => void): void {
    const others = this.#byHash.get(entry.hash)?.filter((other) => other !== entry) ?? [];
    if (others.length > 0) this.#byHash.set(entry.hash, others);
    else this.#byHash.delete(entry.hash);
    free(entry.prompt.address);
  }
}

/** FNV-1a over tokens in place of bytes (Fowler, Noll and Vo). */
function hashOf(tokens: readonly Token[], length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (tokens[i] as Token), 0x01000193);
  return hash >>> 0;
}

/** Whether the first `length` of `tokens` are `others`. */
function begins(tokens: readonly Token[], length: number, others: readonly Token[]): boolean {
  if (others.length !== length) return false;
  for (let i = 0; i < length; i++) if (tokens[i] !== others[i]) return false;
  return true;
}

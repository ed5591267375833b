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
 * The prompts read last: a thousand samples of one prompt read it once and copy its cache. Those that
 * a batch reads are *new* until it has run.
 */
export class PromptCache {
  readonly #prompts = new Map<string, Prompt>();
  readonly #new = new Map<string, Prompt>();
  readonly #most: number;

  /** Keeps up to `most` prompts. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The prompt of these tokens; one that is not here is made by `make`, which sees to its reading. */
  take(tokens: readonly Token[], make: () => Prompt): Prompt {
    const key = tokens.join();
    let prompt = this.#prompts.get(key) ?? this.#new.get(key);
    if (prompt === undefined) this.#new.set(key, prompt = make());
    return prompt;
  }

  /** Forgets prompts of a batch that never ran; `free` gets their caches. */
  begin(free: (address: number) => void): void {
    if (this.#new.size === 0) return;
    for (const { address } of this.#new.values()) free(address);
    this.#new.clear();
  }

  /** Caches the new prompts, and evicts the oldest beyond the limit. */
  end(free: (address: number) => void): void {
    if (this.#new.size === 0) return;
    for (const [key, prompt] of this.#new) this.#prompts.set(key, prompt);
    this.#new.clear();
    for (const [key, { address }] of this.#prompts) {
      if (this.#prompts.size <= this.#most) return;
      this.#prompts.delete(key);
      free(address);
    }
  }
}

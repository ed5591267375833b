import type { LostEntryError, Store } from "../store/store.ts";
import type { StageId } from "../store/stored_result.ts";
import type { Progress } from "./progress.ts";

/** How to run; none of it changes a result. */
export interface RunOptions {
  /** Where results are kept. */
  readonly store: Store;
  /** Threads in all. */
  readonly threads: number;
  /** Whether to make anew what the store has from before. */
  readonly fresh: boolean;
  /** Whether the first failure is the end. */
  readonly failFast: boolean;
  /** Ends the run where it can go on. */
  readonly signal: AbortSignal;
  /** Told how far it is. */
  readonly progress: Progress;
  /** Told what a person should know. */
  readonly notice: (message: string) => void;
}

/** What one call of the program has made and failed to make. */
export class Session {
  /** How it goes about it. */
  readonly options: RunOptions;
  readonly #made = new Set<string>();
  readonly #failures = new Map<string, Error>();
  readonly #lost = new Set<string>();

  /** Has made nothing yet. */
  constructor(options: RunOptions) {
    this.options = options;
  }

  /** Whether a result need not be made: it is in the store, and from now if all is to be anew. */
  async has(id: StageId): Promise<boolean> {
    if (this.options.fresh && !this.#made.has(id.key)) return false;
    return await this.options.store.has(id);
  }

  /** Whether a result was made by this call. */
  made(id: StageId): boolean {
    return this.#made.has(id.key);
  }

  /** Why a result cannot be had, if it was tried. */
  failure(id: StageId): Error | undefined {
    return this.#failures.get(id.key);
  }

  /** Records that a result was made. */
  succeed(id: StageId): void {
    this.#made.add(id.key);
  }

  /** Records that a result cannot be had. */
  fail(id: StageId, error: Error): void {
    this.#failures.set(id.key, error);
  }

  /** Says what was lost from the store; throws if that was lost before, so that no run goes in circles. */
  lose({ message }: LostEntryError): void {
    if (this.#lost.has(message)) {
      throw new Error(`the store does not give back what was written to it: ${message}`);
    }
    this.#lost.add(message);
    this.options.notice(`${message}; it is made again`);
  }
}

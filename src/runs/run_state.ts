import type { ExperimentData } from "../stages/experiment_data.ts";
import { ExperimentTasks } from "../stages/stages.ts";
import type { ResultRef } from "../store/stored_result.ts";
import type { LostResultError, Store } from "../store/store.ts";

/** Told how far a run is; whoever starts a run decides how to show it. */
export interface Progress {
  /**
   * A phase of `total` `unit`s begins, such as `training target` of 700 `steps`; `done` of them
   * (default: none) were done by earlier runs and say nothing about its speed.
   */
  begin(phase: string, total: number, unit: string, done?: number): void;
  /** That many of the current phase's units are done. */
  advance(done: number): void;
  /** The current phase has ended. */
  end(): void;
}

/** How to run; none of it changes a result. */
export interface RunOptions {
  /** Where results are cached. */
  readonly store: Store;
  /** Threads in all. */
  readonly threads: number;
  /** Whether to recompute the results of earlier runs. */
  readonly fresh: boolean;
  /** Whether to stop at the first failure. */
  readonly failFast: boolean;
  /** Ends the run where it can resume. */
  readonly signal: AbortSignal;
  /** Told how far it is. */
  readonly progress: Progress;
  /** Told what a person should know. */
  readonly notice: (message: string) => void;
}

/** What this call of the program has computed, and what failed. */
export class RunState {
  /** How it runs. */
  readonly options: RunOptions;
  readonly #recomputed = new Set<string>();
  readonly #failures = new Map<string, Error>();
  readonly #lost = new Set<string>();

  /** Has computed nothing yet. */
  constructor(options: RunOptions) {
    this.options = options;
  }

  /** The tasks of an experiment, given the failures so far. */
  tasksOf(data: ExperimentData): ExperimentTasks {
    return new ExperimentTasks(data, (ref) => this.failure(ref));
  }

  /** Whether a result can be reused: it is in the store, and not to be recomputed. */
  async has(ref: ResultRef): Promise<boolean> {
    if (this.options.fresh && !this.recomputed(ref)) return false;
    return await this.options.store.has(ref);
  }

  /** Whether a result was computed by this call, and not reused. */
  recomputed({ key }: Pick<ResultRef, "key">): boolean {
    return this.#recomputed.has(key);
  }

  /** Why a result is missing, if its computation failed. */
  failure({ key }: Pick<ResultRef, "key">): Error | undefined {
    return this.#failures.get(key);
  }

  /** Records that a result was computed. */
  succeed({ key }: Pick<ResultRef, "key">): void {
    this.#recomputed.add(key);
  }

  /** Records that a result failed. */
  fail({ key }: Pick<ResultRef, "key">, error: Error): void {
    this.#failures.set(key, error);
  }

  /** Says what the store has lost; throws if it lost the same before, so that no run goes in circles. */
  lose({ message }: LostResultError): void {
    if (this.#lost.has(message)) {
      throw new Error(`the store does not give back what was written to it: ${message}`);
    }
    this.#lost.add(message);
    this.options.notice(`${message}; it is recomputed`);
  }
}

/**
 * The state of one call of the program: its options, the results that it has computed, and its failures.
 *
 * @module
 */
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { ReadResult } from "../stages/stage.ts";
import { ExperimentTasks } from "../stages/stages.ts";
import { StoreError } from "../store/read_stored.ts";
import { LostResultError, type Store } from "../store/store.ts";
import type { ResultRef } from "../store/stored_result.ts";
import { readResult } from "../threads/run_task.ts";
import type { Progress } from "./progress.ts";

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

/** Who watches what a run computes. */
export interface RunWatch {
  /** Told before results of an experiment are computed, each time that some are lacking. */
  readonly begin?: (data: ExperimentData) => Promise<void>;
  /** Told that a result of an experiment was computed, and is in the store. */
  readonly computed?: (ref: ResultRef, data: ExperimentData) => void;
}

/** The results that this call of the program has computed, and those that failed. */
export class RunState {
  /** How it runs. */
  readonly options: RunOptions;
  /** Reads results from the store. */
  readonly read: ReadResult;
  readonly #watch: RunWatch;
  readonly #recomputed = new Set<string>();
  readonly #failures = new Map<string, Error>();
  readonly #lost = new Set<string>();
  readonly #leftOut = new Set<string>();

  /** Has computed nothing yet. */
  constructor(options: RunOptions, watch: RunWatch = {}) {
    this.options = options;
    this.#watch = watch;
    this.read = (format, ref) => readResult(options.store, format, ref);
  }

  /** Says that results of an experiment are about to be computed. */
  async begin(data: ExperimentData): Promise<void> {
    await this.#watch.begin?.(data);
  }

  /** The tasks of an experiment, given the failures so far. */
  tasksOf(data: ExperimentData): ExperimentTasks {
    return new ExperimentTasks(data, (ref) => this.failure(ref));
  }

  /**
   * Whether a result can be reused: it is in the store, and not to be recomputed. A damaged one is set
   * aside, which is said.
   */
  async has(ref: ResultRef): Promise<boolean> {
    const { store, fresh } = this.options;
    const { state } = await store.find(ref);
    if (state === "damaged") {
      const lost = await store.setAsideIfDamaged(ref);
      if (lost !== undefined) this.lose(lost);
    }
    return state === "whole" && !(fresh && !this.recomputed(ref));
  }

  /** Whether a result was computed by this call, and not reused. */
  recomputed({ key }: Pick<ResultRef, "key">): boolean {
    return this.#recomputed.has(key);
  }

  /** Why a result is missing, if its computation failed. */
  failure({ key }: Pick<ResultRef, "key">): Error | undefined {
    return this.#failures.get(key);
  }

  /** Records that a result of an experiment was computed. */
  succeed(ref: ResultRef, data: ExperimentData): void {
    this.#recomputed.add(ref.key);
    this.#watch.computed?.(ref, data);
  }

  /** Records that a result failed. */
  fail({ key }: Pick<ResultRef, "key">, error: Error): void {
    this.#failures.set(key, error);
  }

  /** Notes that a result that no report has is not computed, and is left out of `timings.csv`. */
  leaveOut({ key }: Pick<ResultRef, "key">): void {
    this.#leftOut.add(key);
  }

  /** Whether a result is left out. */
  isLeftOut({ key }: Pick<ResultRef, "key">): boolean {
    return this.#leftOut.has(key);
  }

  /** Says what the store has lost; throws if it lost the same before, so that no run goes in circles. */
  lose(error: LostResultError): void {
    for (const { message } of [error, ...error.also]) {
      if (this.#lost.has(message)) {
        throw new StoreError(`the store does not give back what was written to it: ${message}`);
      }
      this.#lost.add(message);
      this.options.notice(`${message}; it is recomputed`);
    }
  }
}

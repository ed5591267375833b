/**
 * How far phases are, and the one of them that is shown.
 *
 * @module
 */
import type { Stage } from "../stages/stage.ts";
import type { TaskGroup } from "../stages/stages.ts";
import type { Job } from "../threads/task_scheduler.ts";
import type { Progress } from "./progress.ts";
import type { RunState } from "./run_state.ts";

/**
 * Counts the steps of a phase that are done, or its tasks where these tell of no steps. The work of earlier
 * runs counts, whether a result is cached or its computation resumes, and so does the work that this run
 * did beside an earlier phase.
 */
export class PhaseCount {
  /** The phase in words. */
  readonly title: string;
  /** Its steps or tasks. */
  readonly total: number;
  /** The plural word for its steps or tasks. */
  readonly unit: string;
  readonly #stage: Stage;
  /** Steps whose results are there. */
  readonly #there: number;
  /** Steps of them that this run has computed. */
  readonly #byThisRun: number;
  readonly #done = new Map<Job, number>();
  readonly #resumed = new Map<Job, number>();

  /** Of groups of `stage`, of which those of `jobs` are lacking. */
  constructor(stage: Stage, groups: readonly TaskGroup[], jobs: readonly Job[], state: RunState) {
    this.#stage = stage;
    const open = groups.filter(({ tasks: [{ id }] }) => state.failure(id) === undefined);
    const names = [...new Set(open.map(({ tasks: [{ id }] }) => id.name))];
    this.title = stage.steps === undefined
      ? stage.activity
      : `${stage.activity} ${names.join(", ")}`;
    this.unit = stage.progressUnit;
    const all = new Map(open.map((group) => [group.tasks[0].id.key, this.#stepsOf(group)]));
    this.total = sum(all.values());
    this.#there = this.total - sum(jobs.map((job) => this.#stepsOf(job)));
    this.#byThisRun = sum(
      [...all].filter(([key]) => state.recomputed({ key })).map(([, steps]) => steps),
    );
  }

  /** How many are done. */
  get done(): number {
    return this.#there + sum(this.#done.values());
  }

  /** How many of them earlier runs did. */
  get before(): number {
    return this.#there + sum(this.#resumed.values()) - this.#byThisRun;
  }

  /** So many steps of a job are done; the first that it tells of are those of an earlier run. */
  advance(job: Job, steps: number): void {
    if (this.#stage.steps !== undefined && !this.#resumed.has(job)) this.#resumed.set(job, steps);
    this.#done.set(job, steps);
  }

  /** A task that failed has done what it told of, or, if it tells of nothing, is over. */
  end(job: Job, isDone: boolean): void {
    if (isDone || this.#stage.steps === undefined) this.#done.set(job, this.#stepsOf(job));
  }

  #stepsOf({ data, tasks: [task] }: TaskGroup): number {
    return this.#stage.steps?.(task, data) ?? 1;
  }
}

/** Shows phases one after another, whichever of them are at work: the first that has not ended. */
export class ShownPhases {
  readonly #progress: Progress;
  /** Those that have begun; the first of them is shown. */
  readonly #phases: PhaseCount[] = [];
  readonly #ended = new Set<PhaseCount>();

  /** On `progress`. */
  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** A phase begins. */
  add(phase: PhaseCount): void {
    this.#phases.push(phase);
    if (this.#phases.length === 1) this.#begin(phase);
  }

  /** A phase is further than it was. */
  advance(phase: PhaseCount): void {
    if (phase === this.#phases[0]) this.#progress.advance(phase.done, phase.before);
  }

  /** A phase has ended; where it is shown the next one is, from where that is now. */
  end(phase: PhaseCount): void {
    this.#ended.add(phase);
    for (let [first] = this.#phases; first !== undefined && this.#ended.has(first);) {
      this.#phases.shift();
      this.#progress.end();
      [first] = this.#phases;
      if (first !== undefined) this.#begin(first);
    }
  }

  /** Nothing more is shown. */
  close(): void {
    if (this.#phases.splice(0).length > 0) this.#progress.end();
  }

  #begin(phase: PhaseCount): void {
    this.#progress.begin(phase.title, phase.total, phase.unit, phase.before);
    if (phase.done > phase.before) this.advance(phase);
  }
}

function sum(steps: Iterable<number>): number {
  let total = 0;
  for (const one of steps) total += one;
  return total;
}

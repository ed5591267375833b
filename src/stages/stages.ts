import type { Failure } from "../report/run/run_record.ts";
import type { ResultRef } from "../store/stored_result.ts";
import { check } from "./check.ts";
import { decode } from "./decode.ts";
import type { ExperimentData } from "./experiment_data.ts";
import { loss } from "./loss.ts";
import { measure } from "./measure.ts";
import { report } from "./report.ts";
import type { EarlierTasks, Stage, StageTask } from "./stage.ts";
import { time } from "./time.ts";
import { train } from "./train.ts";

/** Every stage, each after those whose results it needs. */
export const stages: readonly Stage[] = [train, check, loss, decode, measure, time, report];

/** The stages whose tasks run together: each stage with those that follow it. */
export const phases: readonly (readonly Stage[])[] = stages
  .filter(({ follows }) => follows === undefined)
  .map((first) => [first, ...stages.filter(({ follows }) => follows === first.name)]);

/** The stage called `name`. */
export function stageNamed(name: string): Stage {
  const stage = stages.find((one) => one.name === name);
  if (stage === undefined) throw new TypeError(`Cannot find the stage ${name}`);
  return stage;
}

/** A result in the words of a list of failures. */
export function describeResult(ref: ResultRef): string {
  return stageNamed(ref.stage).describe(ref);
}

/** Tasks of one experiment that run one after another. */
export interface TaskGroup {
  /** The experiment. */
  readonly data: ExperimentData;
  /** The first, and those that follow it. */
  readonly tasks: readonly [StageTask, ...StageTask[]];
}

/** The tasks of an experiment, made stage by stage: later ones can depend on what has failed. */
export class ExperimentTasks implements EarlierTasks {
  /** The experiment. */
  readonly data: ExperimentData;
  /** Why a result is missing, where its computation failed. */
  readonly failure: (ref: ResultRef) => Error | undefined;
  readonly #tasks = new Map<string, readonly StageTask[]>();

  /** For the tasks of `data`; of those that failed, `failure` knows why. */
  constructor(
    data: ExperimentData,
    failure: (ref: ResultRef) => Error | undefined = () => undefined,
  ) {
    this.data = data;
    this.failure = failure;
  }

  /** The tasks of `stage`, in order; those of the stages that it needs come first. */
  of<Task extends StageTask>(stage: Stage<Task, unknown>): readonly Task[] {
    const known = this.#tasks.get(stage.name);
    // Sound since tasks are stored under the name of the stage that made them.
    if (known !== undefined) return known as readonly Task[];
    const tasks = stage.tasks(this.data, this);
    this.#tasks.set(stage.name, tasks);
    return tasks;
  }

  /** Every task, in the order of the stages. */
  all(): readonly StageTask[] {
    return stages.flatMap((stage) => this.of(stage));
  }

  /** The groups of a phase: each task of its first stage, with the tasks that follow it. */
  groups([first, ...followers]: readonly Stage[]): readonly TaskGroup[] {
    if (first === undefined) return [];
    const following = new Map<string, StageTask[]>();
    for (const task of followers.flatMap((stage) => this.of(stage))) {
      for (const { stage, key } of task.needs) {
        if (stage === first.name) following.set(key, [...following.get(key) ?? [], task]);
      }
    }
    return this.of(first).map((task) => ({
      data: this.data,
      tasks: [task, ...following.get(task.id.key) ?? []],
    }));
  }

  /** The tasks of all stages but `others`, group by group. */
  inOrderOfWork(others: readonly Pick<Stage, "name">[]): readonly StageTask[] {
    const left = phases.filter(([first]) => !others.some(({ name }) => name === first?.name));
    return left.flatMap((phase) => this.groups(phase)).flatMap(({ tasks }) => tasks);
  }

  /** The reproducible results of the stages before `stage` that failed, and why. */
  failures(stage: Pick<Stage, "name">): readonly Failure[] {
    const before = stages.slice(0, stages.findIndex(({ name }) => name === stage.name));
    return this.failuresOf(before.filter(({ isReproducible }) => isReproducible));
  }

  /** The results of `some` stages that failed, and why; a cell's samples and measures are one. */
  failuresOf(some: readonly Stage[]): readonly Failure[] {
    const failures = new Map<string, Failure>();
    for (const { id } of some.flatMap((stage) => this.of(stage))) {
      const error = this.failure(id);
      const what = describeResult(id);
      if (error === undefined || failures.has(what)) continue;
      failures.set(what, { what, message: error.message });
    }
    return [...failures.values()];
  }
}

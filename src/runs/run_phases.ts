/**
 * Computes the results that the store lacks, phase by phase: each stage's tasks together with those
 * of the stages that follow it. A thread that one phase does not use begins with those tasks of later
 * phases that need nothing.
 *
 * @module
 */
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { Stage, StageTask } from "../stages/stage.ts";
import { type ExperimentTasks, phases, stageNamed, type TaskGroup } from "../stages/stages.ts";
import { LostResultError } from "../store/store.ts";
import { ComputingThreads } from "../threads/computing_threads.ts";
import { type Job, type JobRunner, runJobs } from "../threads/task_scheduler.ts";
import { failDependents, groupsThatNeedNothing, lackingGroups, shareThreads } from "./jobs.ts";
import { PhaseCount, ShownPhases } from "./phase_count.ts";
import type { RunState } from "./run_state.ts";

/** The tasks of a stage and of those that follow it. */
export interface Phase {
  /** The stage. */
  readonly stage: Stage;
  /** Its groups of tasks, as they are once all phases before it have ended. */
  groups(): readonly TaskGroup[];
  /** Groups that it will have whatever happens in the phases before it. */
  early(): readonly TaskGroup[];
}

/** Computes every result of `experiments` that the store lacks, each once: of `some` phases, or of all. */
export async function runPhases(
  experiments: readonly ExperimentTasks[],
  state: RunState,
  some: typeof phases = phases,
): Promise<void> {
  const threads = new ComputingThreads(state.options.store);
  const onIdle = (): void => threads.preload(experiments.map(({ data }) => data));
  try {
    await compute(phasesOf(experiments, state, some), state, { runner: threads, onIdle });
  } finally {
    threads.close();
  }
}

/** Computes the result of one task, whose needs must be in the store; throws what it throws. */
export async function runTask(
  data: ExperimentData,
  task: StageTask,
  state: RunState,
): Promise<void> {
  const threads = new ComputingThreads(state.options.store);
  try {
    const stage = stageNamed(task.id.stage);
    const phase = phaseOf(stage, () => [{ data, tasks: [task] }]);
    await compute([phase], state, { runner: threads });
  } finally {
    threads.close();
  }
  const error = state.failure(task.id);
  if (error !== undefined) throw error;
}

/** The phases of `experiments`: `some`, or all. */
export function phasesOf(
  experiments: readonly ExperimentTasks[],
  state: RunState,
  some: typeof phases = phases,
): Phase[] {
  return some.flatMap((stages) => {
    const [stage] = stages;
    if (stage === undefined) return [];
    const groups = () => experiments.flatMap((tasks) => tasks.groups(stages));
    // `experiments` remember their tasks, and which there are may depend on earlier phases.
    const soFar = () => experiments.flatMap(({ data }) => state.tasksOf(data).groups(stages));
    return [phaseOf(stage, groups, soFar)];
  });
}

/** The phase of `groups`, which can be asked for once it opens, and of which `soFar` are known before. */
export function phaseOf(
  stage: Stage,
  groups: () => readonly TaskGroup[],
  soFar: () => readonly TaskGroup[] = groups,
): Phase {
  return { stage, groups, early: () => groupsThatNeedNothing(soFar()) };
}

/** Where results are computed. */
export interface Computing {
  /** Runs the jobs. */
  readonly runner: JobRunner;
  /** Told when a thread has nothing to do. */
  readonly onIdle?: () => void;
}

/** Computes the results of `all` phases, as far as the store lacks them. */
export async function compute(
  all: readonly Phase[],
  state: RunState,
  { runner, onIdle }: Computing,
): Promise<void> {
  const { threads, failFast, signal, notice } = state.options;
  const queue = new PhaseQueue(all, state);
  try {
    const [first, ...others] = await runJobs(queue, {
      runner,
      threads,
      failFast,
      signal,
      onIdle,
      onStep: (job, steps) => queue.advance(job, steps),
      onNotice: notice,
      onTask: ({ id }, { data }) => state.succeed(id, data),
      onFailure: ({ id }, error) => state.fail(id, error),
      onEnd: (job, isDone) => queue.end(job, isDone),
    });
    if (first !== undefined) throw new LostResultError(first.message, others);
  } finally {
    queue.close();
  }
}

/** A phase and its jobs. */
interface QueuedPhase extends Phase {
  /** Its place among all. */
  readonly turn: number;
  /** Its jobs that have not ended, by the key of the first task of each. */
  readonly jobs: Map<string, Job>;
  /** All of its groups, of which none are kept once it has ended; not set before it is open. */
  open: readonly TaskGroup[] | undefined;
  /** How far it is; none where nothing is shown of it. */
  count: PhaseCount | undefined;
}

/**
 * The jobs of phases. A phase opens when those before it have ended. It does not wait for phases that read
 * a clock, since no report has their results. Jobs that need nothing can begin before their phase opens.
 */
class PhaseQueue {
  readonly #phases: readonly QueuedPhase[];
  readonly #state: RunState;
  readonly #shown: ShownPhases;
  #hasEarly = false;

  constructor(all: readonly Phase[], state: RunState) {
    this.#phases = all.map((phase, turn) => ({
      stage: phase.stage,
      groups: phase.groups,
      early: phase.early,
      turn,
      jobs: new Map(),
      open: undefined,
      count: undefined,
    }));
    this.#state = state;
    this.#shown = new ShownPhases(state.options.progress);
  }

  /** The jobs that can begin now, and could not when it was asked before. */
  async more(): Promise<readonly Job[]> {
    const jobs: Job[] = [];
    for (const phase of this.#phases) {
      if (phase.open === undefined) addTo(jobs, await this.#opened(phase));
      if (!hasEnded(phase) && phase.stage.isReproducible) break;
    }
    // With one thread, no thread is ever idle.
    if (jobs.length > 0 && this.#state.options.threads > 1 && !this.#hasEarly) {
      this.#hasEarly = true;
      for (const phase of this.#phases.filter(({ open }) => open === undefined)) {
        addTo(jobs, await this.#jobsOf(phase, phase.early()));
      }
    }
    for (const data of new Set(jobs.map(({ data }) => data))) await this.#state.begin(data);
    return jobs;
  }

  /** The jobs of a phase that opens, but for those that have begun before. */
  async #opened(phase: QueuedPhase): Promise<readonly Job[]> {
    const groups = phase.groups();
    failDependents(groups.flatMap(({ tasks }) => tasks), this.#state);
    const jobs = await this.#jobsOf(phase, groups);
    phase.open = groups;
    // Jobs that began before may have ended meanwhile.
    if (hasEnded(phase)) this.#close(phase);
    else {
      phase.count = new PhaseCount(phase.stage, groups, [...phase.jobs.values()], this.#state);
      this.#shown.add(phase.count);
    }
    return jobs;
  }

  async #jobsOf(phase: QueuedPhase, groups: readonly TaskGroup[]): Promise<readonly Job[]> {
    const own = groups.filter(({ tasks: [{ id }] }) => !phase.jobs.has(id.key));
    const lacking = await lackingGroups(own, this.#state);
    // Those that have begun before keep their threads.
    const all = [...lacking, ...phase.jobs.values()];
    const jobs = shareThreads(all, this.#state.options.threads, phase.turn)
      .filter(({ tasks: [{ id }] }) => !phase.jobs.has(id.key));
    for (const job of jobs) phase.jobs.set(job.tasks[0].id.key, job);
    return jobs;
  }

  /** Says how many steps of a job are done. */
  advance(job: Job, steps: number): void {
    const count = this.#phases[job.turn]?.count;
    count?.advance(job, steps);
    if (count !== undefined) this.#shown.advance(count);
  }

  /** Says that a job has ended, and whether all of its tasks have results. */
  end(job: Job, isDone: boolean): void {
    const phase = this.#phases[job.turn];
    if (phase === undefined) return;
    phase.jobs.delete(job.tasks[0].id.key);
    phase.count?.end(job, isDone);
    if (phase.count !== undefined) this.#shown.advance(phase.count);
    if (hasEnded(phase)) this.#close(phase);
  }

  /** Ends a phase, of which nothing more is kept. */
  #close(phase: QueuedPhase): void {
    failDependents((phase.open ?? []).flatMap(({ tasks }) => tasks), this.#state);
    if (phase.count !== undefined) this.#shown.end(phase.count);
    [phase.open, phase.count] = [[], undefined];
  }

  /** Shows nothing more. */
  close(): void {
    this.#shown.close();
  }
}

/** Whether all jobs of a phase have ended. */
function hasEnded({ open, jobs }: QueuedPhase): boolean {
  return open !== undefined && jobs.size === 0;
}

/** Adds jobs to others: perhaps too many to be arguments of one call. */
function addTo(jobs: Job[], more: readonly Job[]): void {
  for (const job of more) jobs.push(job);
}

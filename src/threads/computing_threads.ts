import { phases, stageNamed } from "../stages/stages.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { Store } from "../store/store.ts";
import { MainThread } from "./run_task.ts";
import type { Job, JobRunner, JobWatch } from "./task_scheduler.ts";
import { WorkerPool } from "./worker_pool.ts";

/** The threads that compute results: worker threads, and the one of the run itself. */
export class ComputingThreads implements JobRunner {
  readonly #pool: WorkerPool;
  readonly #main: MainThread;
  #isPreloading = false;

  /** For results that go to `store`. */
  constructor(store: Store) {
    this.#pool = new WorkerPool(store);
    this.#main = new MainThread(store);
  }

  /** Runs the tasks of a job where their stage runs; throws what the first task that fails throws. */
  async run(job: Job, watch: JobWatch): Promise<void> {
    const thread = stageNamed(job.tasks[0].id.stage).runsOnMain === true ? this.#main : this.#pool;
    await thread.run(job, watch);
  }

  /** Asks tasks that save their progress to do so and to end. */
  interrupt(): void {
    this.#pool.interrupt();
  }

  /** Begins to load what later stages of `experiments` need: a thread has nothing else to do. */
  preload(experiments: Iterable<ExperimentData>): void {
    if (!this.#pool.isInUse || this.#isPreloading) return;
    this.#isPreloading = true;
    for (const data of experiments) {
      for (const stage of phases.flat()) stage.preload?.(data);
    }
  }

  /** Ends all threads. */
  close(): void {
    this.#pool.close();
    this.#main.close();
  }
}

import type { ExperimentData } from "../stages/experiment_data.ts";
import type { Store } from "../store/store.ts";
import { errorOf, type Request, type Response, sentExperiment } from "./protocol.ts";
import { isAlone, type Job, type JobRunner, type JobWatch } from "./task_scheduler.ts";

/** A thread and the experiment that it was last sent. */
interface WorkerSlot {
  readonly worker: Worker;
  data: ExperimentData | undefined;
  /** Whether jobs that run alone do so here. */
  isForAlone: boolean;
}

/** Worker threads: started when none is idle, and reused. */
export class WorkerPool implements JobRunner {
  readonly #store: Store;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #slots = new Set<WorkerSlot>();
  readonly #idle: WorkerSlot[] = [];

  /** For tasks whose results go to `store`. */
  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Runs the tasks of a job, one after another, on one thread, which may start others up to `threads`
   * in all. Throws what the first task that fails throws.
   */
  async run(
    { data, tasks, threads, place }: Job,
    { onStep, onTask, onNotice }: JobWatch,
  ): Promise<void> {
    const alone = isAlone({ place });
    const slot = this.#idleSlot(alone) ?? this.#start();
    if (alone) slot.isForAlone = true;
    if (slot.data !== data) {
      slot.data = data;
      send(slot.worker, { kind: "experiment", data: sentExperiment(data) });
    }
    try {
      for (const task of tasks) {
        await answered(slot.worker, { kind: "task", task, threads }, { onStep, onNotice });
        onTask(task);
      }
      this.#idle.push(slot);
    } catch (error) {
      if (error instanceof LostThreadError) this.#end(slot);
      else this.#idle.push(slot);
      throw error;
    }
  }

  /** Whether any thread was started. */
  get isInUse(): boolean {
    return this.#slots.size > 0;
  }

  /** Asks tasks that save their progress to do so and to end. */
  interrupt(): void {
    Atomics.store(this.#stop, 0, 1);
  }

  /** Ends all threads, whatever they are doing. */
  close(): void {
    for (const slot of this.#slots) this.#end(slot);
  }

  /** An idle thread, if there is one: best one that has done such jobs before. */
  #idleSlot(alone: boolean): WorkerSlot | undefined {
    const like = this.#idle.findLastIndex(({ isForAlone }) => isForAlone === alone);
    return this.#idle.splice(like, 1)[0];
  }

  #start(): WorkerSlot {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const slot: WorkerSlot = { worker, data: undefined, isForAlone: false };
    const { root, shownAs } = this.#store;
    send(worker, { kind: "begin", store: { root, shownAs }, stop: this.#stop });
    this.#slots.add(slot);
    return slot;
  }

  #end(slot: WorkerSlot): void {
    slot.worker.terminate();
    this.#slots.delete(slot);
  }
}

/** A thread that ended without an answer: out of memory, or a bug. */
class LostThreadError extends Error {}

function send(worker: Worker, request: Request): void {
  worker.postMessage(request);
}

/** Sends `request` and waits until the worker says how it ended. */
function answered(
  worker: Worker,
  request: Request,
  { onStep, onNotice }: Pick<JobWatch, "onStep" | "onNotice">,
): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: response }: MessageEvent<Response>) => {
      if (response.kind === "step") onStep(response.done);
      else if (response.kind === "notice") onNotice(response.message);
      else if (response.kind === "done") resolve();
      else reject(errorOf(response.error));
    };
    worker.onerror = (event) => {
      // Reported here, and not once more by the runtime.
      event.preventDefault();
      reject(new LostThreadError(`its thread ended: ${event.message}`));
    };
    send(worker, request);
  });
}

import type { ExperimentData } from "../stages/experiment_data.ts";
import type { ReadResult, StageTask, Watch } from "../stages/stage.ts";
import { stageNamed } from "../stages/stages.ts";
import type { ResultRef } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";
import { WorkerModels } from "./worker_models.ts";

/** Runs the tasks of one experiment on one thread, one after another. */
export class TaskRunner {
  readonly #data: ExperimentData;
  readonly #store: Store;
  readonly #models: WorkerModels;
  /** The last result, until a task begins that does not need it: it can be large. */
  #last: { readonly key: string; readonly result: unknown } | undefined;

  /** For tasks of `data` whose results go to `store`. */
  constructor(data: ExperimentData, store: Store) {
    this.#data = data;
    this.#store = store;
    this.#models = new WorkerModels(data, this.#read);
  }

  /** Computes the result of `task` on up to `threads` threads, and stores it. */
  async run(task: StageTask, threads: number, watch: Watch): Promise<void> {
    const { id, needs } = task;
    if (!needs.some(({ key }) => key === this.#last?.key)) this.#last = undefined;
    const stage = stageNamed(id.stage);
    const { result, seconds, count } = await stage.run(task, {
      data: this.#data,
      read: this.#read,
      models: this.#models.on(threads),
      threads,
      watch,
      progress: this.#store.progress(id),
    });
    const effort = { seconds, count, unit: stage.unit };
    await this.#store.write({ id, effort, body: stage.encode(result) });
    if (stage.isResumable) await this.#store.removeProgress(id);
    this.#last = { key: id.key, result };
  }

  /** Frees the models. */
  close(): void {
    this.#models.close();
  }

  #read: ReadResult = async (format, ref) => {
    // Sound since the key stands for the stage, and so for the type of its results.
    if (this.#last?.key === ref.key) return this.#last.result as ReturnType<typeof format.decode>;
    return await readResult(this.#store, format, ref);
  };
}

/** Reads a result from `store`; one that cannot be decoded is damaged, and refused as such. */
export async function readResult<Result>(
  store: Store,
  format: { decode(body: Uint8Array): Result },
  ref: ResultRef,
): Promise<Result> {
  const { body } = await store.read(ref);
  try {
    return format.decode(body);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return await store.refuse(ref);
  }
}

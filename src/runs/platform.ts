import { type OnnxPlatform, onnxPlatforms } from "../model/onnx/platform.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { StageTask } from "../stages/stage.ts";
import { ExperimentTasks, stageNamed } from "../stages/stages.ts";
import type { Store } from "../store/store.ts";

/**
 * `data` with the platform that its models are computed on, where that is an onnxruntime's: the one of
 * this process; where it has none that which the store has the most results of, the native one if they
 * are as many, so that a process without a runtime can use what one with it has computed.
 */
export async function withPlatform(data: ExperimentData, store: Store): Promise<ExperimentData> {
  if (data.experiment.config.engine !== "onnx") return data;
  const found: { readonly platform: OnnxPlatform; readonly results: number }[] = [];
  for (const platform of onnxPlatforms()) {
    const tasks = new ExperimentTasks({ ...data, platform }).all();
    const isThere = await Promise.all(tasks.map(({ id }) => store.has(id)));
    found.push({ platform, results: isThere.filter(Boolean).length });
  }
  const [best] = found.toSorted((a, b) => b.results - a.results);
  return best === undefined ? data : { ...data, platform: best.platform };
}

/** The tasks of experiments that only a process with an onnxruntime can compute, and the store lacks. */
export async function tasksForRuntime(
  experiments: readonly ExperimentData[],
  { store, fresh }: { readonly store: Store; readonly fresh: boolean },
): Promise<readonly StageTask[]> {
  const lacking: StageTask[] = [];
  for (const data of experiments.filter(({ platform }) => platform !== undefined)) {
    for (const task of new ExperimentTasks(data).all()) {
      const models = stageNamed(task.id.stage).models?.(task) ?? [];
      if (models.length > 0 && (fresh || !await store.has(task.id))) lacking.push(task);
    }
  }
  return lacking;
}

import { measureCell } from "../measure/cell_measures.ts";
import { decodeSamples, encodeSamples } from "../measure/samples_format.ts";
import type { Sample } from "../measure/sample.ts";
import { decodeCell } from "../stages/decode_cells.ts";
import { modelLosses } from "../stages/model_losses.ts";
import { oneStreamTimings } from "../stages/single_stream_timing.ts";
import { intervalStream } from "../stages/seeding.ts";
import { speculationContext } from "../stages/speculation_context.ts";
import type { StageId } from "../store/stored_result.ts";
import { encodeJson, readMeasures } from "../stages/stored_results.ts";
import { encodeTraining } from "../stages/stored_training.ts";
import { checkpointText } from "../stages/training_job.ts";
import type { CellTask, LossTask, Task, TimeTask, TrainTask } from "./task.ts";
import { trainWithProgress } from "../stages/train_with_progress.ts";
import type { Workbench } from "./worker_models.ts";

/** What a task on a thread has to do with the rest of the run. */
export interface Watch {
  /** Told how many updates of a training are done. */
  onStep(done: number): void;
  /** Asked at safe points whether to stop. */
  stopped(): boolean;
}

/** Does `task` on up to `threads` threads; its result is in the store then. */
export function perform(
  task: Task,
  bench: Workbench,
  threads: number,
  watch: Watch,
): Promise<void> {
  switch (task.kind) {
    case "train":
      return performTraining(task, bench, threads, watch);
    case "loss":
      return performLoss(task, bench, threads);
    case "cell":
      return performCell(task, bench, threads);
    case "time":
      return performTiming(task, bench, threads);
  }
}

async function performTraining(
  { model, id }: TrainTask,
  { setup, store }: Workbench,
  threads: number,
  watch: Watch,
): Promise<void> {
  const { weights, steps, seconds } = await trainWithProgress(setup, model, {
    id,
    store,
    threads,
    watch,
  });
  const { steps: updates, batch_size } = setup.config.training[model];
  await store.write({
    id,
    effort: { seconds, count: updates * batch_size, unit: "documents" },
    body: encodeTraining({ checkpoint: checkpointText(setup, model, weights), steps }),
  });
  await Deno.remove(store.progressFile(id)).catch(() => {});
}

async function performLoss(
  { of, train, id }: LossTask,
  bench: Workbench,
  threads: number,
): Promise<void> {
  const began = performance.now();
  const model = await bench.judged(of, train, threads);
  const losses = modelLosses(id.name, model, bench);
  const documents = losses.training.documents + (losses.heldOut?.documents ?? 0);
  await bench.store.write({
    id,
    effort: { seconds: since(began), count: documents, unit: "documents" },
    body: encodeJson(losses),
  });
}

async function performCell(
  { cell, train, decode, decoded, id }: CellTask,
  bench: Workbench,
  threads: number,
): Promise<void> {
  const { setup, store } = bench;
  const stage = await bench.decodeStage(train, threads);
  const decodeAgain = async (): Promise<Sample[]> => {
    const began = performance.now();
    const samples = decodeCell(cell, stage);
    const count = new Set(samples.map(({ result }) => result)).size;
    const effort = { seconds: since(began), count, unit: "samples" };
    await store.write({ id: decode, effort, body: encodeSamples(samples) });
    return samples;
  };
  const samples = decoded ? decodeSamples((await store.read(decode)).body) : await decodeAgain();
  const began = performance.now();
  const measures = measureCell(cell, samples, {
    reference: bench.reference(),
    random: intervalStream(setup.config.seed, "cell", cell.stream),
    speculation: speculationContext(cell, samples, stage, setup.specs),
  });
  await store.write({
    id,
    effort: { seconds: since(began), count: samples.length, unit: "samples" },
    body: encodeJson(measures),
  });
}

async function performTiming(
  { cells, train, id }: TimeTask,
  bench: Workbench,
  threads: number,
): Promise<void> {
  const stage = await bench.decodeStage(train, threads);
  const measures = await Promise.all(cells.map((cell: StageId) => readMeasures(bench.store, cell)));
  const began = performance.now();
  const timings = oneStreamTimings(measures, stage);
  await bench.store.write({
    id,
    effort: { seconds: since(began), count: cells.length, unit: "cells" },
    body: encodeJson(timings),
  });
}

function since(began: number): number {
  return (performance.now() - began) / 1000;
}

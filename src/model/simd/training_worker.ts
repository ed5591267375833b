/**
 * A thread that helps {@linkcode SimdTrainingGpt}: it is sent the memory and the sizes once, and from
 * then on takes tasks until it is told to stop.
 *
 * @module
 */
import type { ModelSpec } from "../language_model.ts";
import { Arena } from "./wasm_memory.ts";
import { serve } from "./task_pool.ts";
import { planTraining } from "./training_plan.ts";
import { TrainingTasks } from "./training_tasks.ts";

/** What a worker is sent. */
export interface WorkerOrder {
  /** The arena's memory. */
  readonly memory: WebAssembly.Memory;
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** The most documents in a batch. */
  readonly batchSize: number;
}

/** Where a worker's orders come from: the part of its global scope that is used. */
declare const self: {
  onmessage: ((event: MessageEvent<WorkerOrder>) => void) | null;
  close(): void;
};

self.onmessage = ({ data: { memory, spec, batchSize } }) => {
  const plan = planTraining(spec, batchSize);
  const arena = new Arena(plan.arena, memory);
  const tasks = new TrainingTasks(arena, plan);
  const control = arena.i32.subarray(plan.control / 4, plan.control / 4 + 16);
  serve(control, (phase, index) => tasks.run(phase, index));
  self.close();
};

/**
 * A thread that helps {@linkcode SimdGpt} or {@linkcode SimdTrainingGpt}: it is sent the memory and
 * the sizes once, and from then on does tasks until it is told to stop.
 *
 * @module
 */
import type { ModelSpec } from "../language_model.ts";
import { inferenceTask } from "./inference_batch.ts";
import { InferenceShard } from "./inference_shard.ts";
import type { Arithmetic } from "./arithmetic.ts";
import { planInference } from "./inference_plan.ts";
import { type RunTask, serve } from "./task_pool.ts";
import { planTraining } from "./training_plan.ts";
import { TrainingTasks } from "./training_tasks.ts";
import { WasmMemory } from "./wasm_memory.ts";

/** A worker's only message: what it takes to plan the memory as the main thread has. */
export type WorkerJob =
  & {
    /** The memory that threads share. */
    readonly shared: WebAssembly.Memory;
    /** That of the kernels. */
    readonly arithmetic: Arithmetic;
    /** Sizes of the model. */
    readonly spec: ModelSpec;
  }
  & (
    | {
      readonly kind: "inference";
      /** The parts that a batch is divided into. */
      readonly shards: number;
    }
    | {
      readonly kind: "training";
      /** The most documents in a batch. */
      readonly batchSize: number;
    }
  );

/** Where a worker's job comes from: the part of its global scope that is used. */
declare const self: {
  onmessage: ((event: MessageEvent<WorkerJob>) => void) | null;
  close(): void;
};

self.onmessage = ({ data: job }) => {
  const { control, run } = job.kind === "inference" ? inferenceTasks(job) : trainingTasks(job);
  serve(control, run);
  self.close();
};

/** The words by which threads agree, and what there is to do. */
interface Tasks {
  readonly control: Int32Array;
  readonly run: RunTask;
}

function inferenceTasks(
  { shared, arithmetic, spec, shards: count }: Extract<WorkerJob, { kind: "inference" }>,
): Tasks {
  const plan = planInference(spec, count);
  const memory = new WasmMemory(plan.memory, arithmetic, shared);
  const shards = plan.shards.map((at) => new InferenceShard(memory, plan, at));
  return {
    control: memory.i32.subarray(plan.control / 4, plan.control / 4 + 16),
    run: inferenceTask(shards),
  };
}

function trainingTasks(
  { shared, arithmetic, spec, batchSize }: Extract<WorkerJob, { kind: "training" }>,
): Tasks {
  const plan = planTraining(spec, batchSize);
  const memory = new WasmMemory(plan.memory, arithmetic, shared);
  const tasks = new TrainingTasks(memory, plan);
  return {
    control: memory.i32.subarray(plan.control / 4, plan.control / 4 + 16),
    run: (phase, index) => tasks.run(phase, index),
  };
}

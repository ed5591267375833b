import type { ModelSpec, Token } from "../language_model.ts";
import type { AdamUpdate, TrainingModel, TrainingState } from "../engine.ts";
import type { Weights } from "../weights.ts";
import { type Arithmetic, availableArithmetic } from "./arithmetic.ts";
import { WasmMemory } from "./wasm_memory.ts";
import { TaskPool } from "./task_pool.ts";
import { planTraining, type TrainingPlan } from "./training_plan.ts";
import { Phase, TrainingTasks } from "./training_tasks.ts";
import type { WorkerJob } from "./worker.ts";

/** Bytes of memory that training a model of these sizes on such batches takes. */
export function trainingBytes(spec: ModelSpec, batchSize: number): number {
  return planTraining(spec, batchSize).memory.bytes;
}

/**
 * Training on the SIMD kernels, in one memory that is laid out once. A batch is divided into
 * parts, which threads do in parallel; the result is the same bits with any number of threads.
 */
export class SimdTrainingGpt implements TrainingModel {
  readonly #batchSize: number;
  readonly #plan: TrainingPlan;
  readonly #memory: WasmMemory;
  readonly #tasks: TrainingTasks;
  readonly #pool: TaskPool;
  readonly #workers: readonly Worker[];

  /**
   * Trains from `start`, at most `batchSize` documents at a time, on up to `threads` threads, in
   * `arithmetic`, by default that of the processor. Throws an `ArithmeticError` for one that it does not
   * have, and a `RangeError` with its size for a model that WebAssembly cannot hold.
   */
  constructor(start: TrainingState, batchSize: number, threads = 1, arithmetic?: Arithmetic) {
    const { spec } = start.weights;
    const kind = availableArithmetic(arithmetic);
    const plan = planTraining(spec, batchSize);
    this.#batchSize = batchSize;
    this.#plan = plan;
    this.#memory = new WasmMemory(plan.memory, kind);
    this.#tasks = new TrainingTasks(this.#memory, plan);
    const control = this.#memory.i32.subarray(plan.control / 4, plan.control / 4 + 16);
    this.#pool = new TaskPool(control, (phase, index) => this.#tasks.run(phase, index));
    plan.layout.store(start.weights, this.#memory, plan.parameters);
    plan.layout.store(start.firstMoment, this.#memory, plan.first);
    plan.layout.store(start.secondMoment, this.#memory, plan.second);
    plan.forward.pack(this.#memory, plan.parameters);
    plan.backward.pack(this.#memory, plan.parameters);
    // A batch in one part needs no other thread.
    const helpers = Math.min(threads, plan.shards.length) - 1;
    this.#workers = Array.from({ length: Math.max(0, helpers) }, () => {
      const worker = new Worker(new URL("./worker.ts", import.meta.url), {
        type: "module",
      });
      const { shared } = this.#memory;
      const job: WorkerJob = { kind: "training", shared, arithmetic: kind, spec, batchSize };
      worker.postMessage(job);
      return worker;
    });
  }

  /** See {@linkcode TrainingModel.weights}. */
  weights(): Weights {
    return this.#plan.layout.load(this.#memory, this.#plan.parameters);
  }

  /** See {@linkcode TrainingModel.state}. */
  state(): TrainingState {
    const { layout, first, second } = this.#plan;
    return {
      weights: this.weights(),
      firstMoment: layout.load(this.#memory, first),
      secondMoment: layout.load(this.#memory, second),
    };
  }

  /** See {@linkcode TrainingModel.gradient}. */
  gradient(): Weights {
    return this.#plan.layout.load(this.#memory, this.#plan.shards[0]?.gradient ?? 0);
  }

  /** See {@linkcode TrainingModel.lossAndGradient}. */
  lossAndGradient(documents: readonly (readonly Token[])[]): number {
    this.#check(documents);
    const { shards } = this.#tasks;
    // The first parts have one document more where they do not come out even.
    let next = 0;
    shards.forEach((shard, i) => {
      const end = Math.ceil(documents.length * (i + 1) / shards.length);
      shard.load(documents.slice(next, end), documents.length);
      next = end;
    });
    this.#phase(Phase.shard);
    if (shards.length > 1) this.#phase(Phase.sum);
    return shards.reduce((loss, shard) => loss + shard.loss(), 0);
  }

  /** See {@linkcode TrainingModel.update}. */
  update({ step, learningRate, beta1, beta2, epsilon }: AdamUpdate): void {
    const rate = learningRate / (1 - beta1 ** step);
    const inverse = 1 / (1 - beta2 ** step);
    this.#memory.f32.set([rate, inverse, beta1, beta2, epsilon], this.#plan.update / 4);
    this.#phase(Phase.adam);
    this.#phase(Phase.pack);
  }

  /** Ends the threads; the model cannot be trained any further. */
  close(): void {
    this.#pool.stop();
    for (const worker of this.#workers) worker.terminate();
  }

  #phase(phase: number): void {
    const count = this.#tasks.count(phase);
    if (this.#workers.length > 0) this.#pool.phase(phase, count);
    else for (let index = 0; index < count; index++) this.#tasks.run(phase, index);
  }

  #check(documents: readonly (readonly Token[])[]): void {
    const { blockSize } = this.#plan.spec;
    if (documents.length < 1 || documents.length > this.#batchSize) {
      throw new RangeError(
        `Cannot train on ${documents.length} documents: expected 1 or more, at most ${this.#batchSize}`,
      );
    }
    for (const { length } of documents) {
      if (length >= 2 && length <= blockSize + 1) continue;
      throw new RangeError(
        `Cannot train on a document of ${length} tokens: expected 2 to ${blockSize + 1} tokens`,
      );
    }
  }
}

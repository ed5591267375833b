import type { Arena } from "./wasm_memory.ts";
import { Shard } from "./training_shard.ts";
import type { TrainingPlan } from "./training_plan.ts";

/** What a phase of a training step consists of; each task of a phase can be done by any thread. */
export const Phase = {
  /** A shard's forward and backward pass. */
  shard: 0,
  /** The sum of the shards' gradients over one range of the parameters. */
  sum: 1,
  /** Adam over one range of the parameters. */
  adam: 2,
  /** A part of the matrices packed anew, for one of the passes. */
  pack: 3,
} as const;

/**
 * What the parameters, where each is computed by itself, and the matrices to pack are divided into:
 * enough for any number of threads here, whatever the size of the model.
 */
const PARTS = 16;

/** The tasks of training, over an arena that several threads may share. */
export class TrainingTasks {
  /** The parts of a batch. */
  readonly shards: readonly Shard[];
  readonly #arena: Arena;
  readonly #plan: TrainingPlan;

  /** Over `arena`, laid out by `plan`. */
  constructor(arena: Arena, plan: TrainingPlan) {
    this.#arena = arena;
    this.#plan = plan;
    this.shards = plan.shards.map((at) => new Shard(arena, plan, at));
  }

  /** How many tasks a phase has. */
  count(phase: number): number {
    if (phase === Phase.shard) return this.shards.length;
    return phase === Phase.pack ? 2 * PARTS : PARTS;
  }

  /** Does task `index` of a phase. */
  run(phase: number, index: number): void {
    if (phase === Phase.shard) this.shards[index]?.run();
    else if (phase === Phase.sum) this.#sum(index);
    else if (phase === Phase.adam) this.#adam(index);
    else this.#pack(index);
  }

  #range(index: number): { from: number; count: number } {
    const { size } = this.#plan.layout;
    const each = Math.ceil(size / PARTS / 4) * 4;
    const from = Math.min(size, index * each);
    return { from, count: Math.min(size, from + each) - from };
  }

  #sum(index: number): void {
    const { from, count } = this.#range(index);
    const [first, ...others] = this.#plan.shards;
    if (first === undefined) return;
    for (const { gradient } of others) {
      this.#arena.kernels.addTo(first.gradient + 4 * from, gradient + 4 * from, count);
    }
  }

  #adam(index: number): void {
    const { from, count } = this.#range(index);
    const { parameters, first, second, update, shards } = this.#plan;
    const numbers = this.#arena.f32.subarray(update / 4, update / 4 + 5);
    const [rate = 0, inverse = 0, beta1 = 0, beta2 = 0, epsilon = 0] = numbers;
    this.#arena.kernels.adam(
      parameters + 4 * from,
      (shards[0]?.gradient ?? 0) + 4 * from,
      first + 4 * from,
      second + 4 * from,
      count,
      rate,
      inverse,
      beta1,
      beta2,
      epsilon,
    );
  }

  #pack(index: number): void {
    const { forward, backward, parameters } = this.#plan;
    const packed = index < PARTS ? forward : backward;
    packed.pack(this.#arena, parameters, index % PARTS, PARTS);
  }
}

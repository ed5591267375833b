/**
 * A thread that helps {@linkcode SimdGpt}: it is sent the memory and the sizes once, and from then on
 * runs lanes until it is told to stop.
 *
 * @module
 */
import type { ModelSpec } from "../language_model.ts";
import { Arena } from "./wasm_memory.ts";
import { Lane } from "./inference_batch.ts";
import { planInference } from "./inference_plan.ts";
import { serve } from "./task_pool.ts";

/** What a worker is sent. */
export interface WorkerOrder {
  /** The arena's memory. */
  readonly memory: WebAssembly.Memory;
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** How many lanes there are. */
  readonly lanes: number;
}

/** Where a worker's orders come from: the part of its global scope that is used. */
declare const self: {
  onmessage: ((event: MessageEvent<WorkerOrder>) => void) | null;
  close(): void;
};

self.onmessage = ({ data: { memory, spec, lanes: count } }) => {
  const plan = planInference(spec, count);
  const arena = new Arena(plan.arena, memory);
  const lanes = plan.lanes.map((at) => new Lane(arena, plan, at));
  const control = arena.i32.subarray(plan.control / 4, plan.control / 4 + 16);
  serve(control, (_phase, index) => lanes[index]?.run());
  self.close();
};

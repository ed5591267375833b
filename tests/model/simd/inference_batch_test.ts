// @ts-types="../../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Arithmetic } from "../../../src/model/simd/arithmetic.ts";
import { InferenceBatch } from "../../../src/model/simd/inference_batch.ts";
import { SimdGpt } from "../../../src/model/simd/inference_gpt.ts";
import { planInference } from "../../../src/model/simd/inference_plan.ts";
import { padded } from "../../../src/model/simd/parameter_layout.ts";
import { WasmMemory } from "../../../src/model/simd/wasm_memory.ts";
import type { WorkerJob } from "../../../src/model/simd/worker.ts";
import { randomWeights } from "../small_model.ts";
import { testInEach } from "./arithmetics.ts";

/** Among the words by which threads agree: how many parts of the product are done. */
const DONE = 3;
/** Looks, of a millisecond each, after which a worker that has done nothing will not do anything. */
const MOST_LOOKS = 30_000;

/** Wide enough that one row is worth dividing; columns that two threads cannot divide evenly. */
const spec = { vocabSize: 27, blockSize: 4, nEmbd: 420, nHead: 4, nLayer: 1 };
const weights = randomWeights(spec);
const tokens = [3, 1, 4];
const PRODUCTS = 4 * spec.nLayer + 1;

testInEach(
  (kind) =>
    `InferenceBatch, ${kind}: of few rows a worker computes a part of every product, to the same bits`,
  (kind) => {
    const alone = new SimdGpt(weights, 1, kind);
    const sequence = alone.open();
    const expected = tokens.map((token) =>
      alone.forward([{ sequence, tokens: [token], rows: 1 }])[0]
    );
    const { logits, shared, lost } = readWithWorker(kind);
    // At least one pass; after one in which the worker had to wait for a processor, some run without it.
    assertEquals({ isShared: shared >= PRODUCTS, lost }, { isShared: true, lost: 0 });
    assertEquals(logits, expected);
  },
);

/**
 * The logits after each token, read one by one by two threads, and how many products these shared. This
 * thread goes on with a part of a product when the other part is done, which only the worker can do;
 * `lost` counts the parts in which it never was.
 */
function readWithWorker(
  arithmetic: Arithmetic,
): { logits: Float64Array[]; shared: number; lost: number } {
  const plan = planInference(spec, 2);
  const memory = new WasmMemory(plan.memory, arithmetic);
  plan.layout.store(weights, memory, plan.parameters);
  plan.packed.pack(memory, plan.parameters);
  const cache = memory.extend(spec.nLayer * (spec.blockSize + 3) * 2 * padded(spec.nEmbd) * 4);
  let shared = 0;
  let lost = 0;
  const { kernels } = memory;
  const passPrepare: typeof kernels.passPrepare = (at, step) => {
    shared++;
    kernels.passPrepare(at, step);
  };
  const passMultiply: typeof kernels.passMultiply = (at, step, part, count) => {
    const words = memory.i32.subarray(plan.control / 4);
    const isDone = (): boolean => Atomics.load(words, DONE) > 0;
    let looks = lost > 0 ? MOST_LOOKS : 0;
    while (!isDone() && looks++ < MOST_LOOKS) Atomics.wait(words, DONE, 0, 1);
    if (!isDone()) lost++;
    kernels.passMultiply(at, step, part, count);
  };
  Object.defineProperty(memory, "kernels", { value: { ...kernels, passPrepare, passMultiply } });
  const batch = new InferenceBatch(memory, plan, () => {
    const worker = new Worker(new URL("../../../src/model/simd/worker.ts", import.meta.url), {
      type: "module",
    });
    const job: WorkerJob = {
      kind: "inference",
      shared: memory.shared,
      arithmetic,
      spec,
      shards: plan.shards.length,
    };
    worker.postMessage(job);
    return worker;
  });
  try {
    // After so many rows there are threads.
    batch.begin(1000);
    const logits = tokens.map((token, i) => {
      const answer = new Float64Array(spec.vocabSize);
      batch.begin(1);
      batch.read([token], 0, i, cache, 1, answer);
      batch.end();
      return answer;
    });
    return { logits, shared, lost };
  } finally {
    batch.close();
  }
}

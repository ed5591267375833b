import { sample } from "../../src/decode/sample/sample.ts";
import { greedy } from "../../src/decode/sample/greedy.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import type { DecodeResult, Decoding, Strategy } from "../../src/decode/strategy.ts";
import { temperature } from "../../src/decode/warp/temperature.ts";
import { inferenceShardCount } from "../../src/model/simd/inference_batch.ts";
import { shardCount } from "../../src/model/simd/training_plan.ts";
import { untrained } from "../../src/model/engine.ts";
import type { Arithmetic } from "../../src/model/simd/arithmetic.ts";
import { engines } from "../../src/model/engines.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { train } from "../../src/train/trainer.ts";
import { ADAM, benchWeights, type DecodingWork, type TrainingWork, type Work } from "./work.ts";

/** Samples of a prompt in a pass, in multiples of the batch: the scheduler refills as they end. */
const REFILLS = 4;

/**
 * A pass over `work` on our engine, by the code that a run uses; it says how much it did. Threads that
 * it may have beside this one end with the process. The arithmetic is the processor's, if left out.
 */
export function engineWork(work: Work, threads: number, arithmetic?: Arithmetic): () => number {
  return work.kind === "training"
    ? training(work, threads, arithmetic)
    : decoding(work, threads, arithmetic);
}

/** Whether more than one thread would have something to do. */
export function isParallel(work: Work): boolean {
  if (work.kind === "training") return shardCount(work.spec, batchSizeOf(work)) > 1;
  // Of one text, too: threads divide the columns of a large model's products.
  return inferenceShardCount(work.spec, navigator.hardwareConcurrency) > 1;
}

function batchSizeOf({ batches }: TrainingWork): number {
  return batches[0]?.length ?? 0;
}

function training(
  work: TrainingWork,
  threads: number,
  arithmetic: Arithmetic | undefined,
): () => number {
  const { spec, batches } = work;
  const documents = batches.flat();
  const batchSize = batchSizeOf(work);
  const model = engines.simd.trainingModel(
    untrained(benchWeights(spec)),
    batchSize,
    threads,
    arithmetic,
  );
  const steps = train(model, documents, { ...ADAM, steps: Infinity, batchSize });
  return () => {
    for (let update = 0; update < batches.length; update++) steps.next();
    return documents.length;
  };
}

function decoding(
  work: DecodingWork,
  threads: number,
  arithmetic: Arithmetic | undefined,
): () => number {
  const decode = decoder(work, threads, arithmetic);
  // Every token counts that was chosen, a stop token included: each is one pass of the model.
  return () => decode().reduce((sum, { logProbs }) => sum + logProbs.length, 0);
}

/** All texts of `work`, decoded anew at each call. */
export function decoder(
  work: DecodingWork,
  threads = 1,
  arithmetic?: Arithmetic,
): () => DecodeResult[] {
  const { kind, spec, prompts, batch, maxNewTokens, stops } = work;
  const target = engines.simd.languageModel(benchWeights(spec), threads, arithmetic);
  const strategy: Strategy = kind === "greedy" ? greedy : sample([temperature(work.temperature)]);
  const texts = kind === "greedy" ? 1 : REFILLS * batch;
  const stream = CounterStream.fromSeed(1);
  let pass = 0;
  function* decodings(): Generator<Decoding> {
    for (const prompt of prompts) {
      for (let number = 0; number < texts; number++) {
        const random = stream.child(pass, number);
        yield strategy({ target, prompt, stops, maxNewTokens, random });
      }
    }
    pass++;
  }
  return () => schedule(decodings(), { concurrency: batch });
}

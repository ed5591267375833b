import { DivergedError } from "../model/diverged_error.ts";
import type { ForwardRequest, LanguageModel, Logits } from "../model/language_model.ts";
import type { DecodeResult, Decoding } from "./strategy.ts";

/** A sample in progress and the passes it waits for. */
interface Waiting {
  readonly index: number;
  readonly decoding: Decoding;
  readonly requests: readonly ForwardRequest[];
  /** The logits for them, in the same places. */
  readonly answers: Logits[];
}

/** What one model is asked, and where each answer goes. */
interface Batch {
  readonly requests: ForwardRequest[];
  readonly answers: Logits[][];
  readonly slots: number[];
}

/** How to run. */
export interface ScheduleOptions {
  /** Samples in progress at once; what it is changes no result. Default 256. */
  readonly concurrency?: number;
  /** Called with the index and the result of each sample as it ends, in no particular order. */
  readonly onResult?: (index: number, result: DecodeResult) => void;
}

/**
 * Runs every decoding to its end, answering what all of those in progress ask for with one forward
 * pass a model (continuous batching: a sample that ends makes room for the next at once). Results
 * are in the order of `decodings`.
 */
export function schedule(
  decodings: Iterable<Decoding>,
  { concurrency = 256, onResult }: ScheduleOptions = {},
): DecodeResult[] {
  const results: DecodeResult[] = [];
  const upcoming = decodings[Symbol.iterator]();
  let started = 0;
  let waiting: Waiting[] = [];

  const resume = (index: number, decoding: Decoding, answers: readonly Logits[]): void => {
    const step = decoding.next(answers);
    if (step.done) {
      results[index] = step.value;
      onResult?.(index, step.value);
    } else {
      waiting.push({ index, decoding, requests: step.value, answers: [] });
    }
  };
  const startMore = (): void => {
    while (waiting.length < concurrency) {
      const next = upcoming.next();
      if (next.done) return;
      resume(started++, next.value, []);
    }
  };

  startMore();
  while (waiting.length > 0) {
    const asking = waiting;
    answer(asking);
    waiting = [];
    for (const { index, decoding, answers } of asking) resume(index, decoding, answers);
    startMore();
  }
  return results;
}

/** One forward pass for each model that is asked. */
function answer(asking: readonly Waiting[]): void {
  const batches = new Map<LanguageModel, Batch>();
  for (const { requests, answers } of asking) {
    for (let slot = 0; slot < requests.length; slot++) {
      const request = requests[slot] as ForwardRequest;
      const { model } = request.sequence;
      let batch = batches.get(model);
      if (batch === undefined) batches.set(model, batch = { requests: [], answers: [], slots: [] });
      batch.requests.push(request);
      batch.answers.push(answers);
      batch.slots.push(slot);
    }
  }
  for (const [model, { requests, answers, slots }] of batches) {
    const logits = model.forward(requests);
    for (let i = 0; i < slots.length; i++) {
      const row = logits[i] as Logits;
      // One number that is none makes all of a row so: the residual stream feeds every logit.
      if (Number.isNaN(row[0])) {
        throw new DivergedError("expected logits, found NaN: the model's weights are too large");
      }
      (answers[i] as Logits[])[slots[i] as number] = row;
    }
  }
}

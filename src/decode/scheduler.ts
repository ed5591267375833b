import {
  DivergedError,
  type ForwardRequest,
  type LanguageModel,
  type Logits,
} from "../model/language_model.ts";
import type { DecodeResult, Decoding } from "./strategy.ts";

/** A sample in progress, the passes it waits for and the logits for them, in the same places. */
interface Waiting {
  readonly index: number;
  readonly decoding: Decoding;
  requests: readonly ForwardRequest[];
  readonly answers: Logits[];
}

/** What one model is asked, by whom, and as which of their requests. */
interface Batch {
  readonly requests: ForwardRequest[];
  readonly askers: Waiting[];
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
  const batches = new Map<LanguageModel, Batch>();
  let started = 0;
  let waiting: Waiting[] = [];

  /** Goes on with a sample; whether it waits for more. */
  const resume = (sample: Waiting): boolean => {
    const step = sample.decoding.next(sample.answers);
    if (step.done) {
      results[sample.index] = step.value;
      onResult?.(sample.index, step.value);
      return false;
    }
    sample.requests = step.value;
    return true;
  };
  const startMore = (): void => {
    while (waiting.length < concurrency) {
      const next = upcoming.next();
      if (next.done) return;
      const sample = { index: started++, decoding: next.value, requests: [], answers: [] };
      if (resume(sample)) waiting.push(sample);
    }
  };

  startMore();
  while (waiting.length > 0) {
    answer(waiting, batches);
    waiting = waiting.filter(resume);
    startMore();
  }
  return results;
}

/** One forward pass for each model that is asked. */
function answer(asking: readonly Waiting[], batches: Map<LanguageModel, Batch>): void {
  for (const asker of asking) {
    const { requests, answers } = asker;
    // A strategy may keep what it was sent, but not the array around it.
    answers.length = requests.length;
    for (let slot = 0; slot < requests.length; slot++) {
      const request = requests[slot] as ForwardRequest;
      const { requests: asked, askers, slots } = batchOf(request.sequence.model, batches);
      asked.push(request);
      askers.push(asker);
      slots.push(slot);
    }
  }
  for (const [model, batch] of batches) {
    const { requests, askers, slots } = batch;
    const logits = model.forward(requests);
    for (let i = 0; i < slots.length; i++) {
      const row = logits[i] as Logits;
      // One number that is none makes all of a row so: the residual stream feeds every logit.
      if (Number.isNaN(row[0])) {
        throw new DivergedError("expected logits, found NaN: the model's weights are too large");
      }
      (askers[i] as Waiting).answers[slots[i] as number] = row;
    }
  }
  batches.clear();
}

function batchOf(model: LanguageModel, batches: Map<LanguageModel, Batch>): Batch {
  let batch = batches.get(model);
  if (batch === undefined) batches.set(model, batch = { requests: [], askers: [], slots: [] });
  return batch;
}

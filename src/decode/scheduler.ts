/**
 * Decodes many samples at once.
 *
 * @module
 */
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
  answers: Logits[];
}

/** The requests to one model, who made each, and its place among theirs. */
interface Batch {
  readonly requests: ForwardRequest[];
  readonly askers: Waiting[];
  readonly slots: number[];
}

/** How to run. */
export interface ScheduleOptions {
  /** Samples in progress at once; results do not depend on it. Default 256. */
  readonly concurrency?: number;
  /** Called with the index and the result of each sample as it ends, in no particular order. */
  readonly onResult?: (index: number, result: DecodeResult) => void;
}

/**
 * Runs every decoding to its end, answering the requests of all those in progress with one forward
 * pass per model (continuous batching: a sample that ends makes room for the next at once). Results
 * are in the order of `decodings`.
 */
export function schedule(
  decodings: Iterable<Decoding>,
  options: ScheduleOptions = {},
): DecodeResult[] {
  return [...scheduled(decodings, options)];
}

/** Like {@linkcode schedule}, one result after the other: those that are early wait for their turn. */
export function* scheduled(
  decodings: Iterable<Decoding>,
  { concurrency = 256, onResult }: ScheduleOptions = {},
): Generator<DecodeResult, void> {
  const results = new Map<number, DecodeResult>();
  let given = 0;
  const upcoming = decodings[Symbol.iterator]();
  let started = 0;
  const waiting: Waiting[] = [];

  /** Resumes a sample; returns whether it waits for more. */
  const resume = (sample: Waiting): boolean => {
    const step = sample.decoding.next(sample.answers);
    if (step.done) {
      results.set(sample.index, step.value);
      onResult?.(sample.index, step.value);
      return false;
    }
    sample.requests = step.value;
    return true;
  };
  const resumeAll = (): void => {
    let left = 0;
    for (let i = 0; i < waiting.length; i++) {
      const sample = waiting[i] as Waiting;
      if (resume(sample)) waiting[left++] = sample;
    }
    while (waiting.length > left) waiting.pop();
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
  for (;;) {
    while (results.size > 0) {
      const next = results.get(given);
      if (next === undefined) break;
      results.delete(given++);
      yield next;
    }
    if (waiting.length === 0) return;
    answer(waiting);
    resumeAll();
    startMore();
  }
}

/** One forward pass per model. */
function answer(asking: readonly Waiting[]): void {
  const model = onlyModel(asking);
  if (model === undefined) return answerByModel(asking);
  const first = asking[0] as Waiting;
  if (asking.length === 1) {
    first.answers = read(model, first.requests);
    return;
  }
  const logits = read(model, asking.map(({ requests }) => requests[0] as ForwardRequest));
  for (let i = 0; i < asking.length; i++) {
    const { answers } = asking[i] as Waiting;
    // Only where it changes, since V8 leaves JavaScript to set it.
    if (answers.length > 1) answers.length = 1;
    answers[0] = logits[i] as Logits;
  }
}

/** The model that all wait for, where each has one request: as samples do that choose token by token. */
function onlyModel(asking: readonly Waiting[]): LanguageModel | undefined {
  const model = asking[0]?.requests[0]?.sequence.model;
  for (let i = 0; i < asking.length; i++) {
    const { requests } = asking[i] as Waiting;
    if (requests.length !== 1 || requests[0]?.sequence.model !== model) return undefined;
  }
  return model;
}

function answerByModel(asking: readonly Waiting[]): void {
  const batches = new Map<LanguageModel, Batch>();
  for (const asker of asking) {
    const { requests, answers } = asker;
    // A strategy may keep the logits, but not the array around them.
    answers.length = requests.length;
    for (let slot = 0; slot < requests.length; slot++) {
      const request = requests[slot] as ForwardRequest;
      const { requests: asked, askers, slots } = batchOf(request.sequence.model, batches);
      asked.push(request);
      askers.push(asker);
      slots.push(slot);
    }
  }
  for (const [model, { requests, askers, slots }] of batches) {
    const logits = read(model, requests);
    for (let i = 0; i < slots.length; i++) {
      (askers[i] as Waiting).answers[slots[i] as number] = logits[i] as Logits;
    }
  }
}

function batchOf(model: LanguageModel, batches: Map<LanguageModel, Batch>): Batch {
  let batch = batches.get(model);
  if (batch === undefined) batches.set(model, batch = { requests: [], askers: [], slots: [] });
  return batch;
}

/** One pass of `model`; throws a {@linkcode DivergedError} where it gives no numbers. */
function read(model: LanguageModel, requests: readonly ForwardRequest[]): Logits[] {
  const logits = model.forward(requests);
  for (let i = 0; i < logits.length; i++) {
    // If one number is NaN, the whole row is: the residual stream feeds every logit.
    if (Number.isNaN((logits[i] as Logits)[0])) {
      throw new DivergedError("expected logits, found NaN: the model's weights are too large");
    }
  }
  return logits;
}

import type { ForwardRequest, LanguageModel, Logits } from "../model/language_model.ts";
import type { DecodeResult, Decoding } from "./strategy.ts";

/** A sample in progress and the passes it waits for. */
interface Waiting {
  readonly index: number;
  readonly decoding: Decoding;
  readonly requests: readonly ForwardRequest[];
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

  const resume = (index: number, decoding: Decoding, answer: readonly Logits[]): void => {
    const step = decoding.next(answer);
    if (step.done) {
      results[index] = step.value;
      onResult?.(index, step.value);
    } else {
      waiting.push({ index, decoding, requests: step.value });
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
    const answered = waiting;
    const answers = forwardAll(answered.flatMap(({ requests }) => requests));
    waiting = [];
    let offset = 0;
    for (const { index, decoding, requests } of answered) {
      resume(index, decoding, answers.slice(offset, offset + requests.length));
      offset += requests.length;
    }
    startMore();
  }
  return results;
}

/** One forward pass for each model in `requests`; answers in the order of the requests. */
function forwardAll(requests: readonly ForwardRequest[]): Logits[] {
  const positions = Map.groupBy(requests.keys(), (i) => modelOf(requests, i));
  const answers: Logits[] = [];
  for (const [model, indices] of positions) {
    const batch = indices.map((i) => requests[i] as ForwardRequest);
    const logits = model.forward(batch);
    indices.forEach((i, j) => answers[i] = logits[j] as Logits);
  }
  return answers;
}

function modelOf(requests: readonly ForwardRequest[], index: number): LanguageModel {
  return (requests[index] as ForwardRequest).sequence.model;
}

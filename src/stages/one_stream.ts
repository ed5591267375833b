/**
 * What decoding one text at a time costs on this machine, where a batch would hide it: wall-clock
 * times, which no two runs share, and so for `timings.csv` alone.
 *
 * @module
 */
import { schedule } from "../decode/scheduler.ts";
import type { DecodeRequest, Strategy } from "../decode/strategy.ts";
import type { LanguageModel, Token } from "../model/language_model.ts";
import type { RandomStream } from "../random/random_stream.ts";

/** How often something was done, and how long that took. */
export interface Duration {
  /** Times it was done, or tokens that it gave. */
  readonly count: number;
  /** Wall-clock time, seconds. */
  readonly seconds: number;
}

/** Seconds for each. */
export function secondsEach({ count, seconds }: Duration): number {
  return seconds / count;
}

/**
 * Passes of `model` that read `rows` tokens after `text` and give the logits after each: a step for 1
 * row, a verification of γ proposals for γ + 1. No more rows are read than the block has room for.
 */
export function timePasses(
  model: LanguageModel,
  text: readonly Token[],
  rows: number,
  budget: number,
): Duration {
  const sequence = model.open();
  try {
    const before = text.slice(0, -1);
    if (before.length > 0) model.forward([{ sequence, tokens: before, rows: 0 }]);
    const room = model.spec.blockSize - before.length;
    const tokens = Array.from({ length: Math.min(rows, room) }, (_, i) => text.at(-1 - i) ?? 0);
    return repeat(budget, () => {
      model.forward([{ sequence, tokens, rows: tokens.length }]);
      sequence.truncate(before.length);
      return 1;
    });
  } finally {
    sequence.close();
  }
}

/** Texts decoded by `strategy` one after another, from each of `requests` in turn; counts choices. */
export function timeDecoding(
  strategy: Strategy,
  requests: readonly Omit<DecodeRequest, "random">[],
  random: RandomStream,
  budget: number,
): Duration {
  let number = 0;
  return repeat(budget, () => {
    const decodings = requests.map((request) =>
      strategy({ ...request, random: random.child(number++) })
    );
    const results = schedule(decodings, { concurrency: 1 });
    return results.reduce((sum, { logProbs }) => sum + logProbs.length, 0);
  });
}

/** Calls `once`, which says how much it did, for `budget` seconds, after a fifth of it unmeasured. */
function repeat(budget: number, once: () => number): Duration {
  const forSeconds = (limit: number): Duration => {
    const began = performance.now();
    for (let count = 0;;) {
      count += once();
      const seconds = (performance.now() - began) / 1000;
      if (seconds >= limit) return { count, seconds };
    }
  };
  forSeconds(budget / 5);
  return forSeconds(budget);
}

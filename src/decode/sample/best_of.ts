import type { Logits } from "../../model/language_model.ts";
import { defineStrategy, type Zod } from "../definition.ts";
import type { TextSoFar } from "../observation.ts";
import {
  type Costs,
  counted,
  type DecodeResult,
  type Decoding,
  type LogitsRequest,
  noCosts,
  type Strategy,
} from "../strategy.ts";
import { chainSchema, createWarpers } from "../warp/definitions.ts";
import type { Warper } from "../warp/warper.ts";
import { sample } from "./sample.ts";

/**
 * Draws `n` samples after `warpers` and returns the one that is the most probable by the target's own
 * log-probability, the stop token included; of equal ones the first.
 */
export function bestOf(n: number, warpers: readonly Warper[]): Strategy {
  if (!(Number.isInteger(n) && n >= 1)) {
    throw new RangeError(`Cannot take the best of ${n}: expected an integer of at least 1`);
  }
  const strategy = sample(warpers);
  return function* (request) {
    const costs = noCosts();
    const { observe } = request;
    const decodings = Array.from({ length: n }, (_, number) =>
      strategy({
        ...request,
        observe: observe && ((event) => observe({ kind: "one of several", number, event })),
      }));
    const samples = yield* runInLockstep(decodings, costs);
    const best = samples.reduce((a, b) => logProb(b) > logProb(a) ? b : a);
    observe?.({ kind: "best", texts: samples.map(textOf), number: samples.indexOf(best) });
    return { ...best, costs };
  };
}

function textOf(result: DecodeResult): TextSoFar {
  const { tokens, stopToken } = result;
  return {
    tokens: stopToken === undefined ? tokens : [...tokens, stopToken],
    logProb: logProb(result),
  };
}

function logProb({ logProbs }: DecodeResult): number {
  return logProbs.reduce((sum, one) => sum + one, 0);
}

/**
 * Runs several decodings of the target alone in lockstep: the requests of all of them are one pass,
 * counted in `costs`. Results are in the order of `decodings`.
 */
function* runInLockstep(decodings: readonly Decoding[], costs: Costs): Decoding<DecodeResult[]> {
  const results: DecodeResult[] = [];
  const answers: (readonly Logits[])[] = decodings.map(() => []);
  let waiting = [...decodings.keys()];
  for (;;) {
    const asked: LogitsRequest[] = [];
    const counts: number[] = [];
    waiting = waiting.filter((i) => {
      const step = (decodings[i] as Decoding).next(answers[i] as readonly Logits[]);
      if (step.done) {
        results[i] = step.value;
        return false;
      }
      asked.push(...step.value);
      counts.push(step.value.length);
      return true;
    });
    if (waiting.length === 0) return results;
    const logits = yield counted(costs, "target", asked);
    let from = 0;
    waiting.forEach((i, place) => {
      const count = counts[place] as number;
      answers[i] = logits.slice(from, from + count);
      from += count;
    });
  }
}

/**
 * The strategy `best_of`.
 *
 * @internal
 */
export const bestOfDefinition = defineStrategy({
  name: "best_of",
  summary: "The most probable of n samples",
  settings: (z: Zod) => ({
    n: z.int().min(1).max(10_000).default(10).describe("Samples drawn, of which one is returned"),
    warp: chainSchema(z).default([]).describe("The warpers of the distribution that is drawn from"),
  }),
  unsaid: { warp: [] },
  isDeterministic: false,
  isSearch: true,
  drawsEachToken: ({ n }) => n === 1,
  sequences: ({ n }) => n,
  create: ({ n, warp }) => bestOf(n, createWarpers(warp)),
});

/**
 * A round of speculative decoding, branch by branch: what is drafted, how much of it is accepted, what
 * is drawn then. The probability of each branch is known in closed form, and random numbers from its
 * intervals lead the algorithm into it.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import type { Strategy } from "../../src/decode/strategy.ts";
import { topK } from "../../src/decode/warp/top_k.ts";
import { temperature } from "../../src/decode/warp/temperature.ts";
import type { Warper } from "../../src/decode/warp/warper.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { decode, EOS } from "../decode/known_model.ts";
import { MockModel, type NextProbabilities } from "../decode/mock_model.ts";

/** How near to the limit between acceptance and refusal the random numbers are. */
const EDGE = 1e-9;
const VOCABULARY = [0, 1, 2, EOS];

/** Probabilities that differ after every text, the same at each call. */
const madeUp = (seed: number): NextProbabilities => (prefix) => {
  const stream = CounterStream.fromSeed(seed).child(...prefix);
  const weights = VOCABULARY.map(() => 0.05 + stream.next() ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
};
const [targetNext, draftNext] = [madeUp(1), madeUp(2)];

type Distribution = (text: readonly number[]) => number[];

/** The distribution that `warpers` make of `next`, by the textbook's softmax. */
const warped = (next: NextProbabilities, warpers: readonly Warper[]): Distribution => (text) => {
  const logits = Float64Array.from(next(text), Math.log);
  for (const warper of warpers) warper.apply(logits, text, 1);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return [...logits].map((logit) => Math.exp(logit) / total);
};

const oneHot = (q: Distribution): Distribution => (text) => {
  const shares = q(text);
  const best = shares.indexOf(Math.max(...shares));
  return shares.map((_, token) => token === best ? 1 : 0);
};

/** A way through a round: how probable, by which random numbers, and what it yields. */
interface Branch {
  readonly probability: number;
  readonly draws: readonly number[];
  readonly yields: readonly number[];
}

/** The ways to draw a token from `weights`: its share, and a number that leads to it. */
function drawings(weights: readonly number[]): { token: number; share: number; draw: number }[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  return weights.flatMap((weight, token) => {
    const draw = (before + weight / 2) / total;
    before += weight;
    return weight > 0 ? [{ token, share: weight / total, draw }] : [];
  });
}

/** Every branch of the first round; a one-hot `q` takes no random number. */
function* branches(p: Distribution, q: Distribution, draftK: number, draws: boolean) {
  function* drafted(tokens: number[], probability: number, used: number[]): Generator<Branch> {
    if (tokens.length === draftK || tokens.at(-1) === EOS) {
      yield* verified(tokens, 0, probability, used);
      return;
    }
    for (const { token, share, draw } of drawings(q([EOS, ...tokens]))) {
      yield* drafted([...tokens, token], probability * share, draws ? [...used, draw] : used);
    }
  }
  function* verified(
    tokens: number[],
    at: number,
    probability: number,
    used: number[],
  ): Generator<Branch> {
    const kept = tokens.slice(0, at);
    const here = p([EOS, ...kept]);
    const end = (weights: number[], probability: number, used: number[]): Branch[] =>
      drawings(weights).map(({ token, share, draw }) => ({
        probability: probability * share,
        draws: [...used, draw],
        yields: [...kept, token],
      }));
    if (kept.at(-1) === EOS) {
      yield { probability, draws: used, yields: kept };
    } else if (at === tokens.length) {
      yield* end(here, probability, used);
    } else {
      const there = q([EOS, ...kept]);
      const token = tokens[at] as number;
      const accepted = Math.min(1, (here[token] as number) / (there[token] as number));
      if (accepted > 0) {
        yield* verified(tokens, at + 1, probability * accepted, [...used, accepted * (1 - EDGE)]);
      }
      if (accepted < 1) {
        const left = here.map((share, i) => Math.max(0, share - (there[i] as number)));
        yield* end(left, probability * (1 - accepted), [...used, accepted + EDGE]);
      }
    }
  }
  yield* drafted([], 1, []);
}

/** The tokens of the first round of `strategy` if the random numbers are `draws`. */
function firstRound(strategy: Strategy, draws: readonly number[], length: number): number[] {
  const rest = [...draws];
  // Later rounds may draw what they like.
  const random = { next: () => rest.shift() ?? 0.5 };
  const { tokens, stop } = decode(strategy, { next: targetNext, random, maxNewTokens: 4 });
  return [...tokens, ...(stop === "eos" ? [EOS] : [])].slice(0, length);
}

const chains: readonly [string, readonly Warper[]][] = [
  ["no warpers", []],
  ["temperature 0.7 → top_k 2", [temperature(0.7), topK(2)]],
];
for (const [chain, warpers] of chains) {
  for (const choice of ["sample", "argmax"] as const) {
    for (const draftK of [1, 2, 3]) {
      Deno.test(`speculative: branch by branch the target's distribution, draft by ${choice}, draft_k ${draftK}, ${chain} (1e-12)`, () => {
        const draft = new MockModel(4, 16, draftNext);
        const strategy = speculative({
          draft: modelDraft(draft, { choice, warpers, confidence: 0 }),
          draftK,
          warpers,
        });
        const p = warped(targetNext, warpers);
        const q = choice === "sample"
          ? warped(draftNext, warpers)
          : oneHot(warped(draftNext, warpers));
        /** How probable it is that a round yields at least this. */
        const mass = new Map<string, number>();
        for (const { probability, draws, yields } of branches(p, q, draftK, choice === "sample")) {
          assertEquals(firstRound(strategy, draws, yields.length), yields);
          for (let length = 0; length <= yields.length; length++) {
            const beginning = yields.slice(0, length).join(" ");
            mass.set(beginning, (mass.get(beginning) ?? 0) + probability);
          }
        }
        assertAlmostEquals(mass.get("") ?? 0, 1, 1e-12);
        for (const beginning of mass.keys()) {
          const tokens = beginning.split(" ").filter((one) => one !== "").map(Number);
          const next = VOCABULARY.map((token) => mass.get([...tokens, token].join(" ")) ?? 0);
          const all = next.reduce((sum, share) => sum + share, 0);
          // A round that goes on after these tokens draws the next one from p.
          if (all === 0) continue;
          const expected = p([EOS, ...tokens]);
          next.forEach((share, token) =>
            assertAlmostEquals(share / all, expected[token] as number, 1e-12)
          );
        }
      });
    }
  }
}

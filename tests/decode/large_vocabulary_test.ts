/**
 * Strategies in a large vocabulary: what they do by other means there, they do as in a small one.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { chainText } from "../../src/decode/cell.ts";
import type { WarperChain } from "../../src/decode/definition.ts";
import { firstRanked, logSoftmax } from "../../src/decode/distribution.ts";
import { bestOf } from "../../src/decode/sample/best_of.ts";
import { greedy } from "../../src/decode/sample/greedy.ts";
import { mirostat } from "../../src/decode/sample/mirostat.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { beam, diverseBeam } from "../../src/decode/search/beam.ts";
import { exact } from "../../src/decode/search/exact.ts";
import { allOf, bestFirst, stochasticBeam } from "../../src/decode/search/stochastic_beam.ts";
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { promptLookup } from "../../src/decode/speculative/drafts/prompt_lookup.ts";
import { speculativeOriginal } from "../../src/decode/speculative/original.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import type { Observation } from "../../src/decode/observation.ts";
import type { DecodeRequest, DecodeResult, Strategy } from "../../src/decode/strategy.ts";
import { createWarpers, warpers } from "../../src/decode/warp/definitions.ts";
import {
  type LanguageModel,
  type Logits,
  StopTokens,
  type Token,
} from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { lawless } from "./every_text.ts";
import { MockModel, type NextProbabilities } from "./mock_model.ts";

/** A large vocabulary. */
const WIDE = 16_400;

/** The model, with tokens that never come behind its own. */
class Padded extends MockModel {
  override readonly spec;
  readonly #own: number;

  constructor(vocabSize: number, blockSize: number, next: NextProbabilities) {
    super(vocabSize, blockSize, next);
    this.#own = vocabSize;
    this.spec = { vocabSize: WIDE, blockSize };
  }

  override forward(batch: Parameters<MockModel["forward"]>[0]): Logits[] {
    return super.forward(batch).map((logits) => {
      const rows = logits.length / this.#own;
      const wide = new Float64Array(rows * WIDE).fill(-Infinity);
      for (let row = 0; row < rows; row++) {
        wide.set(logits.subarray(row * this.#own, (row + 1) * this.#own), row * WIDE);
      }
      return wide;
    });
  }
}

function decodeWith(strategy: Strategy, request: Omit<DecodeRequest, "random">): DecodeResult {
  const [result] = schedule([strategy({ ...request, random: CounterStream.fromSeed(1) })]);
  assert(result !== undefined);
  return result;
}

const chains: readonly WarperChain[] = warpers.map(({ name, strategy }) => [
  { temperature: 1.1 },
  { [name]: strategy.default },
]);

/** Strategies that leave the same to chance in both, with a draft of the same vocabulary. */
const strategies: readonly [string, (draft: LanguageModel) => Strategy][] = [
  ["greedy", () => greedy],
  ...[[], ...chains].map((chain): [string, () => Strategy] => [
    `sample(${chainText(chain)})`,
    () => sample(createWarpers(chain)),
  ]),
  ["mirostat", () => mirostat({ tau: 1, eta: .3 })],
  ["best_of", () => bestOf(3, [])],
  ["speculative", (draft) => proposes(draft, "sample", [{ top_p: .9 }])],
  ["speculative with an argmax", (draft) => proposes(draft, "argmax", [{ temperature: 2 }])],
  [
    "speculative with prompt lookup",
    () => speculative({ draft: promptLookup, draftK: 3, warpers: [] }),
  ],
  ["speculative as the original", (draft) => speculativeOriginal(draft, 3)],
  ["beam", () => beam(3, { nBest: 3 })],
  ["diverse_beam", () => diverseBeam(6, { groups: 2, penalty: 1, nBest: 4 })],
  ["exact", () => exact()],
  ["exact with many texts", () => exact({ nBest: 40 })],
  ["exact with a budget", () => exact({ nBest: 40, budget: 30 })],
];

function proposes(
  model: LanguageModel,
  choice: "sample" | "argmax",
  chain: WarperChain,
): Strategy {
  const draft = modelDraft(model, { choice, warpers: createWarpers(chain), confidence: .2 });
  return speculative({ draft, draftK: 3, warpers: createWarpers(chain) });
}

for (const [name, strategy] of strategies) {
  Deno.test(`${name}: in a large vocabulary of which few tokens ever come, does as with those few (10 models)`, () => {
    for (let seed = 0; seed < 10; seed++) {
      const next = lawless(5, seed);
      const says = lawless(5, seed + 100);
      const rest = { prompt: [4], maxNewTokens: 4 };
      const expected = decodeWith(strategy(new MockModel(5, 9, says)), {
        ...{ target: new MockModel(5, 9, next), stops: new StopTokens([4], 5), ...rest },
      });
      const found = decodeWith(strategy(new Padded(5, 9, says)), {
        ...{ target: new Padded(5, 9, next), stops: new StopTokens([4], WIDE), ...rest },
      });
      const textsOf = (result: DecodeResult) => [result, ...result.others ?? []];
      const factsOf = ({ tokens, stop }: DecodeResult) => ({ tokens, stop });
      assertEquals(textsOf(found).map(factsOf), textsOf(expected).map(factsOf));
      textsOf(found).forEach(({ logProbs, warpedLogProbs }, i) => {
        const same = textsOf(expected)[i] as DecodeResult;
        assertAlmost(logProbs, same.logProbs);
        assertAlmost(warpedLogProbs, same.warpedLogProbs);
      });
      assertEquals(found.search?.optimal, expected.search?.optimal);
      assertAlmost([found.search?.bound ?? 0], [expected.search?.bound ?? 0]);
      assertAlmost(found.speculation?.overlapAt ?? [], expected.speculation?.overlapAt ?? []);
      assertEquals(found.costs, expected.costs);
    }
  });

  Deno.test(`${name}: in a large vocabulary, an observer that ranks what it is shown changes nothing`, () => {
    const run = (observed: Partial<DecodeRequest>) =>
      decodeWith(strategy(new Padded(5, 9, lawless(5, 100))), {
        ...{ target: new Padded(5, 9, lawless(5, 0)), stops: new StopTokens([4], WIDE) },
        ...{ prompt: [4], maxNewTokens: 4, ...observed },
      });
    assertEquals(run({ observe: ranks }), run({}));
  });
}

/** As what explains the steps of a strategy does. */
function ranks(event: Observation): void {
  if (event.kind === "one of several") return ranks(event.event);
  if ("weights" in event) firstRanked(event.weights, 2);
  if ("p" in event) firstRanked(event.p, 2);
}

function assertAlmost(found: readonly number[], expected: readonly number[]): void {
  assertEquals(found.length, expected.length);
  found.forEach((value, i) => {
    const same = expected[i] as number;
    if (value !== same) assertAlmostEquals(value, same, 1e-12);
  });
}

/** The same after every prefix: tokens less and less probable, the last of them a stop. */
function falling(): { target: MockModel; logProbs: Float64Array } {
  const logits = Float64Array.from({ length: WIDE }, (_, token) => -token / 50);
  logits[WIDE - 1] = -1;
  const target = new class extends MockModel {
    constructor() {
      super(WIDE, 100, () => []);
    }
    override forward(batch: Parameters<MockModel["forward"]>[0]): Logits[] {
      super.forward(batch.map((request) => ({ ...request, rows: 0 })));
      return batch.map(() => logits.slice());
    }
  }();
  return { target, logProbs: logSoftmax(logits) };
}

Deno.test("exact: lists more continuations of a prefix where it has read all that it listed", () => {
  const { target, logProbs } = falling();
  const stop = WIDE - 1;
  const count = 400;
  const found = decodeWith(exact({ nBest: count }), {
    ...{ target, prompt: [stop], stops: new StopTokens([stop], WIDE), maxNewTokens: 2 },
  });
  // None of the best texts has a token past the 401st.
  const likely = [...Array(count + 1).keys()];
  const of = (token: Token) => logProbs[token] as number;
  const all = [
    of(stop),
    ...likely.flatMap((a) => [
      of(a) + of(stop),
      ...likely.map((b) => of(a) + of(b)),
    ]),
  ].sort((a, b) => b - a);
  const texts = [found, ...found.others ?? []];
  assertEquals(texts.length, count);
  texts.forEach(({ logProbs }, i) =>
    assertAlmostEquals(logProbs.reduce((sum, one) => sum + one, 0), all[i] as number, 1e-9)
  );
  assertEquals(found.search?.optimal, true);
  assertAlmostEquals(found.search?.bound ?? NaN, all[count] as number, 1e-9);
  assertEquals(new Set(texts.map(({ tokens, stop }) => `${tokens} ${stop}`)).size, count);
});

Deno.test("exact: the bound counts texts that were left out because better ones end at the same limit", () => {
  const { target, logProbs } = falling();
  const found = decodeWith(exact({ nBest: 3 }), {
    ...{ target, prompt: [0], stops: new StopTokens([], WIDE), maxNewTokens: 1 },
  });
  assertEquals([found, ...found.others ?? []].map(({ tokens }) => tokens), [[0], [1], [2]]);
  assertEquals(found.search?.optimal, true);
  assertAlmostEquals(found.search?.bound ?? NaN, logProbs[3] as number, 1e-12);
});

Deno.test("stochastic_beam: the continuations drawn best first have the same distribution as all with noise (20,000 draws; false alarm below 1e-6)", () => {
  const logits = Float64Array.of(1, .5, 0, -1, -Infinity);
  const random = CounterStream.fromSeed(5);
  const [score, largest, draws] = [-2, -1.3, 20_000];
  const seen = { all: new Map<string, number>(), first: new Map<string, number>() };
  const sums = { all: 0, first: 0 };
  const squares = { all: 0, first: 0 };
  for (const kind of ["all", "first"] as const) {
    for (let i = 0; i < draws; i++) {
      const offered: [number, Token][] = [];
      const competition = {
        offer: (perturbed: number, token: Token) => void offered.push([perturbed, token]),
        worst: () => offered.length >= 5 ? Infinity : -Infinity,
      };
      if (kind === "all") allOf(score, largest, logSoftmax(logits), random, competition);
      else bestFirst(score, largest, logits.slice(), random, competition);
      offered.sort(([a], [b]) => b - a);
      assertAlmostEquals(offered[0]?.[0] ?? NaN, largest, 1e-9);
      const pair = offered.slice(0, 2).map(([, token]) => token).join();
      seen[kind].set(pair, (seen[kind].get(pair) ?? 0) + 1);
      const third = offered[2]?.[0] ?? NaN;
      sums[kind] += third;
      squares[kind] += third ** 2;
    }
  }
  const p = logSoftmax(logits).map(Math.exp);
  for (const kind of ["all", "first"] as const) {
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        if (a === b) continue;
        const [pa, pb] = [p[a] as number, p[b] as number];
        const chance = pa * pb / (1 - pa);
        const deviation = Math.sqrt(draws * chance * (1 - chance));
        const error = (seen[kind].get(`${a},${b}`) ?? 0) - draws * chance;
        // 24 comparisons.
        assert(Math.abs(error) < 5.7 * deviation, `${kind} ${a},${b}: ${error / deviation}`);
      }
    }
  }
  const variance = (kind: "all" | "first") => squares[kind] / draws - (sums[kind] / draws) ** 2;
  const error = Math.sqrt((variance("all") + variance("first")) / draws);
  assert(Math.abs(sums.all - sums.first) / draws < 5.7 * error);
});

Deno.test("stochastic_beam: in a large vocabulary, different texts with their own log-probabilities, with an observer or not", () => {
  const { target, logProbs } = falling();
  const stop = WIDE - 1;
  const request = { target, prompt: [stop], stops: new StopTokens([stop], WIDE), maxNewTokens: 3 };
  const found = decodeWith(stochasticBeam(6, []), request);
  const texts = [found, ...found.others ?? []];
  assertEquals(new Set(texts.map(({ tokens }) => `${tokens}`)).size, 6);
  for (const { tokens, stopToken, logProbs: own, warpedLogProbs } of texts) {
    const chosen = stopToken === undefined ? tokens : [...tokens, stopToken];
    chosen.forEach((token, i) => {
      assertAlmostEquals(own[i] as number, logProbs[token] as number, 1e-12);
      assertAlmostEquals(warpedLogProbs[i] as number, logProbs[token] as number, 1e-12);
    });
  }
  assertEquals(decodeWith(stochasticBeam(6, []), { ...request, observe: () => {} }), found);
});

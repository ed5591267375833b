/**
 * Searches on models so small that every text can be tried.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { beam, diverseBeam } from "../../../src/decode/search/beam.ts";
import type { BeamOptions } from "../../../src/decode/search/beam_search.ts";
import { bestOf } from "../../../src/decode/sample/best_of.ts";
import { exact } from "../../../src/decode/search/exact.ts";
import { greedy } from "../../../src/decode/sample/greedy.ts";
import { sample } from "../../../src/decode/sample/sample.ts";
import { schedule } from "../../../src/decode/scheduler.ts";
import { stochasticBeam } from "../../../src/decode/search/stochastic_beam.ts";
import type { DecodeResult, Strategy } from "../../../src/decode/strategy.ts";
import { topK } from "../../../src/decode/warp/top_k.ts";
import { temperature } from "../../../src/decode/warp/temperature.ts";
import type { Warper } from "../../../src/decode/warp/warper.ts";
import { StopTokens } from "../../../src/model/language_model.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import { everyText, lawless, type Text } from "../every_text.ts";
import { decode, STOPS } from "../known_model.ts";
import { MockModel, scripted } from "../mock_model.ts";

interface Case {
  readonly seed: number;
  readonly vocabSize: number;
  readonly maxNewTokens: number;
  readonly blockSize: number;
  /** The last tokens of the vocabulary, so many of them, end a text. */
  readonly stops: number;
}

/** More than any of the models has. */
const ALL = 1000;
const models = fc.record({
  seed: fc.nat(),
  vocabSize: fc.integer({ min: 1, max: 4 }),
  maxNewTokens: fc.integer({ min: 0, max: 4 }),
  blockSize: fc.integer({ min: 1, max: 6 }),
  stops: fc.integer({ min: 1, max: 2 }),
});

function stopsOf({ vocabSize, stops }: Pick<Case, "vocabSize" | "stops">): StopTokens {
  const tokens = Array.from({ length: Math.min(stops, vocabSize) }, (_, i) => vocabSize - 1 - i);
  return new StopTokens(tokens, vocabSize);
}

/** Every text of a case's model, and what `strategy` makes of it, best first. */
function tried(
  { seed, vocabSize, maxNewTokens, blockSize, stops }: Case,
  strategy: Strategy,
): { all: Text[]; found: DecodeResult[] } {
  const next = lawless(vocabSize, seed);
  const target = new MockModel(vocabSize, blockSize, next);
  const request = {
    target,
    prompt: [vocabSize - 1],
    stops: stopsOf({ vocabSize, stops }),
    maxNewTokens,
  };
  const [result] = schedule([strategy({ ...request, random: CounterStream.fromSeed(seed) })]);
  assert(result !== undefined);
  assert(target.sequences.every(({ closed }) => closed), "a sequence was left open");
  const all = everyText(next, request);
  const found = [result, ...result.others ?? []];
  const logProbs = new Map(all.map((text) => [nameOf(text), text.logProb]));
  for (const text of found) {
    assertAlmostEquals(logProb(text), logProbs.get(nameOf(text)) ?? NaN, 1e-9);
  }
  assertEquals(new Set(found.map(nameOf)).size, found.length, "a text was found twice");
  return { all, found };
}

/** A text is the same, whichever stop token ends it. */
function nameOf({ tokens, stop }: Pick<Text, "tokens" | "stop">): string {
  return `${tokens} ${stop}`;
}

function logProb({ logProbs }: DecodeResult): number {
  return logProbs.reduce((sum, one) => sum + one, 0);
}

/** The log-probabilities of `found` are the best of `all` (1e-9; of equal ones any may be found). */
function assertBest(found: readonly DecodeResult[], all: readonly Text[], count: number): void {
  assertEquals(found.length, Math.min(count, all.length));
  found.forEach((text, i) => assertAlmostEquals(logProb(text), all[i]?.logProb ?? NaN, 1e-9));
}

Deno.test("exact: the most probable texts in order, as by trying all (1e-9, 200 models)", () => {
  fc.assert(
    fc.property(models, fc.integer({ min: 1, max: 8 }), (model, nBest) => {
      const { all, found } = tried(model, exact({ nBest }));
      assertBest(found, all, nBest);
      const { optimal, bound } = found[0]?.search ?? {};
      assertEquals(optimal, true);
      assertAlmostEquals(
        Math.exp(Math.min(bound ?? NaN, logProb(found.at(-1) as DecodeResult))),
        Math.exp(bound ?? NaN),
        1e-9,
      );
      const best = all[nBest]?.logProb ?? -Infinity;
      assert((bound ?? NaN) >= best - 1e-9, `${bound} does not bound ${best}`);
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("exact: with any budget, the texts found and a bound on the rest (200 models)", () => {
  fc.assert(
    fc.property(models, fc.integer({ min: 1, max: 40 }), (model, budget) => {
      const { all, found } = tried(model, exact({ nBest: 2, budget }));
      const { optimal, bound = NaN } = found[0]?.search ?? {};
      if (optimal) return assertBest(found, all, 2);
      for (const text of all) {
        const known = found.some((other) => nameOf(other) === nameOf(text));
        assert(known || text.logProb <= bound + 1e-9, `${text.tokens} is above the bound`);
      }
      const { costs } = found[0] as DecodeResult;
      assert(costs.targetRows <= Math.max(budget, 1) || found.length === 1, "past the budget");
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("beam: with as many beams as there are prefixes, the most probable texts (1e-9, 200 models)", () => {
  fc.assert(
    fc.property(models, fc.integer({ min: 1, max: 8 }), (model, nBest) => {
      const { all, found } = tried(model, beam(ALL, { nBest }));
      assertBest(found, all, nBest);
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("beam: with all beams and a length penalty, the best by score / lengthᵅ (1e-9, 200 models)", () => {
  fc.assert(
    fc.property(models, fc.constantFrom(0, .5, 1, 3), (model, lengthPenalty) => {
      const { all, found } = tried(model, beam(ALL, { lengthPenalty, nBest: 3 }));
      const rank = (logProb: number, { tokens, stop }: Pick<Text, "tokens" | "stop">): number =>
        logProb / Math.max(1, tokens.length + (stop === "eos" ? 1 : 0)) ** lengthPenalty;
      const ranks = all.map((text) => rank(text.logProb, text)).sort((a, b) => b - a);
      found.forEach((text, i) =>
        assertAlmostEquals(rank(logProb(text), text), ranks[i] ?? NaN, 1e-9)
      );
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("beam: is the textbook's, candidate by candidate (300 models, widths 1 to 5)", () => {
  const settings = fc.record({
    width: fc.integer({ min: 1, max: 5 }),
    lengthPenalty: fc.constantFrom(0, .7, 2),
    earlyStopping: fc.boolean(),
  });
  fc.assert(
    fc.property(models, settings, (model, { width, ...options }) => {
      const nBest = Math.ceil(width / 2);
      const { found } = tried(model, beam(width, { ...options, nBest }));
      const expected = textbook(model, width, options).slice(0, nBest);
      assertEquals(found.map(nameOf), expected.map(nameOf));
    }),
    { seed: 1, numRuns: 300 },
  );
});

/** Beam search without a thought for speed: all candidates sorted, all finished texts kept. */
function textbook(
  { seed, vocabSize, maxNewTokens, blockSize, stops: count }: Case,
  width: number,
  { lengthPenalty = 0, earlyStopping = false }: BeamOptions,
): Text[] {
  const stops = stopsOf({ vocabSize, stops: count });
  const isStop = (token: number | undefined): boolean => token !== undefined && stops.has(token);
  const next = lawless(vocabSize, seed);
  const finished: (Text & { rank: number })[] = [];
  const finish = (text: Text, length: number): void =>
    void finished.push({ ...text, rank: text.logProb / Math.max(1, length) ** lengthPenalty });
  let live: { tokens: number[]; logProb: number }[] = [{ tokens: [], logProb: 0 }];
  for (let length = 0;; length++) {
    const cut = length >= maxNewTokens
      ? "max_new_tokens"
      : 1 + length >= blockSize
      ? "block_size"
      : undefined;
    if (cut !== undefined) { for (const text of live) finish({ ...text, stop: cut }, length); }
    if (cut !== undefined || live.length === 0) break;
    if (earlyStopping && finished.length >= width) break;
    const candidates = live.flatMap(({ tokens, logProb }) =>
      next([vocabSize - 1, ...tokens]).map((p, token) => ({
        tokens: [...tokens, token],
        logProb: logProb + Math.log(p),
      }))
    ).filter(({ logProb }) => logProb > -Infinity)
      .sort((a, b) => b.logProb - a.logProb).slice(0, (1 + stops.tokens.length) * width);
    const ended = new Set<string>();
    for (const { tokens } of candidates.slice(0, width)) {
      const own = tokens.slice(0, -1);
      const parent = live.find((other) => `${other.tokens}` === `${own}`);
      if (parent === undefined || !isStop(tokens.at(-1)) || ended.has(`${own}`)) continue;
      ended.add(`${own}`);
      const probabilities = next([vocabSize - 1, ...own]);
      const ending = stops.tokens.reduce((sum, stop) => sum + (probabilities[stop] ?? 0), 0);
      const logProb = parent.logProb + Math.log(ending);
      finish({ tokens: own, logProb, stop: "eos" }, length + 1);
    }
    live = candidates.filter(({ tokens }) => !isStop(tokens.at(-1))).slice(0, width);
  }
  return finished.sort((a, b) => b.rank - a.rank);
}

Deno.test("beam: of width 1 is greedy (200 models)", () => {
  fc.assert(
    fc.property(models, (model) => {
      const [one] = tried(model, beam(1)).found;
      const [other] = tried(model, greedy).found;
      assertEquals(one?.logProbs, other?.logProbs);
      assertEquals([one?.tokens, one?.stop], [other?.tokens, other?.stop]);
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("diverseBeam: one group is beam; a penalty of 0 makes all groups alike (200 models)", () => {
  fc.assert(
    fc.property(models, fc.integer({ min: 1, max: 4 }), (model, width) => {
      const texts = (strategy: Strategy): string[] => tried(model, strategy).found.map(nameOf);
      const plain = texts(beam(width, { nBest: width }));
      assertEquals(texts(diverseBeam(width, { groups: 1, penalty: 5, nBest: width })), plain);
      assertEquals(texts(diverseBeam(3 * width, { groups: 3, penalty: 0, nBest: width })), plain);
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("diverseBeam: a group avoids the tokens of those before it, by the penalty alone", () => {
  // By itself each group begins with 0: .5 against .3 and .2. Above ln(.5/.3) = .51 the second takes
  // 1, and the third 0 again, which has been taken but once; above ln(.5/.2) = .92 the third takes 2.
  const firsts = (penalty: number): number[] => {
    const strategy = diverseBeam(3, { groups: 3, penalty, nBest: 3 });
    const result = decode(strategy, { next: () => [.5, .3, .2, 0], maxNewTokens: 1 });
    return [result, ...result.others ?? []].map(({ tokens }) => tokens[0] ?? NaN);
  };
  assertEquals(firsts(.25), [0]);
  assertEquals(firsts(.52), [0, 1]);
  assertEquals(firsts(.93), [0, 1, 2]);
});

Deno.test("diverseBeam: texts are compared without the penalty", () => {
  const strategy = diverseBeam(2, { groups: 2, penalty: 9, nBest: 2 });
  const { logProbs, others } = decode(strategy, { next: () => [.6, .4, 0, 0], maxNewTokens: 1 });
  assertAlmostEquals(logProbs[0] ?? NaN, Math.log(.6), 1e-12);
  assertAlmostEquals(others?.[0]?.logProbs[0] ?? NaN, Math.log(.4), 1e-12);
});

Deno.test("diverseBeam: the best are taken group by group, as many of each, best first (100 models)", () => {
  const size = 24;
  const texts = (strategy: Strategy, seed: number): { name: string; score: number }[] => {
    const result = decode(strategy, {
      next: lawless(size, seed),
      vocabSize: size,
      stops: new StopTokens([size - 1], size),
      prompt: [size - 1],
      maxNewTokens: 4,
    });
    return [result, ...result.others ?? []].map(({ tokens, stop, logProbs }) => (
      { name: `${tokens} ${stop}`, score: logProbs.reduce((sum, one) => sum + one, 0) }
    ));
  };
  let uneven = 0;
  for (let seed = 0; seed < 100; seed++) {
    for (const width of [2, 4]) {
      // The first group is a beam search of its own; the penalty keeps the second from its tokens.
      const first = texts(beam(width, { nBest: width }), seed);
      const options = { groups: 2, penalty: 1000 };
      const found = texts(diverseBeam(2 * width, { ...options, nBest: width }), seed);
      assertEquals(found.length, width);
      assertEquals(found, found.toSorted((a, b) => b.score - a.score));
      const ofFirst = found.filter(({ name }) => first.some((other) => other.name === name));
      assertEquals(ofFirst, first.slice(0, width / 2));
      // By rank over both groups the first would have another one here.
      if ((first[width / 2]?.score ?? 0) > (found.at(-1)?.score ?? 0)) uneven++;
    }
  }
  assert(uneven > 50, `${uneven}`);
});

Deno.test("diverseBeam: of fewer texts than groups those of the best groups, each text once", () => {
  // The groups' texts are 0, 1 and 2; without a penalty all three are 0, and 1 is the second best.
  const texts = (penalty: number, nBest: number): number[] => {
    const next = (): number[] => [.2, .5, .3, 0];
    const strategy = diverseBeam(6, { groups: 3, penalty, nBest });
    const result = decode(strategy, { next, maxNewTokens: 1 });
    return [result, ...result.others ?? []].map(({ tokens }) => tokens[0] ?? NaN);
  };
  assertEquals(texts(0, 1), [1]);
  assertEquals(texts(0, 2), [1, 2]);
  assertEquals(texts(9, 2), [1, 2]);
});

Deno.test("beam: an EOS outside the best width ends nothing", () => {
  // At first EOS is second: with one beam it is not looked at, with two it wins.
  const next = (prefix: readonly number[]): number[] =>
    prefix.length === 1 ? [.5, .1, 0, .4] : [.4, .3, .3, 0];
  const tokens = (width: number): readonly number[] =>
    decode(beam(width), { next, maxNewTokens: 2 }).tokens;
  assertEquals([tokens(1), tokens(2)], [[0, 0], []]);
});

Deno.test("beam: an EOS among the best leaves room for as many beams as before", () => {
  // EOS, 0 and 1 in this order: two beams go on with 0 and 1, and 1 has the better end.
  const next = (prefix: readonly number[]): number[] =>
    prefix.length === 1 ? [.3, .25, 0, .45] : prefix.at(-1) === 1 ? [0, 0, 0, 1] : [.5, .5, 0, 0];
  const { others } = decode(beam(2, { nBest: 2 }), { next, maxNewTokens: 2 });
  assertEquals(others?.map(({ tokens }) => tokens), [[1]]);
});

Deno.test("beam: reads no more than it needs to know the best", () => {
  // After 1 EOS with .4 · .9 the beams are at .6 · .5 and lower, all of them below .36.
  assertEquals(decode(beam(2)).costs.targetCalls, 2);
  // With two to return it goes on until the second is safe.
  assert(decode(beam(2, { nBest: 2 })).costs.targetCalls > 2);
});

Deno.test("beam: a length penalty lets a longer text win, and the search continues for it", () => {
  // EOS at once .5; else 0 0 0 … with .9 each.
  const next = (prefix: readonly number[]): number[] =>
    prefix.length === 1 ? [.5, 0, 0, .5] : [.9, 0, 0, .1];
  const tokens = (lengthPenalty: number): number =>
    decode(beam(2, { lengthPenalty }), { next, maxNewTokens: 5 }).tokens.length;
  assertEquals([tokens(0), tokens(1)], [0, 5]);
});

Deno.test("bestOf: the most probable of n samples, whose passes are shared (200 models)", () => {
  fc.assert(
    fc.property(models, fc.integer({ min: 1, max: 6 }), (model, n) => {
      const [best] = tried(model, bestOf(n, [])).found;
      if (n === 1) assertEquals(best, tried(model, sample([])).found[0]);
      const { costs, tokens } = best as DecodeResult;
      assert(costs.targetCalls >= tokens.length);
      assert(costs.targetCalls <= Math.min(model.maxNewTokens, model.blockSize - 1));
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("bestOf: compares by the target's own log-probability, not the warped one", () => {
  // Warped, 0 is nearly certain everywhere. The first sample is 0 0, with .6 · .2 in truth, the
  // second 1 EOS, with .4 · .9.
  const favours: Warper = {
    name: "favours 0",
    value: 5,
    apply: (logits) => void (logits[0] = (logits[0] as number) + 5),
  };
  const { tokens, warpedLogProbs } = decode(bestOf(2, [favours]), {
    random: scripted([.5, .9999, .5, .99]),
    maxNewTokens: 2,
  });
  assertEquals(tokens, [1]);
  assert((warpedLogProbs[0] ?? NaN) < Math.log(.01));
});

Deno.test("stochasticBeam: with room for all, every text once, by the order drawn (200 models)", () => {
  fc.assert(
    fc.property(models, (model) => {
      const { all, found } = tried(model, stochasticBeam(ALL, []));
      assertEquals(found.map(nameOf).sort(), all.map(nameOf).sort());
    }),
    { seed: 1, numRuns: 200 },
  );
});

for (const warpers of [[], [temperature(.6), topK(3)]]) {
  const named = warpers.map(({ name }) => name).join(" → ") || "no warper";
  Deno.test(`stochasticBeam: ${named}: pairs are drawn without replacement (χ², false alarm 1e-6, seeded)`, () => {
    const next = lawless(4, 11);
    const target = new MockModel(4, 16, next);
    const request = { target, prompt: [3], stops: STOPS, maxNewTokens: 2 };
    const all = everyText(next, request, warpers);
    const draws = 20_000;
    const stream = CounterStream.fromSeed(1);
    const strategy = stochasticBeam(2, warpers);
    const counts = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const [first] = schedule([strategy({ ...request, random: stream.child(i) })]);
      const pair = [first, ...first?.others ?? []].map((text) => nameOf(text as DecodeResult));
      const key = pair.join(" then ");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // P(a, then b) = p(a) p(b) / (1 − p(a)); pairs expected fewer than ten times are one bin.
    const bins = all.flatMap((a) =>
      all.filter((b) => b !== a).map((b) => {
        const [p, q] = [Math.exp(a.logProb), Math.exp(b.logProb)];
        const key = `${nameOf(a)} then ${nameOf(b)}`;
        return { expected: draws * p * q / (1 - p), seen: counts.get(key) ?? 0 };
      })
    );
    const large = bins.filter(({ expected }) => expected >= 10);
    const small = bins.filter(({ expected }) => expected < 10);
    const total = (key: "expected" | "seen"): number =>
      small.reduce((sum, bin) => sum + bin[key], 0);
    const tested = [
      ...large,
      ...small.length > 0 ? [{ expected: total("expected"), seen: total("seen") }] : [],
    ];
    assertEquals(tested.reduce((sum, { seen }) => sum + seen, 0), draws);
    const chiSquare = tested.reduce(
      (sum, { expected, seen }) => sum + (seen - expected) ** 2 / expected,
      0,
    );
    // Wilson and Hilferty's approximation of the 1 − 1e-6 quantile.
    const degrees = tested.length - 1;
    const quantile = degrees * (1 - 2 / (9 * degrees) + 4.753 * Math.sqrt(2 / (9 * degrees))) ** 3;
    assert(chiSquare < quantile, `χ² = ${chiSquare} of ${degrees} degrees, above ${quantile}`);
  });
}

Deno.test("exact: of equally probable texts always the same, different ones", () => {
  const texts = (): string[] => {
    const result = decode(exact({ nBest: 5 }), { next: () => [.25, .25, .25, .25] });
    return [result, ...result.others ?? []].map(nameOf);
  };
  assertEquals(texts(), texts());
  assertEquals(texts()[0], " eos");
  assertEquals(new Set(texts()).size, 5);
});

Deno.test("exact: without a text in its budget it completes the best prefix, past it", () => {
  // EOS is impossible: a text is complete with three tokens.
  const { tokens, stop, costs, search } = decode(exact({ budget: 1 }), {
    next: () => [.6, .4, 0, 0],
    maxNewTokens: 3,
  });
  assertEquals({ tokens, stop, rows: costs.targetRows }, {
    tokens: [0, 0, 0],
    stop: "max_new_tokens",
    rows: 3,
  });
  // All that is known of the others is that they begin with 0 or 1.
  assertEquals(search?.optimal, false);
  assertAlmostEquals(search?.bound ?? NaN, Math.log(.6), 1e-12);
});

Deno.test("beam, diverseBeam, exact, bestOf, stochasticBeam: invalid settings are refused", () => {
  const refused: readonly [() => unknown, string][] = [
    [() => beam(0), "at least 1"],
    [() => beam(2, { nBest: 3 }), "the 3 best of 2 beams"],
    [() => beam(2, { lengthPenalty: -1 }), "at least 0"],
    [() => diverseBeam(4, { groups: 3, penalty: 1 }), "a divisor of 4"],
    [() => diverseBeam(4, { groups: 2, penalty: -1 }), "at least 0"],
    [() => exact({ nBest: 0 }), "at least 1"],
    [() => exact({ budget: 0 }), "at least 1"],
    [() => bestOf(0, []), "at least 1"],
    [() => stochasticBeam(0, []), "at least 1"],
  ];
  for (const [make, message] of refused) assertThrows(make, RangeError, message);
});

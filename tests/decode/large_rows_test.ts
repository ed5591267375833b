// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  draw,
  logNormaliser,
  logProbability,
  ranked,
  softmax,
} from "../../src/decode/distribution.ts";
import * as kernels from "../../src/decode/kernels.wasm";
import { isLarge, workRow } from "../../src/decode/large_rows.ts";
import { createWarpers, type WarperSettings } from "../../src/decode/warp/definitions.ts";
import { warp } from "../../src/decode/warp/warper.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { support } from "./warp/warped.ts";

const SMALLEST = 16_385;

/** Kinds of logits, each made of a random number in [0, 1) and the token. */
const KINDS: Record<string, (u: number, token: number) => number> = {
  "like a model's": (u) => 3 * Math.log(u / (1 - u) + 1e-9),
  "with one that stands out": (u, token) => token === 9000 ? 40 : 2 * u,
  "almost equal": (u) => 5 + u * 1e-9,
  "all equal": () => -2,
  "of few values": (u) => Math.floor(7 * u),
  "of two values": (u) => u < .3 ? 1 : -1,
  "mostly forbidden": (u) => u < .999 ? -Infinity : 100 * u,
  "by turns forbidden": (u, token) => token % 2 === 0 ? -Infinity : u,
  "of all sizes": (u) => (u < .5 ? -1 : 1) * 2 ** (600 * (u - .5)),
  "of the largest size": (u) => (2 * u - 1) * 1.7e308,
  "of the smallest size": (u) => Math.round(u * 50) * 5e-324,
  "falling": (_, token) => -token / 100,
  "like many words": (u, token) =>
    Math.round(40 * u) / 40 - 1.2 * Math.log(1 + token * 7919 % 9973),
};

/** A row as it is told by a failure: few numbers make it. */
const anyLarge = fc.record({
  kind: fc.constantFrom(...Object.keys(KINDS)),
  size: fc.integer({ min: SMALLEST, max: SMALLEST + 10_000 }),
  seed: fc.nat(1000),
});

function rowOf({ kind, size, seed }: { kind: string; size: number; seed: number }): Float64Array {
  const random = CounterStream.fromSeed(seed);
  const make = KINDS[kind] as (u: number, token: number) => number;
  return Float64Array.from({ length: size }, (_, i) => make(random.next(), i));
}

function kept(logits: Float64Array, chain: WarperSettings): number[] {
  const warped = logits.slice();
  warp(createWarpers([chain]), warped, [0], 1);
  const tokens = support(warped);
  assert(tokens.every((token) => warped[token] === logits[token]));
  return tokens;
}

/** Holds that `tokens` are `expected`, in any order; quick, as there are many. */
function assertTokens(tokens: readonly number[], expected: readonly number[]): void {
  const isExpected = new Set(expected);
  assertEquals(tokens.length, expected.length);
  for (const token of tokens) assert(isExpected.has(token), `${token} is kept`);
}

/** Probabilities by `Math.exp`, and their sum before they were divided by it. */
function plainSoftmax(logits: Float64Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const sum = weights.reduce((sum, weight) => sum + weight);
  return weights.map((weight) => weight / sum);
}

function check(name: string, property: (logits: Float64Array) => void): void {
  Deno.test(`large rows: ${name} (${RUNS} rows of ${SMALLEST} tokens or more)`, () => {
    fc.assert(fc.property(anyLarge, (row) => property(rowOf(row))), {
      numRuns: RUNS,
      seed: 1,
    });
  });
}
const RUNS = 30;

check("top_k keeps the first k of all that are sorted, of equal ones the lower ids", (logits) => {
  const order = ranked(logits).filter((token) => logits[token] !== -Infinity);
  for (const k of [1, 2, 49, 1000, 9000, logits.length - 1]) {
    assertTokens(kept(logits, { top_k: k }), order.slice(0, k));
  }
});

/** Holds that `tokens` are the first of `order` whose mass reaches `p`, but for rounding. */
function assertReaches(tokens: number[], order: number[], probabilities: Float64Array, p: number) {
  assertTokens(tokens, order.slice(0, tokens.length));
  const masses = order.slice(0, tokens.length).map((token) => probabilities[token] as number);
  const mass = masses.reduceRight((sum, one) => sum + one, 0);
  assert(mass >= p - 1e-11, `${mass} of ${p}`);
  assert(mass - (masses.at(-1) as number) < p + 1e-11, `${mass} of ${p} without the last`);
}

check("top_p keeps the fewest of all that are sorted, of equal ones the lower ids", (logits) => {
  const probabilities = plainSoftmax(logits);
  const order = ranked(logits).filter((token) => logits[token] !== -Infinity);
  for (const p of [1e-9, .1, .5, .9, .999]) {
    assertReaches(kept(logits, { top_p: p }), order, probabilities, p);
  }
});

check("typical_p keeps the fewest, those of the most typical surprisal", (logits) => {
  const probabilities = plainSoftmax(logits);
  const isThere = (token: number) => logits[token] !== -Infinity;
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const mean = largest +
    probabilities.reduce(
      (sum, p, token) => p === 0 ? sum : sum + p * ((logits[token] as number) - largest),
      0,
    );
  // Where the distance is rounded otherwise here, tokens about as near may change places.
  const distances = logits.map((logit) => Math.abs(logit - mean));
  for (const p of [.1, .5, .9]) {
    const tokens = kept(logits, { typical_p: p });
    const isKept = new Set(tokens);
    let furthest = 0;
    let nearest = Infinity;
    let mass = 0;
    for (const token of logits.keys()) {
      const distance = distances[token] as number;
      if (isKept.has(token)) {
        furthest = Math.max(furthest, distance);
        mass += probabilities[token] as number;
      } else if (isThere(token)) nearest = Math.min(nearest, distance);
    }
    assert(furthest <= nearest + 1e-11 * Math.max(1, furthest), `${furthest} ${nearest}`);
    assert(mass >= p - 1e-11, `${mass} of ${p}`);
    const edge = tokens.filter((token) => (distances[token] as number) >= furthest - 1e-11);
    const least = mass - edge.reduce((sum, token) => sum + (probabilities[token] as number), 0);
    assert(least < p + 1e-11, `${least} of ${p} without those at the edge`);
  }
});

/** Where in the kernels' memory there is room that only these tests use. */
const OWN_PAGE = kernels.memory.grow(12);

/** The row after `top_p` or `typical_p` of `p` by the exponentials of all tokens, in memory of its own. */
function keptExactly(logits: Float64Array, isNear: boolean, p: number): Float64Array {
  const count = logits.length;
  const room = 16 * Math.ceil(count / 16 + 1);
  const [x, e, members, places, bins] = [0, 8, 16, 20, 22].map((bytes) =>
    OWN_PAGE * 2 ** 16 + bytes * room
  ) as [number, number, number, number, number];
  const result = bins + 16 * 1025 + 64;
  const memory = new Float64Array(kernels.memory.buffer);
  const row = memory.subarray(x / 8, x / 8 + count);
  row.set(logits);
  const largest = kernels.largest(x, count);
  const left = (i: number): number => memory[result / 8 + i] as number;
  if (isNear) {
    const sum = kernels.exponentialsWithMean(x, e, count, largest, result);
    const mean = largest + left(0) / sum;
    kernels.selectNear(x, mean, e, count, p * sum, sum, members, places, bins, result);
    if (left(0) > -Infinity) kernels.keepNear(x, mean, count, left(0), left(1));
  } else {
    const sum = kernels.exponentials(x, e, count, largest);
    kernels.select(x, e, count, p * sum, sum, members, places, bins, result);
    if (left(0) > -Infinity) kernels.keepSelected(x, x, count, left(0), left(1));
  }
  return row.slice();
}

check("top_p and typical_p keep what the exponentials of all tokens select (exact)", (logits) => {
  for (const p of [.1, .5, .9, .99, 1 - 1e-12]) {
    for (const [settings, isNear] of [[{ top_p: p }, false], [{ typical_p: p }, true]] as const) {
      const warped = logits.slice();
      warp(createWarpers([settings]), warped, [0], 1);
      const exactly = keptExactly(logits, isNear, p);
      assert(exactly.every((logit, token) => logit === warped[token]), JSON.stringify(settings));
    }
  }
});

/** Holds that all above `threshold` and none below it are kept, but for rounding. */
function assertFrom(tokens: number[], values: Float64Array, threshold: number, by: number): void {
  const isKept = new Set(tokens);
  values.forEach((value, token) => {
    const isRight = isKept.has(token) ? value >= threshold - by : value <= threshold + by;
    assert(isRight, `${value} from ${threshold}`);
  });
}

check(
  "min_p, top_n_sigma, epsilon and eta keep what reaches their threshold, equals together",
  (logits) => {
    const largest = logits.reduce((a, b) => Math.max(a, b));
    assertEquals(
      kept(logits, { min_p: .1 }),
      [...logits.keys()].filter((token) => (logits[token] as number) >= largest + Math.log(.1)),
    );
    const left = logits.filter((logit) => logit > -Infinity);
    if (Math.abs(largest) < 1e100) {
      const mean = left.reduce((sum, logit) => sum + logit, 0) / left.length;
      const variance = left.reduce((sum, logit) => sum + (logit - mean) ** 2, 0) / left.length;
      const threshold = largest - 1.5 * Math.sqrt(variance);
      const tokens = kept(logits, { top_n_sigma: 1.5 });
      assertFrom(tokens, logits, threshold, 1e-11 * Math.max(1, Math.abs(threshold)));
    }
    const p = plainSoftmax(logits);
    const most = p.reduce((a, b) => Math.max(a, b));
    const entropy = -p.reduce((sum, one) => one === 0 ? sum : sum + one * Math.log(one), 0);
    for (const value of [1e-5, .02, .5]) {
      const least = Math.min(value, most);
      assertFrom(kept(logits, { epsilon: value }), p, least, 1e-12 * least);
      const falling = Math.min(value, Math.sqrt(value) * Math.exp(-entropy), most);
      assertFrom(kept(logits, { eta: value }), p, falling, 1e-11 * falling);
    }
    for (const chain of [{ epsilon: .02 }, { eta: .02 }, { top_n_sigma: 1.5 }]) {
      const tokens = new Set(kept(logits, chain));
      const values = new Set([...tokens].map((token) => logits[token]));
      assert(logits.every((logit, token) => tokens.has(token) === values.has(logit)));
    }
  },
);

check(
  "softmax and log-probabilities are those of Math.exp (1e-12), and a draw is by their sums",
  (logits) => {
    const plain = plainSoftmax(logits);
    const probabilities = softmax(logits);
    probabilities.forEach((p, token) =>
      assert(Math.abs(p - (plain[token] as number)) <= 1e-12 * p + 1e-300)
    );
    const { largest, logSum } = logNormaliser(logits);
    const token = probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b)));
    assertEquals(logProbability(logits, token), ((logits[token] as number) - largest) - logSum);
    assertAlmostEquals(logSum, -Math.log(plain[token] as number), 1e-11);
    for (const uniform of [0, .1, .5, .999, 1 - 2 ** -53]) {
      const drawn = draw(probabilities, uniform);
      const before = probabilities.subarray(0, drawn).reduce((sum, p) => sum + p, 0);
      assert(probabilities[drawn] as number > 0);
      assert(
        before <= uniform + 1e-11 && uniform - 1e-11 < before + (probabilities[drawn] as number),
      );
    }
  },
);

check("a row in the kernels' memory and one elsewhere are warped alike (exact)", (logits) => {
  for (const settings of [{ temperature: 1.3 }, { top_p: .8 }, { typical_p: .8 }, { eta: .01 }]) {
    const [elsewhere, row] = [logits.slice(), workRow(logits.length)];
    row.set(logits);
    for (const one of [elsewhere, row]) warp(createWarpers([settings]), one, [0], 1);
    assert(row.every((logit, token) => logit === elsewhere[token]));
  }
});

Deno.test("large rows: an exponential is Math.exp's within 2 units in the last place (100,000 from −700 to 0)", () => {
  const size = 100_000;
  const logits = Float64Array.from({ length: size + 1 }, (_, i) => -700 * i / size);
  const p = softmax(logits);
  const largest = p[0] as number;
  let worst = 0;
  p.forEach((value, i) => {
    const exact = Math.exp(logits[i] as number);
    // Two divisions round again: one unit more.
    const unit = 2 ** (Math.floor(Math.log2(exact)) - 52);
    worst = Math.max(worst, Math.abs(value / largest - exact) / unit);
  });
  assert(worst <= 3, `${worst} units`);
});

Deno.test("large rows: NaN and ∞ make a row NaN; it is large from 16,385 tokens on", () => {
  for (const wrong of [NaN, Infinity]) {
    const row = new Float64Array(SMALLEST);
    row[77] = wrong;
    assert(softmax(row).every((p) => Number.isNaN(p)));
  }
  assert(isLarge(new Float64Array(SMALLEST)) && !isLarge(new Float64Array(SMALLEST - 1)));
});

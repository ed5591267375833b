// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { combined, drawRounds, median, medians, ranged } from "../../src/stages/round_medians.ts";

for (
  const [values, middle] of [
    [[7], 7],
    [[10, 9], 9.5],
    [[3, 100, 2], 3],
    [[4, 1, 3, 2], 2.5],
    [[2, 10, 1, 30, 4], 4],
  ] as const
) {
  Deno.test(`median: of ${values} is ${middle}`, () => assertEquals(median(values), middle));
}

Deno.test("median: refuses to make one of nothing", () => {
  assertThrows(() => median([]), RangeError, "there are no values");
});

const draws = (rounds: number, seed = 1) => drawRounds(rounds, CounterStream.fromSeed(seed));

Deno.test("ranged: one of 25 rounds that was disturbed moves neither the median nor its interval", () => {
  const values = Array.from({ length: 25 }, (_, round) => round === 3 ? 1000 : 2);
  assertEquals(ranged(medians(values, draws(25))), { value: 2, low: 2, high: 2 });
});

Deno.test("combined: numbers of the same rounds stay together: a ratio of equal ones is exactly 1", () => {
  const values = Array.from({ length: 25 }, (_, round) => 1 + (round * 7) % 11);
  const own = medians(values, draws(25));
  const ratio = combined([own, own], ([a = NaN, b = NaN]) => a / b);
  assertEquals(ranged(ratio), { value: 1, low: 1, high: 1 });
  const doubled = ranged(combined([own], ([a = NaN]) => 2 * a));
  const { value, low, high } = ranged(own);
  assertEquals(doubled, { value: 2 * value, low: 2 * low, high: 2 * high });
  assert(low < value && value < high);
});

Deno.test("ranged: the interval covers the median of skewed times (25 rounds: .90 to .99 in 500 samples, false alarm 1e-5)", () => {
  const random = CounterStream.fromSeed(7);
  const list = draws(25, 8);
  let covered = 0;
  const samples = 500;
  for (let i = 0; i < samples; i++) {
    const times = Array.from({ length: 25 }, () => 1 - Math.log(1 - random.next()));
    const { low, high } = ranged(medians(times, list));
    if (low <= 1 + Math.LN2 && 1 + Math.LN2 <= high) covered++;
  }
  assert(covered > 0.9 * samples && covered < 0.99 * samples, `${covered / samples}`);
});

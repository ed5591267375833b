// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { CounterStream } from "../../src/random/counter_stream.ts";
import {
  repeat,
  secondsEach,
  timeInRounds,
  type Work,
} from "../../src/stages/interleaved_rounds.ts";
import { median } from "../../src/stages/round_medians.ts";
import { FakeClock } from "./fake_clock.ts";

/** Times works, made of a clock, for `seconds`; also in which order they were done. */
function timed(seconds: number, works: (clock: FakeClock) => readonly Work[]) {
  const clock = new FakeClock();
  const log: number[] = [];
  const noted = works(clock).map((work, i): Work => (isRehearsal) => {
    if (log.at(-1) !== i) log.push(i);
    return work(isRehearsal);
  });
  const random = CounterStream.fromSeed(1);
  const began = clock.now();
  const durations = timeInRounds(noted, { seconds, random, clock: clock.now });
  return { durations, log, took: clock.now() - began };
}

Deno.test("repeat: until the time is over, once at least, and counts all", () => {
  const clock = new FakeClock();
  const work = clock.work(() => 0.25);
  assertEquals(repeat(work, 1, clock.now), { count: 4, seconds: 1 });
  assertEquals(repeat(work, 0, clock.now), { count: 1, seconds: 0.25 });
  assertEquals(repeat(() => 5 * work(), 0.3, clock.now), { count: 10, seconds: 0.5 });
});

Deno.test("timeInRounds: every work is done in every round, in an order that changes", () => {
  const { durations, log } = timed(0.1, (clock) => [0, 1, 2, 3].map(() => clock.work(() => 4e-4)));
  // 6 rounds to warm up, and then as many as there is time for with rehearsals.
  assertEquals(durations.map(({ length }) => length), [29, 29, 29, 29]);
  for (const place of [0, 1, 2, 3]) {
    const followers = log.filter((_, i) => i > 0 && log[i - 1] === place);
    assertEquals(new Set(followers).size, 3);
  }
});

Deno.test("timeInRounds: work that the compiler makes faster later is timed when it is fast", () => {
  // Twenty times slower at first, for 1.6 ms: longer than the warm-up was that missed it.
  const { durations } = timed(1, (clock) => [
    clock.work((n) => n < 8 ? 2e-4 : 1e-5),
    clock.work(() => 1e-5),
  ]);
  for (const own of durations) {
    for (const duration of own) assertAlmostEquals(secondsEach(duration), 1e-5, 1e-9);
  }
});

Deno.test("timeInRounds: warming up takes 30 % of the time where the work gets ever faster, and 6 rounds where it does not", () => {
  // Of each round one part is a rehearsal.
  for (const [halvings, warmUp, share] of [[4, 0.015, 11 / 12], [0, 6 * 6e-4, 1 / 2]] as const) {
    const { durations, took } = timed(0.05, (clock) => {
      const began = clock.now();
      return [
        clock.work(() => 1.5e-4 * 0.5 ** (halvings * Math.min(1, (clock.now() - began) / 0.015))),
      ];
    });
    assertAlmostEquals(took, 0.05, 5e-4);
    const measured = (durations[0] ?? []).reduce((sum, { seconds }) => sum + seconds, 0);
    assertAlmostEquals(measured, share * (0.05 - warmUp), 7e-4);
  }
});

Deno.test("timeInRounds: a machine that slows down by and by meets equal works alike", () => {
  const { durations } = timed(1, (clock) => {
    const began = clock.now();
    // It ends ten times as slow as it began: timed one after the other, they would differ.
    const cost = (): number => 1e-5 * (1 + 9 * (clock.now() - began));
    return [clock.work(cost), clock.work(cost), clock.work(cost)];
  });
  const [a = NaN, b = NaN, c = NaN] = durations.map((own) => median(own.map(secondsEach)));
  assertAlmostEquals(a / b, 1, 0.01);
  assertAlmostEquals(a / c, 1, 0.01);
});

Deno.test("timeInRounds: the first time after other work, which takes longer, is a rehearsal; not where once takes long", () => {
  for (const [once, extra] of [[1e-5, 0], [2e-4, 0], [1e-3, 1]] as const) {
    let last = -1;
    const { durations } = timed(0.2, (clock) =>
      [0, 1].map((i) => {
        const [cold, warm] = [clock.work(() => 2 * once), clock.work(() => once)];
        return () => {
          const work = last === i ? warm : cold;
          last = i;
          return work();
        };
      }));
    for (const own of durations) {
      assertAlmostEquals(median(own.map(secondsEach)), (1 + extra) * once, 1e-9);
    }
  }
});

Deno.test("timeInRounds: what takes turns is timed in turn: a rehearsal does what was done last", () => {
  const { durations: [own = []] } = timed(0.1, (clock) => {
    const works = [2e-4, 3e-4].map((cost) => clock.work(() => cost));
    let next = 0;
    return [(isRehearsal = false) => (works[(isRehearsal ? next : ++next) % 2] as Work)()];
  });
  const short = own.filter((one) => secondsEach(one) < 2.5e-4).length;
  assertAlmostEquals(short / own.length, 0.5, 0.01);
});

Deno.test("timeInRounds: where doing it once takes long, there are fewer rounds, but 7", () => {
  for (const [once, rounds, seconds] of [[0.03, 11, 1.02], [10, 7, 160]] as const) {
    const { durations, took } = timed(
      1,
      (clock) => [clock.work(() => once), clock.work(() => once)],
    );
    assertEquals(durations.map(({ length }) => length), [rounds, rounds]);
    assertAlmostEquals(took, seconds, 1e-9);
  }
});

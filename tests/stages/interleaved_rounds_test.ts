// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { CounterStream } from "../../src/random/counter_stream.ts";
import {
  repeat,
  ROUNDS,
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
  const noted = works(clock).map((work, i): Work => () => {
    if (log.at(-1) !== i) log.push(i);
    return work();
  });
  const random = CounterStream.fromSeed(1);
  const began = clock.now();
  const durations = timeInRounds(noted, { seconds, random, clock: clock.now });
  return { durations, log, took: clock.now() - began };
}

const medianSeconds = (durations: Parameters<typeof secondsEach>[0][] | undefined): number =>
  median((durations ?? []).map(secondsEach));

Deno.test("repeat: until the time is over, once at least, and counts all", () => {
  const clock = new FakeClock();
  const work = clock.work(() => 0.25);
  assertEquals(repeat(work, 1, clock.now), { count: 4, seconds: 1 });
  assertEquals(repeat(work, 0, clock.now), { count: 1, seconds: 0.25 });
  assertEquals(repeat(() => 5 * work(), 0.3, clock.now), { count: 10, seconds: 0.5 });
});

Deno.test("timeInRounds: every work is done in every round, in an order that changes", () => {
  const { durations, log } = timed(1, (clock) => [0, 1, 2, 3].map(() => clock.work(() => 0.001)));
  assertEquals(durations.map(({ length }) => length), [ROUNDS, ROUNDS, ROUNDS, ROUNDS]);
  // What one round ends with, the next may begin with: those two are one entry of the log.
  const before = [0, 1, 2].map((place) =>
    new Set(log.flatMap((work, i) => i > 0 && log[i - 1] === place ? [work] : []))
  );
  assertEquals(before.map((followers) => followers.size), [3, 3, 3]);
});

Deno.test("timeInRounds: work that the compiler makes faster later is timed when it is fast", () => {
  // Twenty times slower for the first 250 times, which take 50 ms: 1 ms was too short to see it.
  const { durations } = timed(1, (clock) => [
    clock.work((n) => n < 250 ? 2e-4 : 1e-5),
    clock.work(() => 1e-5),
  ]);
  for (const own of durations) {
    for (const duration of own) assertAlmostEquals(secondsEach(duration), 1e-5, 1e-9);
  }
});

Deno.test("timeInRounds: warming up takes 15 rounds where the work gets ever faster, and 6 where it does not", () => {
  const round = 1 / (ROUNDS + 15);
  for (const [halvings, rounds] of [[5, 15], [0, 6]] as const) {
    const { durations, took } = timed(1, (clock) => {
      const began = clock.now();
      return [clock.work(() => 1e-4 * 0.5 ** (halvings * (clock.now() - began)))];
    });
    assertEquals(durations[0]?.length, ROUNDS);
    assertAlmostEquals(took, round * (rounds + ROUNDS), 0.01);
  }
});

Deno.test("timeInRounds: a machine that slows down by and by meets equal works alike", () => {
  const { durations } = timed(1, (clock) => {
    const began = clock.now();
    // It ends ten times as slow as it began: timed one after the other, they would differ.
    const cost = (): number => 1e-4 * (1 + 9 * (clock.now() - began));
    return [clock.work(cost), clock.work(cost), clock.work(cost)];
  });
  const [a, b, c] = durations.map(medianSeconds);
  const ratios = durations[0]?.map((own, round) =>
    secondsEach(own) / secondsEach(durations[1]?.[round] ?? own)
  );
  assertAlmostEquals(median(ratios ?? []), 1, 0.1);
  assertAlmostEquals((a ?? 0) / (b ?? 0), 1, 0.1);
  assertAlmostEquals((a ?? 0) / (c ?? 0), 1, 0.1);
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

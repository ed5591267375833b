/**
 * Kinds of work measured so that their times can be compared. All are warmed up until they get no
 * faster, and then measured round by round, in another order each time: what slows the machine down for
 * a while, or makes it faster, meets all of them alike.
 *
 * @module
 */
import type { RandomSource } from "../random/random_stream.ts";

/** The seconds that have passed since some moment. */
export type Clock = () => number;

/** The clock of this machine. */
export const wallClock: Clock = () => performance.now() / 1000;

/** How many times something was done, and how long that took. */
export interface Duration {
  /** Repetitions, tokens, or whatever is counted. */
  readonly count: number;
  /** Wall-clock time, seconds. */
  readonly seconds: number;
}

/** Seconds for one of what was counted. */
export function secondsEach({ count, seconds }: Duration): number {
  return seconds / count;
}

/** Calls `once`, which says how much it did, until `seconds` have passed: once at least. */
export function repeat(
  once: () => number,
  seconds: number,
  clock: Clock = wallClock,
): Duration {
  const began = clock();
  for (let count = 0;;) {
    count += once();
    const passed = clock() - began;
    if (passed >= seconds) return { count, seconds: passed };
  }
}

/** One kind of work: does some of it and returns how much. */
export type Work = () => number;

/** How to measure. */
export interface RoundOptions {
  /** For everything, the warm-up included, seconds; it takes longer where that is too short. */
  readonly seconds: number;
  /** Draws the order of each round. */
  readonly random: RandomSource;
  /** Tells the time. */
  readonly clock: Clock;
}

/** Rounds that are measured: enough for intervals of medians. */
export const ROUNDS = 25;
/** Where a single repetition of each kind of work takes long, fewer. */
const LEAST_ROUNDS = 7;
/** The warm-up ends after this many rounds, or the time that they should take, at most. */
const MOST_WARM_UP_ROUNDS = 15;
/** It ends earlier where this many rounds have made the work faster by no more than this share. */
const WARM_UP_WINDOW = 5;
const WARM_UP_GAIN = 0.02;

/**
 * The durations of each of `works`, by round: rounds as many as for the others, {@linkcode ROUNDS} of
 * them unless they take too long.
 */
export function timeInRounds(
  works: readonly Work[],
  { seconds, random, clock }: RoundOptions,
): Duration[][] {
  const began = clock();
  const slice = seconds / (works.length * (ROUNDS + MOST_WARM_UP_ROUNDS));
  warmUp(works, slice, clock);
  const durations = works.map((): Duration[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    if (round >= LEAST_ROUNDS && clock() - began >= seconds) break;
    for (const work of shuffled(works.keys(), random)) {
      durations[work]?.push(repeat(works[work] as Work, slice, clock));
    }
  }
  return durations;
}

/** Does all of the work, round by round, until the optimizing compiler has nothing left to do. */
function warmUp(works: readonly Work[], slice: number, clock: Clock): void {
  const began = clock();
  const best = works.map(() => Infinity);
  /** After each round, how fast the work has been at its best: the mean of the times' logarithms. */
  const history: number[] = [];
  for (let round = 0; round < MOST_WARM_UP_ROUNDS; round++) {
    works.forEach((work, i) => {
      best[i] = Math.min(best[i] as number, secondsEach(repeat(work, slice, clock)));
    });
    const now = best.reduce((sum, time) => sum + Math.log(time), 0) / best.length;
    history.push(now);
    const before = history.at(-1 - WARM_UP_WINDOW);
    if (before !== undefined && before - now <= WARM_UP_GAIN) return;
    if (clock() - began >= slice * works.length * MOST_WARM_UP_ROUNDS) return;
  }
}

/** `items` in a random order. */
function shuffled<Item>(items: Iterable<Item>, random: RandomSource): Item[] {
  return [...items].map((item): [number, Item] => [random.next(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

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
export const wallClock: Clock = (): number => performance.now() / 1000;

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
  once: Work,
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

/**
 * One kind of work: does some of it and returns how much. As a rehearsal, which is not timed, it does
 * some of what it did last, so that what is timed still takes turns.
 */
export type Work = (isRehearsal?: boolean) => number;

/** How to measure. */
export interface RoundOptions {
  /** For everything, the warm-up included, seconds; it takes longer where that is too short. */
  readonly seconds: number;
  /**
   * It ends after so many seconds, and the work in progress, whatever is missing; and where another round
   * would take longer, after fewer rounds. No end if left out.
   */
  readonly limit?: number;
  /** Called before each work: may throw, which ends it all. */
  readonly between?: () => void;
  /** Draws the order of each round. */
  readonly random: RandomSource;
  /** Tells the time. */
  readonly clock: Clock;
}

/**
 * Of one kind of work in a round, seconds: far more than the clock's steps, and so little that the
 * system seldom does something else in between. Beside slices of 0.4 ms and twice the time, in turn, half
 * widths of speed-ups are 3.8 % (3.4 %) measured, 2.7 % (2.1 %) predicted, 3.2 % (1.9 %) of passes.
 */
const SLICE = 0.0001;
/**
 * After other work the first time takes longer, until code and numbers are near the processor again: by
 * 11 to 19 µs for passes of small models, whatever they take, and nothing after that: slices of 0.1 ms
 * would be longer by a tenth, those of verifications by more than those of passes over one token. So it is
 * a rehearsal; but not where a slice takes at least this, seconds, of which that is a small part.
 */
const LONG = 0.001;
/** The same while it is warmed up: so often that the compiler sees it. */
const WARM_UP_SLICE = 0.0004;
/** There are rounds as long as there is time, and in any case so many, which a median needs at least. */
const LEAST_ROUNDS = 7;
/** Where the limit leaves no time for so many, these must do. */
const FEWEST_ROUNDS = 3;
/** More make no interval much narrower. */
const MOST_ROUNDS = 400;
/** The warm-up takes this share of the time at most. */
const WARM_UP = 0.3;
/** It ends earlier where this many rounds have made the work faster by no more than this share. */
const WARM_UP_WINDOW = 5;
const WARM_UP_GAIN = 0.02;
/** Of the limit: a warm-up that took more counts as a round. */
const LEAST_SHARE = 0.1;

/**
 * The durations of each of `works`, by round: as many rounds as time allows, for all the same;
 * none where the limit leaves no time for {@linkcode FEWEST_ROUNDS}.
 */
export function timeInRounds(
  works: readonly Work[],
  { seconds, limit = Infinity, random, clock, between = () => {} }: RoundOptions,
): Duration[][] {
  const began = clock();
  const passed = (): number => clock() - began;
  /** One after the other; `undefined` where the limit is passed before the end. */
  const round = (
    order: Iterable<number>,
    timed: (once: Work, work: number) => Duration,
  ): Duration[] | undefined => {
    const durations: Duration[] = [];
    for (const work of order) {
      if (passed() >= limit) return undefined;
      between();
      durations[work] = timed(works[work] as Work, work);
    }
    return durations;
  };
  const warm = warmUp(
    () => round(works.keys(), (once) => repeat(once, WARM_UP_SLICE, clock)),
    WARM_UP * seconds,
    clock,
  );
  if (warm === undefined) return works.map(() => []);
  const timed = (once: Work, work: number): Duration => {
    if ((warm[work] as Duration).seconds < LONG) once(true);
    return repeat(once, SLICE, clock);
  };
  // Where a round takes a good part of the time, the warm-up is one of them.
  const rounds = passed() > LEAST_SHARE * limit ? [warm] : [];
  for (let longest = passed(); rounds.length < MOST_ROUNDS;) {
    if (rounds.length >= LEAST_ROUNDS && passed() >= seconds) break;
    if (rounds.length >= FEWEST_ROUNDS && passed() + longest > limit) break;
    const start = passed();
    const durations = round(shuffled(works.keys(), random), timed);
    if (durations === undefined) break;
    longest = passed() - start;
    rounds.push(durations);
  }
  if (rounds.length < FEWEST_ROUNDS) return works.map(() => []);
  return works.map((_, work) => rounds.map((durations) => durations[work] as Duration));
}

/** Does all of the work, round by round, until the optimizing compiler has nothing left to do. */
function warmUp(
  round: () => Duration[] | undefined,
  most: number,
  clock: Clock,
): Duration[] | undefined {
  const end = clock() + most;
  let best: number[] = [];
  /** After each round, how fast the work has been at its best: the mean of the times' logarithms. */
  const history: number[] = [];
  for (;;) {
    const durations = round();
    if (durations === undefined) return undefined;
    best = durations.map((one, i) => Math.min(best[i] ?? Infinity, secondsEach(one)));
    const now = best.reduce((sum, time) => sum + Math.log(time), 0) / best.length;
    history.push(now);
    const before = history.at(-1 - WARM_UP_WINDOW);
    if (before !== undefined && before - now <= WARM_UP_GAIN) return durations;
    if (clock() >= end) return durations;
  }
}

/** `items` in a random order. */
function shuffled<Item>(items: Iterable<Item>, random: RandomSource): Item[] {
  return [...items].map((item): [number, Item] => [random.next(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

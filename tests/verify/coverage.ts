/**
 * How often 95 % intervals cover what they are about: cells are drawn again and again from the table of
 * texts, whose numbers are known, in the sizes that configs have.
 *
 * @module
 */
import {
  type CoverageLimit,
  coverageLimits,
  type IntervalKind,
  limitsOf,
} from "../../src/measure/coverage_limits.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
// @ts-types="../../src/declarations/jstat.d.ts"
import jstat from "jstat";
import {
  simulate,
  type Simulated,
  type Size,
  truths,
  type WarpName,
  warps,
} from "./simulated_cells.ts";

/** Cells of one size and one warp. */
export interface Case {
  readonly size: Size;
  readonly warp: WarpName;
}

const listed = (count: number, samples: number): Size => ({
  prompts: "listed",
  count,
  samples,
  population: 0,
});
const drawn = (count: number, samples: number, population = 3000): Size => ({
  prompts: "drawn",
  count,
  samples,
  population,
});

/** The sizes of configs and their neighbours; a search has 0 samples. */
const sizes: readonly Size[] = [
  listed(4, 20),
  listed(4, 100),
  listed(20, 20),
  listed(20, 100),
  ...[2, 4, 10, 50, 100, 200].map((count) => drawn(count, 0)),
  ...[2, 4, 10, 50, 200].map((count) => drawn(count, 20)),
  drawn(50, 1),
  // Half of the population.
  drawn(50, 20, 100),
];
/** Those of ten thousand samples. */
const large: readonly Size[] = [listed(10, 1000), drawn(50, 200)];

/** All cases, the longest first. */
export const cases: readonly Case[] = [
  ...large.flatMap((size) => (["T 1", "top_k 3"] as const).map((warp) => ({ size, warp }))),
  ...sizes.flatMap((size) => (Object.keys(warps) as WarpName[]).map((warp) => ({ size, warp }))),
];

/** How often the intervals of one number cover it. */
export interface Coverage extends Case {
  /** The number. */
  readonly name: string;
  /** The kind of its intervals. */
  readonly kind: IntervalKind;
  /** What they are about. */
  readonly truth: number;
  /** How many cover it. */
  readonly covered: number;
  /** How many intervals there are; replicates in which nothing varies have none. */
  readonly intervals: number;
}

const kinds: Readonly<Record<string, IntervalKind>> = {
  "mean log-prob": "mean",
  "mean length": "mean",
  "log-prob per token": "mean",
  "search gap": "mean",
  "share of samples": "share",
  "search error share": "share",
  "share of trials": "share",
  "unique share": "unique_share",
  "distinct-1": "distinct_1",
  "distinct-2": "distinct_2",
  "distinct-3": "distinct_3",
  "mass covered": "mass_covered",
};

/** Rounding, as part of a number. */
const ROUNDING = 1e-9;

/**
 * Draws `replicates` cells and counts how often each interval covers; `changed`, where given, changes
 * each estimate before.
 */
export async function coverageOf(
  { size, warp }: Case,
  replicates: number,
  changed: (estimate: Simulated) => Simulated = (estimate) => estimate,
): Promise<Coverage[]> {
  await loadQuantiles();
  const random = CounterStream.fromSeed(1)
    .child("coverage", size.prompts, size.count, size.samples, size.population, warp);
  const all = new Map<string, Simulated[]>();
  for (let replicate = 0; replicate < replicates; replicate++) {
    const estimates = simulate(size, warp, random.child(replicate));
    for (const [name, { value, interval }] of Object.entries(estimates)) {
      const own = all.get(name) ?? [];
      if (own.length === 0) all.set(name, own);
      own.push(changed(interval === undefined ? { value } : { value, interval }));
    }
  }
  const known = truths(size, warp);
  return [...all].map(([name, estimates]): Coverage => {
    const mean = estimates.reduce((sum, { value }) => sum + value, 0) / estimates.length;
    const truth = known[name] ?? mean;
    const intervals = estimates.flatMap(({ interval }) => interval ?? []);
    const rounding = ROUNDING * Math.abs(truth);
    return {
      size,
      warp,
      name,
      kind: kinds[name] ?? "difference",
      truth,
      covered: intervals.filter(({ low, high }) =>
        low - rounding <= truth && truth <= high + rounding
      ).length,
      intervals: intervals.length,
    };
  });
}

/** The 99 % interval of Clopper and Pearson for a share of trials. */
export function exactly99(hits: number, trials: number): readonly [low: number, high: number] {
  const { beta } = jstat;
  return [
    hits === 0 ? 0 : beta.inv(0.005, hits, trials - hits + 1),
    hits === trials ? 1 : beta.inv(0.995, hits + 1, trials - hits),
  ];
}

/** Whether intervals cover as often as they say. */
export type Verdict = "covers" | "too seldom" | "too often";

/** What is as it should be: 93 to 97 of 100. */
const LEAST = 0.93;
const MOST = 0.97;

/** The verdict about a coverage; shares, which take steps, may cover more often. */
export function verdictOf({ kind, covered, intervals }: Coverage): Verdict {
  const [low, high] = exactly99(covered, intervals);
  if (high < LEAST) return "too seldom";
  return low > MOST && (kind === "mean" || kind === "difference") ? "too often" : "covers";
}

/** Whether the list of limits has this size for this kind of interval. */
export function isKnown(coverage: Coverage): boolean {
  return limitsFor(coverage).length > 0;
}

function limitsFor({ kind, size }: Coverage): readonly CoverageLimit[] {
  return limitsOf(kind, { ...size, draws: size.count });
}

/** Limits of the list that nothing in `found` shows. */
export function unshown(found: readonly Coverage[]): CoverageLimit[] {
  const short = found.filter((coverage) => verdictOf(coverage) !== "covers");
  return coverageLimits.filter((limit) => !short.some((one) => limitsFor(one).includes(limit)));
}

/**
 * Sizes at which 95 % intervals cover less, or more, than they say, as simulation found:
 * `deno task verify --only coverage` holds this list to it.
 *
 * @module
 */
import type { MeasureFacts } from "./measure.ts";

/** Kinds of intervals that one simulation stands for. */
export type IntervalKind =
  | "mean"
  | "share"
  | "unique_share"
  | "distinct_1"
  | "distinct_2"
  | "distinct_3"
  | "mass_covered"
  | "difference";

/** How many samples there are of how many prompts. */
export interface CoverageSize {
  /** Whether the prompts are listed, or were drawn. */
  readonly prompts: "listed" | "drawn";
  /** How many of them there are. */
  readonly draws: number;
  /** Random samples of each; 0 where there is no chance. */
  readonly samples: number;
}

/** Sizes at which some kinds of intervals do not cover as often as they say. */
export interface CoverageLimit {
  /** The kinds. */
  readonly kinds: readonly IntervalKind[];
  /** How the prompts are chosen. */
  readonly prompts: CoverageSize["prompts"];
  /** The least and most prompts. */
  readonly draws: readonly [least: number, most: number];
  /** The least and most random samples of each. */
  readonly samples: readonly [least: number, most: number];
  /** Of 100 intervals the fewest and the most that covered. */
  readonly covers: readonly [fewest: number, most: number];
}

/**
 * All that are known. A size of the simulation stands for those up to its next: `draws` end before the
 * next more that covers.
 */
export const coverageLimits: readonly CoverageLimit[] = [
  // A search after few prompts: it takes a few different values, of which one is rare, or two alike.
  { kinds: ["mean"], prompts: "drawn", draws: [2, 3], samples: [0, 0], covers: [96, 100] },
  { kinds: ["mean"], prompts: "drawn", draws: [4, 9], samples: [0, 0], covers: [86, 100] },
  { kinds: ["mean"], prompts: "drawn", draws: [10, 10], samples: [0, 0], covers: [92, 100] },
  // Two that are nearly alike have wide intervals, those that are quite alike none.
  { kinds: ["mean"], prompts: "drawn", draws: [2, 3], samples: [20, 20], covers: [94, 98] },
  { kinds: ["difference"], prompts: "drawn", draws: [2, 3], samples: [20, 20], covers: [96, 100] },
  // Nearly all letters are found, each more than once: nothing shows that one is missing.
  {
    kinds: ["distinct_1"],
    prompts: "listed",
    draws: [4, 4],
    samples: [100, 100],
    covers: [87, 95],
  },
];

/** The kind of the intervals of a measure; none where it has none. */
export function kindOf(
  { name, interval }: Pick<MeasureFacts, "name" | "interval">,
): IntervalKind | undefined {
  switch (interval) {
    case "mean":
    case "share":
      return interval;
    case "set":
      return name as IntervalKind;
    case "none":
      return undefined;
  }
}

/** The limits that hold for a kind of interval at a size. */
export function limitsOf(kind: IntervalKind, size: CoverageSize): readonly CoverageLimit[] {
  const { prompts, draws, samples } = size;
  const isIn = (value: number, [least, most]: readonly [number, number]): boolean =>
    value >= least && value <= most;
  return coverageLimits.filter((limit) =>
    limit.kinds.includes(kind) && limit.prompts === prompts && isIn(draws, limit.draws) &&
    isIn(samples, limit.samples)
  );
}

/** One sentence for each limit that `measures` meet in cells of these sizes: which, and where. */
export function shortfalls(
  measures: readonly Pick<MeasureFacts, "name" | "title" | "interval">[],
  sizes: readonly CoverageSize[],
): string[] {
  const titles = new Map<string, Set<string>>();
  for (const measure of measures) {
    const kind = kindOf(measure);
    if (kind === undefined) continue;
    for (const size of sizes) {
      for (const { covers: [fewest, most] } of limitsOf(kind, size)) {
        const seen = fewest === most ? `${most}` : `${fewest} to ${most}`;
        const sentence = `with ${sizeText(size)} ${seen} of 100 intervals cover, not 95`;
        const known = titles.get(sentence) ?? new Set();
        titles.set(sentence, known.add(measure.title));
      }
    }
  }
  return [...titles].map(([sentence, of]) => `${[...of].join(", ")}: ${sentence}.`);
}

function sizeText({ prompts, draws, samples }: CoverageSize): string {
  const each = samples === 0 ? "" : `, ${samples} samples of each`;
  return `${draws} ${prompts} prompts${each}`;
}

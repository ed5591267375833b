import type { Cell } from "../config/grid.ts";
import { type CellCosts, cost } from "./cost.ts";
import { type Diversity, diversity } from "./diversity.ts";
import { type Quality, quality } from "./quality.ts";
import type { RandomStream } from "../random/random_stream.ts";
import type { Estimate } from "./interval.ts";
import { pairedDifference } from "./paired.ts";
import { type Reference, type TextMeasures, textMeasures } from "./text_measures.ts";
import type { FirstTokenDistance } from "./first_token.ts";
import type { Sample } from "./sample.ts";
import { speculation, type SpeculationMeasures } from "./speculation.ts";

/** One row of the results: a cell, its samples, and what is measured of them. */
export interface CellMeasures {
  /** The strategy and its settings. */
  readonly cell: Cell;
  /** Every sample, prompt by prompt. */
  readonly samples: readonly Sample[];
  /** How probable they are. */
  readonly quality: Quality;
  /** How different. */
  readonly diversity: Diversity;
  /** What is estimated over them, with intervals. */
  readonly text: TextMeasures;
  /**
   * Mean log-probability less that of the grid's first cell, over the prompts, nats; none with fewer
   * than two prompts, and none of the first cell.
   */
  readonly difference: Estimate | undefined;
  /** How dear. */
  readonly cost: CellCosts;
  /** What became of proposals, where the strategy makes any. */
  readonly speculation?: SpeculationMeasures;
  /** How far first tokens are from where they should come from, where that is in question. */
  readonly firstToken?: FirstTokenDistance;
}

/** What is known of a speculative cell beside its samples. */
export interface SpeculationContext {
  /** Operations of a row of the draft, in those of a row of the target: ĉ. */
  readonly draftOperations: number;
  /** See {@linkcode FirstTokenDistance}. */
  readonly firstToken: FirstTokenDistance | undefined;
}

/** What the samples of a cell are measured by. */
export interface MeasureOptions {
  /** What they are held against. */
  readonly reference: Reference;
  /** Where the cell's intervals come from. */
  readonly random: RandomStream;
  /** The grid's first cell, unless this is it. */
  readonly first: CellMeasures | undefined;
  /** Where the cell is speculative. */
  readonly speculation?: SpeculationContext | undefined;
}

/** Measures the samples of `cell`, at least one, in the order of their prompts. */
export function measureCell(
  cell: Cell,
  samples: readonly Sample[],
  { reference, random, first, speculation }: MeasureOptions,
): CellMeasures {
  const text = textMeasures(samples, reference, random.child("means"));
  const several = (samples.at(-1)?.draw ?? 0) > 0;
  return {
    cell,
    samples,
    quality: quality(samples),
    diversity: diversity(samples),
    text,
    difference: first === undefined || !several
      ? undefined
      : pairedDifference(text.logProbSums, first.text.logProbSums, random.child("difference")),
    cost: cost(samples),
    ...speculationOf(cell, samples, speculation),
  };
}

function speculationOf(
  { settings }: Cell,
  samples: readonly Sample[],
  context?: SpeculationContext,
): Pick<CellMeasures, "speculation" | "firstToken"> {
  if (settings.strategy !== "speculative" || context === undefined) return {};
  const { firstToken, draftOperations } = context;
  return {
    speculation: speculation(samples, settings.draft_k, draftOperations),
    ...(firstToken === undefined ? {} : { firstToken }),
  };
}

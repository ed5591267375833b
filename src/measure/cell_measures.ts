import type { Cell } from "../config/grid.ts";
import { type CellCosts, cost } from "./cost.ts";
import { type Diversity, diversity } from "./diversity.ts";
import { type Quality, quality } from "./quality.ts";
import type { Sample } from "./sample.ts";

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
  /** How dear. */
  readonly cost: CellCosts;
}

/** Measures the samples of `cell`, at least one. */
export function measureCell(cell: Cell, samples: readonly Sample[]): CellMeasures {
  return {
    cell,
    samples,
    quality: quality(samples),
    diversity: diversity(samples),
    cost: cost(samples),
  };
}

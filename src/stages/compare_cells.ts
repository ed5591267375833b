import type { Experiment } from "../config/load.ts";
import type { CellMeasures } from "../measure/cell_measures.ts";
import type { Estimate } from "../measure/interval.ts";
import { pairedDifference } from "../measure/paired.ts";
import { modesOf, searchQuality, summarizeModes } from "../measure/search_quality.ts";
import type { CellComparisons, SearchComparison } from "../report/run/run_record.ts";
import { intervalStream } from "./seeding.ts";

/** What can be said of `measured`, the cells of an experiment or some of them, only together. */
export function compareCells(
  { cells, config: { seed } }: Pick<Experiment, "cells" | "config">,
  measured: readonly CellMeasures[],
): CellComparisons {
  const first = measured.find(({ cell }) => cell.label === cells[0]?.label);
  return {
    differences: first === undefined ? new Map() : differencesTo(first, measured, seed),
    search: compareSearches(measured, seed),
  };
}

/** The mean log-probability of each cell but `first` less that of `first`, by label. */
function differencesTo(
  first: CellMeasures,
  cells: readonly CellMeasures[],
  seed: number,
): ReadonlyMap<string, Estimate> {
  const differences = cells.filter((measures) => measures !== first).flatMap(({ cell, text }) => {
    const random = intervalStream(seed, "cell", cell.stream).child("difference");
    const difference = pairedDifference(text.promptLogProbs, first.text.promptLogProbs, random);
    return difference === undefined ? [] : [[cell.label, difference] as const];
  });
  return new Map(differences);
}

/** How far the searches among `cells` are from the modes that others have proved, if any have. */
function compareSearches(
  cells: readonly CellMeasures[],
  seed: number,
): SearchComparison | undefined {
  const modes = modesOf(cells);
  // Every cell decodes the same prompts.
  const summary = summarizeModes(modes, cells[0]?.prompts ?? 0);
  if (summary === undefined) return undefined;
  const qualities = cells.flatMap(({ cell, searched }) => {
    if (searched === undefined) return [];
    // The same resamples for all, so that cells with the same texts have the same intervals.
    const quality = searchQuality(searched, modes, intervalStream(seed, "search"));
    return quality === undefined ? [] : [[cell.label, quality] as const];
  });
  return { modes: summary, cells: new Map(qualities) };
}

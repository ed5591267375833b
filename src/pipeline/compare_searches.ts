import type { CellMeasures } from "../measure/cell_measures.ts";
import { isSearch, modesOf, searchQuality, summarizeModes } from "../measure/search_quality.ts";
import type { SearchComparison } from "../report/run_record.ts";
import { intervalStream } from "./seeding.ts";

/** How far the searches among `cells` are from the modes that others have proved, if any have. */
export function compareSearches(
  cells: readonly CellMeasures[],
  seed: number,
): SearchComparison | undefined {
  const modes = modesOf(cells);
  // Every cell decodes the same prompts.
  const prompts = new Set(cells[0]?.samples.map(({ prompt }) => prompt)).size;
  const summary = summarizeModes(modes, prompts);
  if (summary === undefined) return undefined;
  const qualities = cells.filter(({ cell }) => isSearch(cell)).flatMap(({ cell, samples }) => {
    // The same resamples for all, so that cells with the same texts have the same intervals.
    const quality = searchQuality(samples, modes, intervalStream(seed, "search"));
    return quality === undefined ? [] : [[cell.label, quality] as const];
  });
  return { modes: summary, cells: new Map(qualities) };
}

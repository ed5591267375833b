/**
 * The cells of a run beside one another: with the baseline, and searches with the most probable texts.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { haveSameDistribution } from "./baseline.ts";
import { compareSearch, modesOf, type ModeSummary, summarizeModes } from "./compare_search.ts";
import type { PromptDesign } from "./sampling.ts";
import { type Comparison, judged, type Pair } from "./judged.ts";
import {
  type CellMeasures,
  comparableIn,
  estimateIn,
  type MeasuredValues,
  type MeasureFacts,
} from "./measure.ts";
import { measures } from "./measures.ts";
import { searchLogProb, searchMeasures } from "./search.ts";

/** How the cells of a run are compared. */
export interface CompareOptions {
  /** The label of the cell that the others are compared with. */
  readonly baseline: string | undefined;
  /** The prompts that all decode, in the order in which they were listed or drawn. */
  readonly prompts: readonly string[];
  /** How they were chosen. */
  readonly design: PromptDesign;
}

/** The cells of a run with what can be said of them only beside one another. */
export interface ComparedCells {
  /** The cells with what was measured of each alone. */
  readonly cells: readonly CellMeasures[];
  /** The cell that the others are compared with, where it was measured. */
  readonly baseline: CellMeasures | undefined;
  /** Every judged measure of every other cell beside that of the baseline. */
  readonly comparisons: readonly Comparison[];
  /** The searches beside the most probable texts, where any have been proved. */
  readonly search: ComparedSearches | undefined;
}

/** Searches beside the most probable texts. */
export interface ComparedSearches {
  /** The most probable texts. */
  readonly modes: ModeSummary;
  /** The searches, each with its measures. */
  readonly cells: readonly SearchedCell[];
  /** The log-prob of the best texts beside that of greedy, for each other search. */
  readonly overGreedy: readonly Comparison[];
  /** The same of the last cell of each sweep of one setting beside that of the first. */
  readonly overFirst: readonly Comparison[];
}

/** A search with its measures. */
export interface SearchedCell extends MeasuredValues {
  /** The strategy and its settings. */
  readonly cell: Cell;
}

/** Compares `cells` with one another. */
export function compareCells(
  cells: readonly CellMeasures[],
  options: CompareOptions,
): ComparedCells {
  const baseline = cells.find(({ cell }) => cell.label === options.baseline);
  return {
    cells,
    baseline,
    comparisons: baseline === undefined
      ? []
      : measures.flatMap((measure) =>
        measure.judged === undefined ? [] : judged(measure, pairsOf(measure, cells, baseline))
      ),
    search: comparedSearches(cells, options),
  };
}

function pairsOf(
  measure: MeasureFacts,
  cells: readonly CellMeasures[],
  baseline: CellMeasures,
): Pair[] {
  const other = comparableIn(baseline, measure);
  return cells.flatMap((one) => {
    const of = comparableIn(one, measure);
    if (one === baseline || of === undefined || other === undefined) return [];
    const isExpected0 = measure.judged === "distribution" &&
      haveSameDistribution(one.cell.settings, baseline.cell.settings);
    return [{ cell: one.cell.label, than: baseline.cell.label, of, other, isExpected0 }];
  });
}

/** The searches among `cells` beside the most probable texts; `undefined` where none was proved. */
export function comparedSearches(
  cells: readonly CellMeasures[],
  { prompts, design }: Omit<CompareOptions, "baseline">,
): ComparedSearches | undefined {
  const modes = modesOf(cells.map(({ searched = [] }) => searched));
  const summary = summarizeModes(modes, prompts, design);
  if (summary === undefined) return undefined;
  const found = cells.flatMap(({ cell, hasChance, searched = [] }): SearchedCell[] => {
    const search = compareSearch(searched, modes, { hasChance, design });
    if (search === undefined) return [];
    const values = searchMeasures.map((measure) => [measure.name, measure.of(search)]);
    return [{ cell, values: Object.fromEntries(values) }];
  });
  // One family: they are comparisons of the same measure.
  const [overGreedy, overFirst] = [greedyPairs(found), sweepPairs(found)];
  // A sweep may begin with greedy: that comparison counts once.
  const distinct = new Map([...overGreedy, ...overFirst].map((pair) => [keyOf(pair), pair]));
  const family = judged(searchLogProb, [...distinct.values()]);
  const judgedPairs = new Map(family.map((one) => [keyOf(one), one]));
  const of = (pairs: readonly Pair[]): Comparison[] =>
    pairs.flatMap((pair) => judgedPairs.get(keyOf(pair)) ?? []);
  return { modes: summary, cells: found, overGreedy: of(overGreedy), overFirst: of(overFirst) };
}

function keyOf({ cell, than }: Pick<Pair, "cell" | "than">): string {
  return JSON.stringify([cell, than]);
}

/** Each search beside the first that follows a single text, without chance: the simplest there is. */
function greedyPairs(cells: readonly SearchedCell[]): Pair[] {
  const greedy = cells.find(isGreedy);
  return greedy === undefined
    ? []
    : cells.flatMap((one) => one === greedy ? [] : pairOf(one, greedy));
}

/** Whether a search follows a single text, without chance. */
export function isGreedy({ cell: { settings } }: Pick<CellMeasures, "cell">): boolean {
  const { isDeterministic, sequences } = strategyOf(settings);
  return isDeterministic && (sequences?.(settings) ?? 1) === 1;
}

/** The last cell of each sweep of one setting beside the first. */
function sweepPairs(cells: readonly SearchedCell[]): Pair[] {
  const sweeps = Map.groupBy(
    cells.filter(({ cell }) => cell.swept.length === 1),
    ({ cell }) => cell.entry,
  );
  return [...sweeps.values()].flatMap((sweep) => {
    const [first, last] = [sweep[0], sweep.at(-1)];
    return first === undefined || last === undefined || first === last ? [] : pairOf(last, first);
  });
}

function pairOf(one: SearchedCell, than: SearchedCell): Pair[] {
  const [of, other] = [estimateIn(one, searchLogProb), estimateIn(than, searchLogProb)];
  if (of === undefined || other === undefined) return [];
  return [{ cell: one.cell.label, than: than.cell.label, of, other, isExpected0: false }];
}

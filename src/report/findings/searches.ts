/**
 * The searches of a run, with what can be said of the best texts that they found: over the prompts whose
 * most probable text was proved, or where none was, over all.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import { isGreedy } from "../../measure/compare_cells.ts";
import { foundTexts } from "../../measure/compare_search.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { meanLength } from "../../measure/likelihood.ts";
import { type CellMeasures, estimateIn } from "../../measure/measure.ts";
import type { PromptDesign } from "../../measure/sampling.ts";
import { isProved } from "../../measure/searched.ts";
import {
  searchEmptyShare,
  searchErrorShare,
  searchGap,
  searchLogProb,
} from "../../measure/search.ts";
import type { RunRecord } from "../run/run_record.ts";

/** A search and its best texts. */
export interface Search {
  /** The strategy and its settings. */
  readonly measures: CellMeasures;
  /** The name of its cell. */
  readonly label: string;
  /** Mean log-probability of the best texts, nats. */
  readonly logProb: Estimate;
  /** The share of them that are empty. */
  readonly emptyShare: Estimate;
  /** How long the returned texts are, tokens. */
  readonly length: Estimate | undefined;
  /** Beside the most probable texts, where those were proved. */
  readonly errors: { readonly share: Estimate; readonly gap: Estimate } | undefined;
  /** Whether it looks for a proof of which text is the most probable one. */
  readonly proves: boolean;
  /** The prompts, each as often as it was drawn, for which it found that proof. */
  readonly proved: number;
  /** Whether it follows a single text, without chance. */
  readonly isGreedy: boolean;
}

/** A setting of a search with its values in rising order, and the search with each. */
export interface SearchSweep {
  /** The setting. */
  readonly setting: string;
  /** At least two searches. */
  readonly searches: readonly Search[];
}

/** The design of a run's prompts. */
export function designOfRun({ population }: RunRecord): PromptDesign {
  return population === undefined ? { prompts: "listed" } : { prompts: "drawn", population };
}

/** How many prompts searches are compared over: those whose most probable text was proved, or all. */
export function comparedPrompts({ prompts: { length }, search }: RunRecord): number {
  return search?.modes.proved ?? length;
}

/** The searches of `run`, in the order of its cells. */
export function searchesOf(run: RunRecord): Search[] {
  const compared = new Map(run.search?.cells.map((one) => [one.cell.label, one]));
  return run.cells.flatMap((measures): Search[] => {
    const { cell: { label }, searched = [], hasChance } = measures;
    if (searched.length === 0) return [];
    const beside = compared.get(label);
    const found = beside === undefined
      ? foundTexts(searched, { hasChance, design: designOfRun(run) })
      : {
        logProb: estimateIn(beside, searchLogProb),
        emptyShare: estimateIn(beside, searchEmptyShare),
      };
    const { logProb, emptyShare } = found;
    if (logProb === undefined || emptyShare === undefined) return [];
    const [share, gap] = [searchErrorShare, searchGap].map((measure) =>
      beside && estimateIn(beside, measure)
    );
    return [{
      measures,
      label,
      logProb,
      emptyShare,
      length: estimateIn(measures, meanLength),
      errors: share === undefined || gap === undefined ? undefined : { share, gap },
      proves: searched.some(({ proof }) => proof !== undefined),
      proved: searched.filter(isProved).length,
      isGreedy: isGreedy(measures),
    }];
  });
}

/** The sweeps of one setting among `searches`. */
export function searchSweeps(searches: readonly Search[]): SearchSweep[] {
  const entries = Map.groupBy(
    searches.filter(({ measures: { cell } }) => cell.swept.length === 1),
    ({ measures: { cell } }) => cell.entry,
  );
  return [...entries.values()].flatMap((own): SearchSweep[] => {
    const setting = own[0]?.measures.cell.swept[0];
    if (setting === undefined || own.length < 2) return [];
    const valueOf = ({ measures: { cell } }: Search) => sweptValue(cell.settings, setting);
    const isNumeric = own.every((one) => typeof valueOf(one) === "number");
    const searches = isNumeric
      ? own.toSorted((a, b) => Number(valueOf(a)) - Number(valueOf(b)))
      : own;
    return [{ setting, searches }];
  });
}

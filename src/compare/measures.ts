/**
 * The measures that cells are compared by: those that their kind of strategy is asked about, or chosen ones.
 *
 * @module
 */
import { strategies } from "../decode/definitions.ts";
import { DiffError } from "../diff/run_files.ts";
import * as cost from "../measure/cost.ts";
import * as diversity from "../measure/diversity.ts";
import * as likelihood from "../measure/likelihood.ts";
import type { CellMeasure, MeasureFacts } from "../measure/measure.ts";
import { allMeasures } from "../measure/measures.ts";
import {
  searchDecodings,
  searchEmptyShare,
  searchErrorShare,
  searchGap,
  searchLogProb,
  type SearchMeasure,
  searchMeasures,
} from "../measure/search.ts";
import * as speculation from "../measure/speculation.ts";
import { expectedOneOf } from "../text/suggestions.ts";
import type { RunCellRow } from "./cells.ts";

/** A measure of a cell, or of a search beside the most probable texts. */
export type ComparedMeasure =
  | { readonly kind: "cell"; readonly facts: CellMeasure }
  | { readonly kind: "search"; readonly facts: SearchMeasure };

/** A choice of measures. */
export type MeasureChoice =
  /** The measures that are usual for the strategies of the cells. */
  | { readonly kind: "usual" }
  /** Every measure that the cells have. */
  | { readonly kind: "all" }
  /** Those of these names. */
  | { readonly kind: "named"; readonly names: readonly string[] };

const all: readonly ComparedMeasure[] = [
  ...allMeasures.map((facts) => ({ kind: "cell", facts }) as const),
  ...searchMeasures.map((facts) => ({ kind: "search", facts }) as const),
];

/** The measures of strategies that look for probable texts. */
const OF_SEARCHES: readonly MeasureFacts[] = [
  searchLogProb,
  searchErrorShare,
  searchEmptyShare,
  likelihood.meanLength,
];
/** The same where nothing has proved the most probable texts. */
const OF_SEARCHES_ALONE: readonly MeasureFacts[] = [
  likelihood.meanLogProb,
  likelihood.logProbPerToken,
  likelihood.meanLength,
];
/** The measures of strategies that speculate. */
const OF_SPECULATION: readonly MeasureFacts[] = [
  cost.tokensPerTargetCall,
  cost.acceptedShare,
  speculation.operations,
];
/** The measures of all others: how probable the texts are, and how they vary. */
const OF_SAMPLERS: readonly MeasureFacts[] = [
  likelihood.logProbPerToken,
  diversity.uniqueShare,
  diversity.novelShare,
  likelihood.meanLength,
];

/** The cells that measures are chosen for. */
export interface ChosenFor {
  /** Those that others are compared with. */
  readonly baselines: readonly RunCellRow[];
  /** The others. */
  readonly others: readonly RunCellRow[];
}

/**
 * The measures to compare cells by, at least one, in the order in which they are shown.
 *
 * @throws {DiffError} If a name means none, or none of the cells has one.
 */
export function chosenMeasures(
  { baselines, others }: ChosenFor,
  choice: MeasureChoice,
): readonly ComparedMeasure[] {
  const cells = [...baselines, ...others];
  const isThere = ({ facts }: ComparedMeasure): boolean =>
    cells.some(({ row }) => row.measured(facts.name).text !== "");
  const asked = usual(baselines, others).flatMap((facts) =>
    all.filter((one) => one.facts === facts)
  ).filter(isThere);
  switch (choice.kind) {
    case "all":
      return [...new Set([...asked, ...all.filter(isThere).filter(isOutcome)])];
    case "usual":
      return asked;
    case "named":
      return choice.names.map((name) => {
        const found = all.find(({ facts }) => facts.name === name);
        const names = all.filter(isThere).filter(isOutcome).map(({ facts }) => facts.name);
        if (found !== undefined && isThere(found)) return found;
        const problem = found === undefined ? "" : "none of the cells has it: ";
        throw new DiffError(
          `cannot compare by the measure ${name}: ${problem}${expectedOneOf(name, names)}`,
        );
      });
  }
}

/** Units of counts that say how much was done, not how it came out. */
const COUNTS: ReadonlySet<string> = new Set(
  [likelihood.prompts, likelihood.samples, likelihood.population, searchDecodings]
    .map(({ unit }) => unit),
);

function isOutcome({ facts }: ComparedMeasure): boolean {
  return !COUNTS.has(facts.unit);
}

function usual(
  baselines: readonly RunCellRow[],
  others: readonly RunCellRow[],
): readonly MeasureFacts[] {
  const definition = ({ own }: RunCellRow) =>
    strategies.find(({ name }) => name === own.get("strategy"));
  const isSearch = (cell: RunCellRow): boolean => definition(cell)?.isSearch === true;
  const speculates = (cell: RunCellRow): boolean => definition(cell)?.speculation !== undefined;
  const cells = [...baselines, ...others];
  if (cells.every(isSearch)) {
    const isProved = cells.every(({ row }) => row.measured(searchGap.name).text !== "");
    return isProved ? OF_SEARCHES : OF_SEARCHES_ALONE;
  }
  if (cells.every(speculates)) return OF_SPECULATION;
  if (others.every(speculates)) return [cost.tokensPerTargetCall, ...OF_SAMPLERS];
  return cells.some(speculates) ? [...OF_SAMPLERS, cost.tokensPerTargetCall] : OF_SAMPLERS;
}

/**
 * The measures of searches that charts show.
 *
 * @module
 */
import { strategyOf } from "../../decode/definitions.ts";
import { targetRows } from "../../measure/cost.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { meanLength, meanLogProb, samples } from "../../measure/likelihood.ts";
import { type CellMeasures, estimateIn } from "../../measure/measure.ts";
import { searchEmptyShare, searchGap, searchLogProb } from "../../measure/search.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { Shown } from "./description.ts";

/** A search with the measures that are known of it. */
export interface Search {
  /** The cell. */
  readonly measures: CellMeasures;
  /** Its measures, by their names. */
  readonly values: ReadonlyMap<string, Estimate>;
}

/** A measure of searches as charts show it. */
export interface SearchPanel extends Shown {
  /** Its name. */
  readonly name: string;
  /** Its title where there is little room. */
  readonly brief: string;
  /** Whether its axis begins at 0, or has each doubling as long as the other. */
  readonly scale: "own" | "from 0" | "share" | "log";
}

/** The measures, in the order of their pictures. */
export const searchPanels: readonly SearchPanel[] = [
  {
    name: "log_prob",
    title: "log-prob of the best text",
    brief: "Log-prob, nats",
    unit: "nats",
    scale: "own",
  },
  {
    name: "gap",
    title: "gap to the mode",
    brief: "Gap to mode, nats",
    unit: "nats",
    scale: "from 0",
  },
  { name: "empty", title: "empty best texts", brief: "Empty texts", unit: "share", scale: "share" },
  {
    name: "length",
    title: "mean length",
    brief: "Length, tokens",
    unit: "tokens",
    scale: "from 0",
  },
  {
    name: "rows",
    title: "target rows per text",
    brief: "Rows per text",
    unit: "ratio",
    scale: "log",
  },
];

/** The searches of a run; none where there is nothing to compare. */
export function searchesOf({ cells, search }: RunRecord): Search[] {
  const found = cells.filter(({ cell }) => strategyOf(cell.settings).isSearch);
  return found.map((measures) => {
    const compared = search?.cells.find(({ cell }) => cell.label === measures.cell.label);
    const rows = estimateIn(measures, targetRows)?.value ?? 0;
    const texts = estimateIn(measures, samples)?.value ?? 1;
    const values: [string, Estimate | undefined][] = [
      [
        "log_prob",
        compared === undefined
          ? estimateIn(measures, meanLogProb)
          : estimateIn(compared, searchLogProb),
      ],
      ["gap", compared && estimateIn(compared, searchGap)],
      ["empty", compared && estimateIn(compared, searchEmptyShare)],
      ["length", estimateIn(measures, meanLength)],
      ["rows", { value: rows / texts }],
    ];
    const known = values.flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const]
    );
    return { measures, values: new Map(known) };
  });
}

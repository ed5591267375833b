import type { Cell } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import type { CellCosts } from "../../measure/cost.ts";
import type { Estimate } from "../../measure/interval.ts";
import type { TextMeasures } from "../../measure/text_measures.ts";
import { percent } from "../markdown.ts";

/** What the summary of a sweep needs to know of a cell of one variant. */
export interface VariantCell {
  /** The strategy and its settings. */
  readonly cell: Cell;
  /** What is estimated over its samples. */
  readonly text: Pick<
    TextMeasures,
    "meanLogProb" | "logProbPerToken" | "uniqueShare" | "novelShare" | "coverage"
  >;
  /** How dear it was. */
  readonly cost: Pick<CellCosts, "tokensPerTargetCall" | "acceptanceRate">;
}

/** What the summary of a sweep shows of each cell. */
export type CellMeasure =
  | "meanLogProb"
  | "logProbPerToken"
  | "uniqueShare"
  | "novelShare"
  | "coverage"
  | "tokensPerTargetCall"
  | "acceptanceRate";

/** How a measure is got and shown. */
export interface MeasureColumn {
  /** The head of its column. */
  readonly title: string;
  /** Its value in words. */
  readonly text: (value: number) => string;
  /** Whether it lies in [0, 1]. */
  readonly isShare: boolean;
  /** The estimate of it in one variant; none where the cell has no such thing. */
  readonly of: (cell: VariantCell) => Estimate | undefined;
}

const number = (digits: number) => (value: number): string => value.toFixed(digits);
const share = { text: percent, isShare: true };

/** The measures in the order of the columns. */
export const cellMeasures: Readonly<Record<CellMeasure, MeasureColumn>> = {
  meanLogProb: {
    title: "mean log-prob",
    text: number(2),
    isShare: false,
    of: ({ text }) => text.meanLogProb,
  },
  logProbPerToken: {
    title: "log-prob / token",
    text: number(3),
    isShare: false,
    of: ({ text }) => text.logProbPerToken,
  },
  uniqueShare: { ...share, title: "unique share", of: ({ text }) => text.uniqueShare },
  novelShare: { ...share, title: "novel", of: ({ text }) => text.novelShare },
  coverage: { ...share, title: "coverage", of: ({ text }) => text.coverage },
  tokensPerTargetCall: {
    title: "tokens / target pass",
    text: number(2),
    isShare: false,
    of: ({ cost }) => ({ value: cost.tokensPerTargetCall }),
  },
  acceptanceRate: {
    ...share,
    title: "accepted / tested",
    of: ({ cell, cost }) =>
      strategyOf(cell.settings).speculation !== undefined ? cost.acceptanceRate : undefined,
  },
};

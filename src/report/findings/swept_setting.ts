/**
 * The effect of each setting that an entry of the grid sweeps on the measures it is swept for.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { tokensPerTargetCall } from "../../measure/cost.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import { logProbPerToken } from "../../measure/likelihood.ts";
import { type CellMeasures, comparableIn } from "../../measure/measure.ts";
import { codeSpan, listed, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import { planAlike } from "./alike.ts";
import type { Along, Course } from "./along.ts";
import type { FindingDefinition } from "./finding.ts";

/** The cells of an entry that sweeps one setting, in the order of its values. */
export interface SettingSweep {
  /** The name of the strategy. */
  readonly strategy: string;
  /** The setting. */
  readonly setting: string;
  /** Whether its values are numbers. */
  readonly isOrdered: boolean;
  /** The cells with their values, at least two; of numbers the smallest first. */
  readonly points: readonly { readonly value: string; readonly cell: CellMeasures }[];
}

/** The entries of a run that sweep one setting. */
export function settingSweeps({ cells }: Pick<RunRecord, "cells">): SettingSweep[] {
  const entries = Map.groupBy(
    cells.filter(({ cell }) => cell.swept.length === 1),
    ({ cell }) => cell.entry,
  );
  return [...entries.values()].flatMap((own): SettingSweep[] => {
    const [{ cell } = { cell: undefined }] = own;
    const setting = cell?.swept[0];
    if (cell === undefined || setting === undefined || own.length < 2) return [];
    const points = own.map((one) => ({ value: sweptValue(one.cell.settings, setting), cell: one }));
    const isOrdered = points.every(({ value }) => typeof value === "number");
    const inOrder = isOrdered
      ? points.toSorted((a, b) => Number(a.value) - Number(b.value))
      : points;
    return [{
      strategy: cell.settings.strategy,
      setting,
      isOrdered,
      points: inOrder.map(({ value, cell }) => ({ value: String(value), cell })),
    }];
  });
}

/** The effect of a swept setting on the measures that it is swept for. */
export const sweptSetting: FindingDefinition<RunRecord> = {
  name: "swept setting",
  question: (run) => {
    const sweeps = generalSweeps(run);
    if (sweeps.length === 0) return undefined;
    return prose`What ${sweeps.length === 1 ? "does" : "do"} ${
      listed(sweeps.map(nameOf))
    } do to the texts?`;
  },
  plan: (run) =>
    planAlike(
      generalSweeps(run).map((sweep): Along => ({
        setting: nameOf(sweep),
        values: sweep.points.map(({ value }) => value),
        isOrdered: sweep.isOrdered,
        labels: sweep.points.map(({ cell }) => cell.cell.label),
        courses: coursesOf(sweep),
      })),
    ),
};

/** Those of which no kind of their own says more, as of searches and of `draft_k`. */
function generalSweeps(run: RunRecord): SettingSweep[] {
  return settingSweeps(run).filter(({ setting, points: [first] }) =>
    setting !== "draft_k" && first !== undefined &&
    !strategyOf(first.cell.cell.settings).isSearch
  );
}

/** `k` of `top_k`; a setting that is called as its strategy stands alone. */
function nameOf({ strategy, setting }: SettingSweep): Prose {
  const name = prose`${codeSpan(setting)}`;
  return setting === strategy ? name : prose`${name} of ${codeSpan(strategy)}`;
}

/**
 * The measures that a strategy's settings are swept for: of speculation tokens per target pass, of
 * sampling how different and how probable the texts are.
 */
function coursesOf({ points }: SettingSweep): Course[] {
  const cells = points.map(({ cell }) => cell);
  const settings = cells[0]?.cell.settings;
  if (settings === undefined) return [];
  const definition = strategyOf(settings);
  if (definition.speculation?.(settings) !== undefined) {
    return [courseOf({ ...tokensPerTargetCall, unit: "ratio" }, "tokens per target pass", cells)];
  }
  return [
    courseOf(uniqueShare, "the unique share", cells),
    courseOf({ ...logProbPerToken, unit: "nats" }, "the log-prob per token", cells),
  ];
}

function courseOf(
  measure: Course["measure"],
  words: string,
  cells: readonly CellMeasures[],
): Course {
  return {
    measure,
    words: prose`${words}`,
    estimates: cells.map((cell) => comparableIn(cell, measure)),
  };
}

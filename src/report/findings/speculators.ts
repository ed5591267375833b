/**
 * The cells of a run that speculate, and the sweeps of `draft_k` among them.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import type { SpeculationProfile } from "../../decode/definition.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { tokensPerTargetCall } from "../../measure/cost.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { type CellMeasures, estimateIn } from "../../measure/measure.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { Said } from "./wording.ts";

/** Tokens per target pass in sentences that say what they count. */
export const PER_PASS: Said = { ...tokensPerTargetCall, unit: "ratio" };

/** A cell that speculates. */
export interface Speculator {
  /** The measures of the cell. */
  readonly measures: CellMeasures;
  /** The name of the cell. */
  readonly label: string;
  /** How it speculates. */
  readonly profile: SpeculationProfile;
  /** Tokens per target pass. */
  readonly perPass: Estimate;
}

/** The cells of `run` that speculate. */
export function speculatorsOf({ cells }: Pick<RunRecord, "cells">): Speculator[] {
  return cells.flatMap((measures): Speculator[] => {
    const { label, settings } = measures.cell;
    const profile = strategyOf(settings).speculation?.(settings);
    const perPass = estimateIn(measures, tokensPerTargetCall);
    return profile === undefined || perPass === undefined
      ? []
      : [{ measures, label, profile, perPass }];
  });
}

/** The entries that sweep `draft_k` alone, each in rising order, of two cells at least. */
export function draftSweeps(cells: readonly Speculator[]): Speculator[][] {
  const swept = cells.filter(({ measures: { cell } }) =>
    cell.swept.length === 1 && cell.swept[0] === "draft_k"
  );
  return [...Map.groupBy(swept, ({ measures: { cell } }) => cell.entry).values()]
    .filter(({ length }) => length > 1)
    .map((own) => own.toSorted((a, b) => a.profile.draftK - b.profile.draftK));
}

/** A cell's label with an ellipsis for the value that its entry sweeps. */
export function sweptLabel({ measures: { cell: { label, settings, swept } } }: Speculator): string {
  const [key] = swept;
  return key === undefined
    ? label
    : label.replace(`${key}=${sweptValue(settings, key)}`, `${key}=…`);
}

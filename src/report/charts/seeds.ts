/**
 * Seeds beside one another: the value of each seed's run and their mean with its interval, where runs
 * differ in the seed, and in no number that a chart could be over.
 *
 * @module
 */
import { tokensPerTargetCall } from "../../measure/cost.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import { logProbPerToken } from "../../measure/likelihood.ts";
import type { ChartDefinition } from "../chart.ts";
import type { SweepSummary } from "../sweep/sweep_summary.ts";
import { type SweptThing, thingsOf, valueInRun } from "../sweep/swept_things.ts";
import { valueAxis } from "./axis.ts";
import { pointText } from "./description.ts";
import { shortened } from "./names.ts";
import { chartOfRows, type RowPicture, type RowPoint } from "./rows.ts";
import { COLOURS, lookOf } from "./theme.ts";

/** The most rows: more would be taller than a page. */
const MOST_ROWS = 40;

/** The measures, each with a title for little room. */
const SHOWN = [
  { measure: logProbPerToken, title: "Nats per token" },
  { measure: uniqueShare, title: "Unique share" },
  { measure: tokensPerTargetCall, title: "Tokens per pass" },
] as const;

/** The seeds of each cell. */
export const seedsChart: ChartDefinition<SweepSummary> = {
  name: "seeds",
  section: "cells",
  of: (sweep) => {
    const { hasReplicates, settings, rows } = sweep;
    const isNumber = (setting: number): boolean =>
      rows.every(({ values }) => typeof values[setting] === "number");
    if (!hasReplicates || settings.some((_, setting) => isNumber(setting))) return [];
    const lines = rowsOf(sweep).slice(0, MOST_ROWS);
    if (lines.length === 0) return [];
    return [{
      file: "charts/seeds.svg",
      description:
        "The value of each seed as an open point, and their mean with its 95 % interval, of " +
        `${lines.length} rows: ${SHOWN.map(({ measure: { title } }) => title).join("; ")}`,
      spec: chartOfRows(
        lines.map(({ name }) => name),
        SHOWN.flatMap((shown) => pictureOf(sweep, lines, shown) ?? []),
        "Open: one seed. Full: their mean, with its 95 % interval.",
      ),
    }];
  },
};

/** A cell with one value of each swept word. */
interface SeedRow {
  readonly name: string;
  readonly thing: SweptThing;
  readonly row: number;
}

function rowsOf(sweep: SweepSummary): SeedRow[] {
  const cells = thingsOf(sweep).filter(({ cell }) => cell !== undefined);
  return cells.flatMap((thing) =>
    sweep.rows.map(({ values }, row): SeedRow => ({
      name: shortened([thing.short, ...values.map(String)].join(", ")),
      thing,
      row,
    }))
  );
}

function pictureOf(
  sweep: SweepSummary,
  lines: readonly SeedRow[],
  { measure, title }: typeof SHOWN[number],
): RowPicture | undefined {
  const points = lines.flatMap(({ name, thing, row }, place): RowPoint[] => {
    const at = thing.rows[row]?.estimates.get(measure.name);
    if (at === undefined) return [];
    const parts = (sweep.rows[row]?.runs ?? []).flatMap((run) => {
      const value = valueInRun(run, thing, measure);
      if (value === undefined) return [];
      const label = `${thing.name}, ${run.variant.label}`;
      return [{ value, description: pointText(label, [[measure, { value }]]) }];
    });
    const description = pointText(`${name}, mean of ${parts.length} seeds`, [[measure, at]]);
    return [{ row: place, at, look: { ...lookOf(0), colour: COLOURS[0] }, description, parts }];
  });
  if (points.length === 0) return undefined;
  const values = points.flatMap(({ at: { value, interval }, parts = [] }) => [
    value,
    ...interval === undefined ? [] : [interval.low, interval.high],
    ...parts.map(({ value }) => value),
  ]);
  const axis = valueAxis("", values, {
    most: 3,
    ...(measure.unit === "share" ? { format: "percent" as const, within: [0, 1] as const } : {}),
  });
  return { title, axis, points };
}

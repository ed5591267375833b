/**
 * Measures by a setting in which the runs of a sweep differ: a chart for each, with the held-out loss of the
 * models, the total log-prob of searches, log-prob per token and unique share of what draws texts, and
 * tokens per pass of what speculates.
 *
 * @module
 */
import { strategyOf } from "../../decode/definitions.ts";
import { modelMeasures } from "../../measure/corpus_loss.ts";
import { tokensPerTargetCall } from "../../measure/cost.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { logProbPerToken, meanLogProb } from "../../measure/likelihood.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import type { ChartDefinition, ChartPlan } from "../chart.ts";
import { columnsOf } from "../measure_table.ts";
import { type SweptThing, thingsOf, valueInRun } from "../sweep/swept_things.ts";
import type { SweepRow, SweepSummary } from "../sweep/sweep_summary.ts";
import { type Axis, sweptAxis, valueAxis } from "./axis.ts";
import { axisTitle, pointText } from "./description.ts";
import { chartOfSeveral, horizontal, type Layer, type Picture, vertical } from "./frame.ts";
import { type LegendItem, legendPicture } from "./legend.ts";
import { shortened } from "./names.ts";
import { type Axes, looks, type Point, type Series, seriesLayers } from "./series.ts";
import { type Look, lookOf, NEUTRAL } from "./theme.ts";

/** The most lines of cells in a chart: as many as a reader can follow, and their names have room. */
const MOST_LINES = 8;
const SIZE = { width: 240, height: 180 };

/** A chart for each swept setting of several numbers; of settings that vary together the first has one. */
export const runSweepCharts: ChartDefinition<SweepSummary> = {
  name: "measures by setting",
  section: "cells",
  of: (sweep) => {
    const { settings, rows } = sweep;
    const drawn = settings.map((_, setting) => setting).filter((setting) =>
      isDrawable(sweep, setting)
    );
    return drawn.flatMap((setting) => {
      const isDrawn = (other: number): boolean =>
        other < setting && isBound(rows, other, setting) && isBound(rows, setting, other);
      return drawn.some(isDrawn) ? [] : planOf(sweep, setting);
    });
  },
};

function isDrawable({ settings, rows }: SweepSummary, setting: number): boolean {
  const xs = rows.map(({ values }) => values[setting]);
  return settings[setting] !== "seed" && new Set(xs).size >= 2 &&
    xs.every((x) => typeof x === "number");
}

/** Whether each value of `setting` comes with one of `other` alone, as in a paired sweep. */
function isBound(rows: readonly SweepRow[], setting: number, other: number): boolean {
  const pairs = new Set(rows.map(({ values }) => JSON.stringify([values[setting], values[other]])));
  return pairs.size === new Set(rows.map(({ values }) => values[setting])).size;
}

/** A cell or a model with one value of each other setting. */
interface SweptLine {
  readonly thing: SweptThing;
  readonly name: string;
  readonly look: Look;
  /** The rows of the sweep that it goes through, with the value of the setting. */
  readonly rows: readonly { readonly x: number; readonly row: number }[];
}

/** A measure, and the things that it is drawn of. */
interface SweptMeasure {
  readonly measure: MeasureFacts;
  readonly isOf: (thing: SweptThing) => boolean;
}

function measuresOf({ models }: SweepSummary): SweptMeasure[] {
  const [loss] = columnsOf(
    modelMeasures,
    "run sweep of models",
    ({ name }) => models.some(({ rows }) => rows.some(({ estimates }) => estimates.has(name))),
  );
  const draws = ({ cell }: SweptThing): boolean => {
    if (cell === undefined || strategyOf(cell.settings).isSearch) return false;
    return strategyOf(cell.settings).speculation?.(cell.settings).isLossless !== true;
  };
  return [
    ...loss === undefined
      ? []
      : [{ measure: loss, isOf: ({ cell }: SweptThing) => cell === undefined }],
    {
      measure: meanLogProb,
      isOf: ({ cell }) => cell !== undefined && strategyOf(cell.settings).isSearch,
    },
    { measure: logProbPerToken, isOf: draws },
    { measure: uniqueShare, isOf: draws },
    {
      measure: tokensPerTargetCall,
      isOf: ({ cell }) => cell !== undefined && strategyOf(cell.settings).speculation !== undefined,
    },
  ];
}

function planOf(sweep: SweepSummary, setting: number): ChartPlan[] {
  const path = sweep.settings[setting] ?? "";
  const all = linesBy(sweep, setting);
  const lines = chosen(all);
  const shown = measuresOf(sweep).flatMap(({ measure, isOf }) => {
    const own = lines.filter(({ thing }) => isOf(thing));
    const picture = pictureOf(sweep, own, path, measure);
    return picture === undefined ? [] : [{ measure, own, picture }];
  });
  if (shown.length === 0) return [];
  const named = lines.filter((line) => shown.some(({ own }) => own.includes(line)));
  const legend: LegendItem[] = [
    ...named.map(({ name, look }) => ({ text: shortened(name, 26), look })),
    ...sweep.hasReplicates ? [{ text: "open: one seed" }] : [],
  ];
  const some = lines.length < all.length ? `, ${lines.length} of ${all.length} lines` : "";
  const means = sweep.hasReplicates ? "; means over seeds, whose own values are open points" : "";
  return [{
    file: `charts/${path}.svg`,
    description: `By ${path}: ${
      shown.map(({ measure }) => titleOf(measure)).join("; ")
    }${some}${means}`,
    spec: chartOfSeveral([...shown.map(({ picture }) => picture), legendPicture(legend, SIZE)], 2),
  }];
}

/** A line for each model, each cell, and each combination of the settings that are not bound to `setting`. */
function linesBy(sweep: SweepSummary, setting: number): SweptLine[] {
  const { settings, rows } = sweep;
  const free = settings.flatMap((path, i) => isBound(rows, setting, i) ? [] : [{ path, i }]);
  const combinations = Map.groupBy(
    rows.map((row, index) => ({ row, index })),
    ({ row }) => free.map(({ path, i }) => `${lastName(path)} ${row.values[i]}`).join(", "),
  );
  const things = thingsOf(sweep);
  const cells = things.filter(({ cell }) => cell !== undefined);
  return things.flatMap((thing) =>
    [...combinations].map(([others, own], combination) => {
      const index = thing.cell === undefined
        ? things.indexOf(thing) - cells.length
        : cells.indexOf(thing) * combinations.size + combination;
      return {
        thing,
        name: others === "" ? thing.short : `${thing.short}, ${others}`,
        look: thing.cell === undefined
          ? { ...lookOf(index + combination), colour: NEUTRAL }
          : lookOf(index),
        rows: own.map(({ row, index }) => ({ x: Number(row.values[setting]), row: index })),
      };
    })
  );
}

/** `n_embd` of `models.target.n_embd`. */
function lastName(path: string): string {
  return path.split(".").at(-1) ?? path;
}

/** As many lines as a chart can hold: of each entry of the grid the first cell, then the second, … */
function chosen(lines: readonly SweptLine[]): SweptLine[] {
  const ranks = new Map<SweptLine, number>();
  for (const own of Map.groupBy(lines, ({ thing: { cell } }) => cell?.entry).values()) {
    own.forEach((line, rank) => ranks.set(line, rank));
  }
  const first = new Set(
    lines.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0)).slice(0, MOST_LINES),
  );
  return lines.filter((line) => first.has(line));
}

function pictureOf(
  sweep: SweepSummary,
  lines: readonly SweptLine[],
  path: string,
  measure: MeasureFacts,
): Picture | undefined {
  const series = lines.map(({ thing, name, look, rows }): Series => ({
    name,
    look,
    points: rows.flatMap(({ x, row }): Point[] => {
      const y = thing.rows[row]?.estimates.get(measure.name);
      if (y === undefined) return [];
      const values = sweep.rows[row]?.values ?? [];
      const where = sweep.settings.map((path, i) => `${path}=${values[i]}`).join(", ");
      return [{ x, y, description: pointText(`${thing.name}, ${where}`, [[measure, y]]) }];
    }),
  }));
  const points = series.flatMap(({ points }) => points);
  if (points.length === 0) return undefined;
  const seeds = sweep.hasReplicates
    ? lines.flatMap((line) => seedPoints(sweep, line, measure))
    : [];
  const axes = {
    x: sweptAxis(path, points.map(({ x }) => x), SIZE.width),
    y: axisOf(measure, [...points.map(({ y }) => y), ...seeds.map(({ y }) => ({ value: y }))]),
  };
  return {
    title: titleOf(measure),
    ...SIZE,
    layers: [...seedLayers(seeds, axes), ...seriesLayers(series, axes)],
  };
}

/** The loss of models is called what it is. */
function titleOf(measure: MeasureFacts): string {
  return measure.title.includes("nats per token") ? `Loss, ${measure.title}` : axisTitle(measure);
}

function axisOf({ unit }: MeasureFacts, found: readonly Estimate[]): Axis {
  const values = found.flatMap(({ value, interval }) =>
    interval === undefined ? [value] : [value, interval.low, interval.high]
  );
  return valueAxis(
    "",
    values,
    unit === "share" ? { format: "percent", within: [0, 1] } : {},
  );
}

/** The values of each seed's run. */
function seedPoints(sweep: SweepSummary, { thing, look, rows }: SweptLine, measure: MeasureFacts) {
  return rows.flatMap(({ x, row }) =>
    (sweep.rows[row]?.runs ?? []).flatMap((run) => {
      const value = valueInRun(run, thing, measure);
      if (value === undefined) return [];
      const description = pointText(`${thing.name}, ${run.variant.label}`, [[measure, { value }]]);
      return [{ x, y: value, ...look, description }];
    })
  );
}

function seedLayers(seeds: ReturnType<typeof seedPoints>, { x, y }: Axes): Layer[] {
  return seeds.length === 0 ? [] : [{
    data: { values: seeds },
    mark: { type: "point", filled: false, size: 30, strokeWidth: 1.2, opacity: 0.8 },
    encoding: {
      x: horizontal(x, "x"),
      y: vertical(y, "y"),
      ...looks,
      description: { field: "description" },
    },
  }];
}

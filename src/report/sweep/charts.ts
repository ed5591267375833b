import { logProbPerToken } from "../../measure/likelihood.ts";
import type { Estimate } from "../../measure/estimate.ts";
import {
  axisTitle,
  buildCharts,
  type Chart,
  type ChartDefinition,
  type ChartPlan,
  common,
  intervalMark,
} from "../chart.ts";
import type { CellSummary, SweepRow, SweepSummary } from "./sweep_summary.ts";

/** The most lines in a chart: more than colours that can be told apart. */
const MOST_LINES = 10;

/** Points of one colour: a cell, and the values that the other swept settings have. */
interface Line {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly found: Estimate }[];
}

/**
 * A chart for each swept setting of several numbers: the log-prob per token over it. Of settings that
 * vary together the first has one.
 */
const settingCharts: ChartDefinition<SweepSummary> = {
  name: "log-probability by setting",
  section: "cells",
  of: (sweep) => {
    const { settings, rows } = sweep;
    const drawn = settings.map((_, setting) => setting).filter((setting) =>
      isDrawable(sweep, setting)
    );
    return drawn.flatMap((setting) => {
      const path = settings[setting] ?? "";
      const isDrawn = (other: number): boolean =>
        other < setting && isBound(rows, other, setting) && isBound(rows, setting, other);
      if (drawn.some(isDrawn)) return [];
      const all = linesBy(sweep, setting);
      const lines = chosen(all);
      const some = lines.length < all.length ? `, ${lines.length} of ${all.length} lines` : "";
      return [{
        file: `charts/${path}.svg`,
        description: `Log-probability per token by ${path}${some}`,
        spec: specOf(path, lines.map(({ line }) => line)),
      }];
    });
  },
};

/** The kinds of charts of a sweep. */
export const sweepChartDefinitions: readonly ChartDefinition<SweepSummary>[] = [settingCharts];

/** Every chart of a sweep. */
export function sweepCharts(sweep: SweepSummary): readonly Chart[] {
  return buildCharts(sweepChartDefinitions, sweep);
}

function isDrawable({ settings, rows }: SweepSummary, setting: number): boolean {
  const xs = rows.map(({ values }) => values[setting]);
  return settings[setting] !== "seed" && new Set(xs).size >= 2 &&
    xs.every((x) => typeof x === "number");
}

/** A line for each cell and each combination of the settings that are not bound to `setting`. */
function linesBy(sweep: SweepSummary, setting: number): { cell: CellSummary; line: Line }[] {
  const { settings, rows, cells } = sweep;
  const free = settings.flatMap((path, i) => isBound(rows, setting, i) ? [] : [{ path, i }]);
  const combinations = Map.groupBy(
    rows.map((row, index) => ({ row, index })),
    ({ row }) => free.map(({ path, i }) => `${path}=${row.values[i]}`).join(", "),
  );
  return cells.flatMap((cell) =>
    [...combinations].map(([others, own]) => ({
      cell,
      line: {
        label: others === "" ? cell.name : `${cell.name}, ${others}`,
        points: own.flatMap(({ row, index }) => {
          const found = cell.rows[index]?.estimates.get(logProbPerToken.name);
          return found === undefined ? [] : [{ x: Number(row.values[setting]), found }];
        }),
      },
    }))
  );
}

/** Whether each value of `setting` comes with one of `other` alone, as in a paired sweep. */
function isBound(rows: readonly SweepRow[], setting: number, other: number): boolean {
  const pairs = new Set(rows.map(({ values }) => JSON.stringify([values[setting], values[other]])));
  return pairs.size === new Set(rows.map(({ values }) => values[setting])).size;
}

/** As many lines as a chart can hold: of each entry of the grid the first cell, then the second, … */
function chosen<Drawn extends { cell: CellSummary }>(lines: readonly Drawn[]): Drawn[] {
  const ranks = new Map<Drawn, number>();
  for (const own of Map.groupBy(lines, ({ cell }) => cell.entry).values()) {
    own.forEach((line, rank) => ranks.set(line, rank));
  }
  const first = new Set(
    lines.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0)).slice(0, MOST_LINES),
  );
  return lines.filter((line) => first.has(line));
}

function specOf(path: string, lines: readonly Line[]): ChartPlan["spec"] {
  const values = lines.flatMap(({ label, points }) =>
    points.map(({ x, found: { value, interval } }) => ({ label, x, value, ...interval }))
  );
  const scale = { zero: false, nice: true };
  return {
    ...common,
    width: 480,
    height: 300,
    data: { values },
    encoding: {
      x: { field: "x", type: "quantitative", title: path, scale: { zero: false, padding: 12 } },
      color: {
        field: "label",
        type: "nominal",
        title: null,
        scale: { domain: lines.map(({ label }) => label), scheme: "category10" },
        legend: { orient: "bottom", columns: 1, labelLimit: 0 },
      },
    },
    layer: [
      {
        mark: { type: "line", point: true },
        encoding: {
          y: { field: "value", type: "quantitative", title: axisTitle(logProbPerToken), scale },
        },
      },
      {
        transform: [{ filter: "isValid(datum.low)" }],
        mark: intervalMark,
        encoding: { y: { field: "low", type: "quantitative", scale }, y2: { field: "high" } },
      },
    ],
  };
}

/**
 * The charts of a run as Vega-Lite specifications: data, which `svg.ts` draws.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import type { CellMeasures } from "../../measure/cell_measures.ts";
import { type Chart, common } from "../chart.ts";
import { entryCharts } from "./entry_charts.ts";
import type { ModelRun, RunRecord } from "./run_record.ts";

/** Points on a loss curve: enough for its shape, few enough to average out single documents. */
const LOSS_POINTS = 35;

/** Training loss over the steps, each point the mean of a stretch of them. */
export function lossChart(models: readonly ModelRun[]): Chart {
  return {
    file: "charts/training-loss.svg",
    description: "Training loss over the steps",
    spec: {
      ...common,
      width: 560,
      height: 220,
      data: { values: models.flatMap(lossPoints) },
      mark: { type: "line", point: { size: 12 } },
      encoding: {
        x: { field: "step", type: "quantitative", title: "step" },
        y: {
          field: "loss",
          type: "quantitative",
          title: "loss, nats a token",
          scale: { zero: false },
        },
        color: { field: "model", type: "nominal", title: null, sort: null },
      },
    },
  };
}

function lossPoints({ name, steps }: ModelRun): { model: string; step: number; loss: number }[] {
  const stretch = Math.max(1, Math.ceil(steps.length / LOSS_POINTS));
  const count = Math.ceil(steps.length / stretch);
  return Array.from({ length: count }, (_, i) => {
    const part = steps.slice(i * stretch, (i + 1) * stretch);
    const loss = part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    return { model: name, step: i * stretch + (part.length + 1) / 2, loss };
  });
}

/** How probable against how different: each cell a point, each sweep a line through its cells. */
export function tradeOffChart(cells: readonly CellMeasures[]): Chart {
  // A cell of its own is drawn after, and so above, the points of a sweep.
  const drawn = cells.toSorted((a, b) => b.cell.swept.length - a.cell.swept.length);
  const strategies = [...new Set(cells.map(({ cell }) => cell.settings.strategy))];
  const values = drawn.map(({ cell, text }, index) => ({
    index,
    entry: `${cell.entry}`,
    strategy: cell.settings.strategy,
    label: sweptText(cell),
    likelihood: text.logProbPerToken.value,
    unique: text.uniqueShare.value,
  }));
  return {
    file: "charts/likelihood-diversity.svg",
    description: "Share of unique continuations against log-probability per token, by cell",
    spec: {
      ...common,
      width: 560,
      height: 340,
      data: { values },
      encoding: {
        x: {
          field: "likelihood",
          type: "quantitative",
          title: "log-prob a token, nats (more probable →)",
          scale: { zero: false, nice: true },
        },
        y: {
          field: "unique",
          type: "quantitative",
          title: "unique share (more different →)",
          axis: { format: "%" },
          scale: { domain: [0, 1], clamp: false },
        },
        color: {
          field: "strategy",
          type: "nominal",
          title: null,
          scale: { domain: strategies, scheme: "category10" },
          legend: { symbolOpacity: 1 },
        },
      },
      layer: [
        {
          mark: { type: "line", strokeWidth: 1, opacity: 0.6 },
          encoding: { detail: { field: "entry" }, order: { field: "index", type: "quantitative" } },
        },
        { mark: { type: "point", filled: true, size: 50, opacity: 1 } },
        {
          mark: { type: "text", dx: 7, dy: -5, align: "left", fontSize: 9 },
          encoding: { text: { field: "label" } },
        },
      ],
    },
  };
}

function sweptText({ settings, swept }: CellMeasures["cell"]): string {
  return swept.map((key) => String(sweptValue(settings, key))).join(", ");
}

/** Every chart of a run; none where the config wants none. */
export function chartsOf({ experiment, models, cells }: RunRecord): readonly Chart[] {
  if (!experiment.config.report.charts) return [];
  return [
    ...(models.length === 0 ? [] : [lossChart(models)]),
    ...(cells.length === 0 ? [] : [tradeOffChart(cells), ...entryCharts(cells).values()]),
  ];
}

/**
 * The charts of a run as Vega-Lite specifications: data, which `svg.ts` draws.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { sweptValue } from "../config/setting_values.ts";
import type { CellMeasures } from "../measure/cell_measures.ts";
import type { ModelRun, RunRecord } from "./run_record.ts";

/** One picture. */
export interface Chart {
  /** Where it goes, below the run's folder. */
  readonly file: string;
  /** What it shows, for those who cannot see it. */
  readonly description: string;
  /**
   * How it is drawn.
   *
   * @internal
   */
  readonly spec: TopLevelSpec;
}

/** Points on a loss curve: enough for its shape, few enough to average out single documents. */
const LOSS_POINTS = 35;

/** What all charts share. */
export const common = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  background: "white",
  padding: 12,
} as const;

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
  const values = drawn.map(({ cell, quality, diversity }, index) => ({
    index,
    entry: `${cell.entry}`,
    strategy: cell.settings.strategy,
    label: sweptText(cell),
    likelihood: quality.logProbPerToken,
    unique: diversity.uniqueShare,
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

/** A chart for each entry that sweeps one number: what that does to the measures. */
export function sweepCharts(cells: readonly CellMeasures[]): Map<number, Chart> {
  const charts = new Map<number, Chart>();
  const likelihoods = cells.map(({ quality }) => quality.logProbPerToken);
  for (const [entry, own] of Map.groupBy(cells, ({ cell }) => cell.entry)) {
    const { strategy } = own[0]?.cell.settings ?? { strategy: "" };
    const [key, ...others] = own[0]?.cell.swept ?? [];
    if (key === undefined || others.length > 0) continue;
    charts.set(entry, {
      file: `charts/sweep-${entry + 1}-${strategy}.svg`,
      description: `Measures of ${strategy} by ${key}`,
      spec: sweepSpec(own, key, likelihoods),
    });
  }
  return charts;
}

/**
 * Three panels side by side. Their vertical axes are those of the whole grid, `likelihoods` included,
 * so that a difference that is small beside the others looks small.
 */
function sweepSpec(
  cells: readonly CellMeasures[],
  key: string,
  likelihoods: readonly number[],
): TopLevelSpec {
  const values = cells.map(({ cell, quality, diversity, cost }) => ({
    [key]: sweptValue(cell.settings, key),
    unique: diversity.uniqueShare,
    likelihood: quality.logProbPerToken,
    length: quality.meanLength,
    speed: cost.tokensPerTargetCall,
  }));
  const span = [Math.min(...likelihoods), Math.max(...likelihoods)];
  const speculative = cells[0]?.cell.settings.strategy === "speculative";
  const panels = [
    { field: "unique", title: "unique share", axis: { format: "%" }, scale: { domain: [0, 1] } },
    {
      field: "likelihood",
      title: "log-prob a token, nats",
      scale: { domain: span, zero: false, nice: true },
    },
    speculative
      ? { field: "speed", title: "tokens a target pass", scale: { zero: true } }
      : { field: "length", title: "mean length", scale: { zero: true } },
  ];
  return {
    ...common,
    data: { values },
    hconcat: panels.map((panel) => ({
      width: 165,
      height: 150,
      mark: { type: "line", point: true },
      encoding: {
        x: {
          // Vega would read `warp.top_k` as a field of a field.
          field: key.replaceAll(/[.[\]]/g, "\\$&"),
          title: key,
          type: "quantitative",
          scale: { zero: false },
          axis: { tickCount: 5 },
        },
        y: { type: "quantitative", ...panel },
      },
    })),
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
    ...(cells.length === 0 ? [] : [tradeOffChart(cells), ...sweepCharts(cells).values()]),
  ];
}

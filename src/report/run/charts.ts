/**
 * The charts of a run as Vega-Lite specifications: data, which `svg.ts` draws.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { sweptValue } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import { logProbPerToken } from "../../measure/likelihood.ts";
import {
  type CellMeasures,
  estimateIn,
  type MeasureFacts,
  type Panel,
} from "../../measure/measure.ts";
import { measures } from "../../measure/measures.ts";
import {
  axisTitle,
  buildCharts,
  type Chart,
  type ChartDefinition,
  common,
  intervalMark,
} from "../chart.ts";
import type { ModelRun, RunRecord } from "./run_record.ts";

/** Points on a loss curve: enough for its shape, few enough to average out single documents. */
const LOSS_POINTS = 35;

/** Training loss over the steps, each point the mean of a stretch of them. */
export const lossChart: ChartDefinition<RunRecord> = {
  name: "training loss",
  section: "models",
  of: ({ models }) =>
    models.length === 0 ? [] : [{
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
            title: "loss, nats per token",
            scale: { zero: false },
          },
          color: { field: "model", type: "nominal", title: null, sort: null },
        },
      },
    }],
};

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
export const tradeOffChart: ChartDefinition<RunRecord> = {
  name: "likelihood and diversity",
  section: "diversity",
  of: ({ cells }) =>
    cells.length === 0 ? [] : [{
      file: "charts/likelihood-diversity.svg",
      description: "Share of unique continuations against log-probability per token, by cell",
      spec: {
        ...common,
        width: 560,
        height: 340,
        data: { values: tradeOffPoints(cells) },
        encoding: {
          x: {
            field: "likelihood",
            type: "quantitative",
            title: `${axisTitle(logProbPerToken)} (more probable →)`,
            scale: { zero: false, nice: true },
          },
          y: {
            field: "unique",
            type: "quantitative",
            title: `${axisTitle(uniqueShare)} (more different →)`,
            axis: { format: "%" },
            scale: { domain: [0, 1], clamp: false },
          },
          color: {
            field: "strategy",
            type: "nominal",
            title: null,
            scale: {
              domain: [...new Set(cells.map(({ cell }) => cell.settings.strategy))],
              scheme: "category10",
            },
            legend: { symbolOpacity: 1 },
          },
        },
        layer: [
          {
            mark: { type: "line", strokeWidth: 1, opacity: 0.6 },
            encoding: {
              detail: { field: "entry" },
              order: { field: "index", type: "quantitative" },
            },
          },
          { mark: { type: "point", filled: true, size: 50, opacity: 1 } },
          {
            mark: { type: "text", dx: 7, dy: -5, align: "left", fontSize: 9 },
            encoding: { text: { field: "label" } },
          },
        ],
      },
    }],
};

function tradeOffPoints(cells: readonly CellMeasures[]) {
  // A cell of its own is drawn after, and so above, the points of a sweep.
  const drawn = cells.toSorted((a, b) => b.cell.swept.length - a.cell.swept.length);
  return drawn.flatMap((measures, index) => {
    const { entry, settings: { strategy } } = measures.cell;
    const likelihood = estimateIn(measures, logProbPerToken)?.value;
    const unique = estimateIn(measures, uniqueShare)?.value;
    if (likelihood === undefined || unique === undefined) return [];
    return [{
      index,
      entry: `${entry}`,
      strategy,
      label: sweptText(measures.cell),
      likelihood,
      unique,
    }];
  });
}

function sweptText({ settings, swept }: CellMeasures["cell"]): string {
  return swept.map((key) => String(sweptValue(settings, key))).join(", ");
}

/** A chart for each entry that sweeps one number: what that does to the measures. */
export const entryCharts: ChartDefinition<RunRecord> = {
  name: "sweep of an entry",
  section: "sweeps",
  of: ({ cells }) =>
    [...Map.groupBy(cells, ({ cell }) => cell.entry)].flatMap(([entry, own]) => {
      const [first] = own;
      const [key, ...others] = first?.cell.swept ?? [];
      if (first === undefined || key === undefined || others.length > 0) return [];
      const { strategy } = first.cell.settings;
      return [{
        file: `charts/sweep-${entry + 1}-${strategy}.svg`,
        description: `Measures of ${strategy} by ${key}`,
        entry,
        spec: {
          ...common,
          hconcat: panelsOf(first).map((panel) => panelSpec(own, key, panel, cells)),
        },
      }];
    }),
};

type PanelSpec = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number];

/** A measure and how it is drawn. */
interface PanelMeasure {
  readonly measure: MeasureFacts;
  readonly panel: Panel;
}

/** The pictures side by side of an entry that `first` belongs to. */
function panelsOf({ cell }: CellMeasures): PanelMeasure[] {
  const speculates = strategyOf(cell.settings).speculation !== undefined;
  return measures.flatMap((measure) => {
    const { panel } = measure;
    if (panel === undefined || panel.onlySpeculation === true && !speculates) return [];
    return [{ measure, panel }];
  });
}

/** A measure over the swept setting `key`, with its intervals. */
function panelSpec(
  own: readonly CellMeasures[],
  key: string,
  { measure, panel }: PanelMeasure,
  grid: readonly CellMeasures[],
): PanelSpec {
  const values = own.flatMap((measures) => {
    const estimate = estimateIn(measures, measure);
    if (estimate === undefined) return [];
    const { value, interval } = estimate;
    return [{ x: sweptValue(measures.cell.settings, key), value, ...interval }];
  });
  const y = { title: axisTitle(measure), ...axisOf(measure, panel, grid) };
  return {
    width: 165,
    height: 150,
    data: { values },
    encoding: {
      x: {
        field: "x",
        title: key,
        type: "quantitative",
        scale: { zero: false },
        axis: { tickCount: 5 },
      },
    },
    layer: [
      {
        mark: { type: "line", point: true },
        encoding: { y: { field: "value", type: "quantitative", ...y } },
      },
      {
        mark: intervalMark,
        encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      },
    ],
  };
}

/** Of the whole grid, so that a difference that is small beside the others looks small. */
function axisOf(measure: MeasureFacts, { axis }: Panel, grid: readonly CellMeasures[]) {
  if (axis === "share") return { scale: { domain: [0, 1] }, axis: { format: "%" } };
  if (axis === "from 0") return { scale: { zero: true } };
  const all = grid.flatMap((cell) => estimateIn(cell, measure) ?? []);
  const lows = all.map(({ value, interval }) => interval?.low ?? value);
  const highs = all.map(({ value, interval }) => interval?.high ?? value);
  return { scale: { domain: [Math.min(...lows), Math.max(...highs)], zero: false, nice: true } };
}

/** The kinds of charts of a run, in the order of its report. */
export const runCharts: readonly ChartDefinition<RunRecord>[] = [
  lossChart,
  tradeOffChart,
  entryCharts,
];

/** Every chart of a run; none where the config wants none. */
export function chartsOf(run: RunRecord): readonly Chart[] {
  return run.experiment.config.report.charts ? buildCharts(runCharts, run) : [];
}

import type { TopLevelSpec } from "vega-lite";
import { sweptValue } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import type { CellMeasures } from "../../measure/cell_measures.ts";
import type { Estimate } from "../../measure/interval.ts";
import { type Chart, common, intervalMark } from "../chart.ts";

/** A chart for each entry that sweeps one number: what that does to the measures. */
export function entryCharts(cells: readonly CellMeasures[]): Map<number, Chart> {
  const charts = new Map<number, Chart>();
  const likelihoods = cells.map(({ text }) => text.logProbPerToken);
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

/** One of the pictures side by side: a measure with its intervals. */
interface Panel {
  readonly title: string;
  readonly of: (cell: CellMeasures) => Estimate;
  readonly scale: Readonly<Record<string, unknown>>;
  readonly axis?: { readonly format: string };
}

type PanelSpec = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number];

/**
 * Three panels side by side. Their vertical axes are those of the whole grid, `likelihoods` included,
 * so that a difference that is small beside the others looks small.
 */
function sweepSpec(
  cells: readonly CellMeasures[],
  key: string,
  likelihoods: readonly Estimate[],
): TopLevelSpec {
  const lows = likelihoods.map(({ value, interval }) => interval?.low ?? value);
  const highs = likelihoods.map(({ value, interval }) => interval?.high ?? value);
  const domain = [Math.min(...lows), Math.max(...highs)];
  const panels: Panel[] = [
    {
      title: "unique share",
      of: ({ text }) => text.uniqueShare,
      scale: { domain: [0, 1] },
      axis: { format: "%" },
    },
    {
      title: "log-prob a token, nats",
      of: ({ text }) => text.logProbPerToken,
      scale: { domain, zero: false, nice: true },
    },
    cells.some(({ cell }) => strategyOf(cell.settings).speculation !== undefined)
      ? {
        title: "tokens a target pass",
        of: ({ cost }) => ({ value: cost.tokensPerTargetCall }),
        scale: { zero: true },
      }
      : { title: "mean length", of: ({ text }) => text.meanLength, scale: { zero: true } },
  ];
  return { ...common, hconcat: panels.map((panel) => panelSpec(cells, key, panel)) };
}

function panelSpec(
  cells: readonly CellMeasures[],
  key: string,
  { of, ...panel }: Panel,
): PanelSpec {
  const values = cells.map((measures) => {
    const { value, interval } = of(measures);
    return { x: sweptValue(measures.cell.settings, key), value, ...interval };
  });
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
        encoding: { y: { field: "value", type: "quantitative", ...panel } },
      },
      {
        mark: intervalMark,
        encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      },
    ],
  };
}

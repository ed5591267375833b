/**
 * The texts that a strategy draws, by a swept setting: a chart for each entry of the grid that
 * sweeps one number. Searches and speculation have charts of their own.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { type CellMeasures, estimateIn, type MeasureFacts } from "../../measure/measure.ts";
import { measures } from "../../measure/measures.ts";
import type { ChartDefinition } from "../chart.ts";
import type { RunRecord } from "../run/run_record.ts";
import { type Axis, sweptAxis, valueAxis } from "./axis.ts";
import { axisTitle, pointText } from "./description.ts";
import { chartOfSeveral, MARGINS, type Picture } from "./frame.ts";
import { type Point, seriesLayers } from "./series.ts";
import { lookOf } from "./theme.ts";

const SIZE = { width: 140, height: 140 };
const COLUMNS = 3;

/** A chart for each entry that sweeps one number of a strategy that draws texts. */
export const samplerSweepCharts: ChartDefinition<RunRecord> = {
  name: "sweep of an entry",
  section: "sweeps",
  of: ({ cells }) =>
    [...Map.groupBy(cells, ({ cell }) => cell.entry)].flatMap(([entry, own]) => {
      const [first] = own;
      const [key, ...others] = first?.cell.swept ?? [];
      if (first === undefined || key === undefined || others.length > 0) return [];
      const { isSearch, speculation } = strategyOf(first.cell.settings);
      const isNumber = own.every(({ cell }) => typeof sweptValue(cell.settings, key) === "number");
      if (isSearch || speculation !== undefined || own.length < 2 || !isNumber) return [];
      const { strategy } = first.cell.settings;
      const pictures = measures.flatMap((measure) => pictureOf(measure, own, key) ?? []);
      return [{
        file: `charts/sweep-${entry + 1}-${strategy}.svg`,
        description: `${strategy} by ${key}: ${pictures.map(({ title }) => title).join("; ")}`,
        entry,
        spec: chartOfSeveral(pictures, COLUMNS, { ...MARGINS, left: 56, right: 12 }),
      }];
    }),
};

/** A measure over the setting `key`; none of a measure that is not drawn, or that no cell has. */
function pictureOf(
  measure: MeasureFacts,
  own: readonly CellMeasures[],
  key: string,
): Picture | undefined {
  if (measure.panel === undefined) return undefined;
  const points = own.flatMap((cell): Point[] => {
    const y = estimateIn(cell, measure);
    if (y === undefined) return [];
    const x = Number(sweptValue(cell.cell.settings, key));
    return [{ x, y, description: pointText(cell.cell.label, [[measure, y]]) }];
  });
  if (points.length === 0) return undefined;
  const axes = {
    x: sweptAxis(key, points.map(({ x }) => x), SIZE.width),
    y: axisOf(measure, points.map(({ y }) => y)),
  };
  const series = [{ name: key, look: lookOf(0), points }];
  return { title: axisTitle(measure), ...SIZE, layers: seriesLayers(series, axes) };
}

function axisOf({ unit, panel }: MeasureFacts, found: readonly Estimate[]): Axis {
  const values = found.flatMap(({ value, interval }) =>
    interval === undefined ? [value] : [value, interval.low, interval.high]
  );
  return valueAxis("", values, {
    from0: panel === "from 0",
    most: 4,
    ...(unit === "share" ? { format: "percent" as const, within: [0, 1] as const } : {}),
  });
}

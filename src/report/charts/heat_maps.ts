/**
 * Sweeps of two settings in one entry of the grid: a square for each pair of values, with the measure
 * written into it.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { tokensPerTargetCall } from "../../measure/cost.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import { logProbPerToken, meanLength, meanLogProb } from "../../measure/likelihood.ts";
import { type CellMeasures, estimateIn, type MeasureFacts } from "../../measure/measure.ts";
import { operations } from "../../measure/speculation.ts";
import type { ChartDefinition } from "../chart.ts";
import { numberText } from "../estimate_text.ts";
import type { RunRecord } from "../run/run_record.ts";
import { axisTitle, pointText } from "./description.ts";
import { chartOfSeveral, MARGINS, MOST_WIDTH, type Picture } from "./frame.ts";
import { shortened } from "./names.ts";
import { COLOURS, FONT_SIZE, textWidth } from "./theme.ts";

/** How high a row is. */
const ROW = 30;
/** The least room of a column, for a number such as `−12.34`. */
const COLUMN = 56;

/** Two measures of each entry that sweeps two settings. */
export const heatMaps: ChartDefinition<RunRecord> = {
  name: "sweep of two settings",
  section: "sweeps",
  of: ({ cells }) =>
    [...Map.groupBy(cells, ({ cell }) => cell.entry)].flatMap(([entry, own]) => {
      const [first] = own;
      const [key, other, ...more] = first?.cell.swept ?? [];
      if (first === undefined || key === undefined || other === undefined || more.length > 0) {
        return [];
      }
      const { strategy } = first.cell.settings;
      const maps = measuresOf(first).flatMap((measure) => mapOf(own, measure, [key, other]) ?? []);
      const [{ left, picture }] = [...maps, { left: 0, picture: undefined }];
      if (picture === undefined) return [];
      const beside = 2 * (left + picture.width + MARGINS.right) <= MOST_WIDTH;
      return [{
        file: `charts/sweep-${entry + 1}-${strategy}.svg`,
        description: `${strategy} by ${key} and ${other}: ${
          maps.map(({ picture: { title } }) => title).join("; ")
        }`,
        entry,
        spec: chartOfSeveral(maps.map(({ picture }) => picture), beside ? 2 : 1, {
          ...MARGINS,
          left,
        }),
      }];
    }),
};

/** The measures that say what a strategy is for. */
function measuresOf({ cell: { settings } }: CellMeasures): readonly MeasureFacts[] {
  const { isSearch, speculation } = strategyOf(settings);
  if (speculation !== undefined) return [tokensPerTargetCall, operations];
  return isSearch ? [meanLogProb, meanLength] : [logProbPerToken, uniqueShare];
}

/** A measure by two settings, and the room that the values of the second take on the left. */
function mapOf(
  own: readonly CellMeasures[],
  measure: MeasureFacts,
  [across, down]: readonly [string, string],
): { readonly left: number; readonly picture: Picture } | undefined {
  const squares = own.flatMap((cell) => {
    const estimate = estimateIn(cell, measure);
    if (estimate === undefined) return [];
    const text = (key: string): string =>
      shortened(String(sweptValue(cell.cell.settings, key)).replace("-", "−"));
    return [{
      across: text(across),
      down: text(down),
      value: estimate.value,
      text: numberText(measure, estimate.value),
      description: pointText(cell.cell.label, [[measure, estimate]]),
    }];
  });
  if (squares.length === 0) return undefined;
  const columns = [...new Set(squares.map((square) => square.across))];
  const rows = [...new Set(squares.map((square) => square.down))];
  const left = 12 + 2 * FONT_SIZE + Math.max(...rows.map(textWidth));
  const title = axisTitle(measure);
  const column = Math.max(
    COLUMN,
    Math.ceil((textWidth(title) + 10 - left) / columns.length),
    ...squares.map(({ text, across }) => 8 + Math.max(textWidth(text), textWidth(across))),
  );
  const place = (field: string, domain: readonly string[], title: string, angle: number) => ({
    field,
    type: "ordinal" as const,
    title,
    sort: null,
    scale: { domain: [...domain], paddingInner: 0.04, paddingOuter: 0 },
    axis: { labelAngle: 0, titleAngle: angle, domain: false, ticks: false, grid: false },
  });
  const [x, y] = [place("across", columns, across, 0), place("down", rows, down, -90)];
  return {
    left,
    picture: {
      title,
      width: column * columns.length,
      height: ROW * rows.length,
      layers: [
        {
          data: { values: squares },
          mark: { type: "rect", color: COLOURS[0] },
          encoding: {
            x,
            y,
            // Faint enough for the text in it, on light and dark pages.
            opacity: {
              field: "value",
              type: "quantitative",
              scale: { range: [0.06, 0.5], zero: false },
              legend: null,
            },
            description: { field: "description" },
          },
        },
        {
          data: { values: squares },
          mark: { type: "text", align: "center" },
          encoding: { x, y, text: { field: "text" } },
        },
      ],
    },
  };
}

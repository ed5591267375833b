/**
 * Charts with a row for each of several things, named at its left end, and a picture beside it for each of
 * several measures.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { Estimate } from "../../measure/estimate.ts";
import type { Axis } from "./axis.ts";
import {
  chartOfSeveral,
  horizontal,
  type Layer,
  MARGINS,
  MOST_WIDTH,
  type Picture,
} from "./frame.ts";
import { LINE_HEIGHT } from "./label_placement.ts";
import { looks } from "./series.ts";
import { type Look, textWidth } from "./theme.ts";

/** A measure of all rows. */
export interface RowPicture {
  /** Its title, with its unit. */
  readonly title: string;
  /** Its axis. */
  readonly axis: Axis;
  /** Its points. */
  readonly points: readonly RowPoint[];
}

/** A point in a row. */
export interface RowPoint {
  /** The row, from 0. */
  readonly row: number;
  /** Its place, with an interval if one is known. */
  readonly at: Estimate;
  /** Its colour and shape. */
  readonly look: Look;
  /** The point in words. */
  readonly description: string;
  /** Values that it is the mean of, which are drawn as small points. */
  readonly parts?: readonly { readonly value: number; readonly description: string }[];
}

/** How high a row is. */
const ROW = LINE_HEIGHT + 6;
const COLUMNS = 3;
const BETWEEN_COLUMNS = 22;

/**
 * A chart of rows with `names`, and below it a `note` on how to read it.
 *
 * @internal
 */
export function chartOfRows(
  names: readonly string[],
  measured: readonly RowPicture[],
  note = "",
): TopLevelSpec {
  const left = 14 + Math.max(...names.map(textWidth));
  const height = ROW * names.length;
  const width = Math.floor(
    (MOST_WIDTH - left - MARGINS.right - (COLUMNS - 1) * BETWEEN_COLUMNS) / COLUMNS,
  );
  const lastRow = COLUMNS * Math.floor((measured.length - 1) / COLUMNS);
  const pictures = measured.map(({ title, axis, points }, i): Picture => ({
    title,
    titleAt: 0,
    width,
    height,
    layers: [
      guides(names.length, width),
      ...pointLayers(points, axis),
      ...i % COLUMNS === 0 ? [nameLayer(names, left)] : [],
      ...note !== "" && i === lastRow ? [noteLayer(note, left, height)] : [],
    ],
  }));
  return chartOfSeveral(
    pictures,
    COLUMNS,
    { ...MARGINS, left },
    { column: BETWEEN_COLUMNS, row: MARGINS.top + 30 },
  );
}

/** The middle of a row, in pixels. */
function middleOf(row: number): number {
  return ROW * (row + 0.5);
}

const place = { field: "y", type: "quantitative", scale: null, axis: null } as const;

/** A thin line through each row. */
function guides(rows: number, width: number): Layer {
  return {
    data: { values: Array.from({ length: rows }, (_, row) => ({ y: middleOf(row) })) },
    mark: { type: "rule", strokeWidth: 1, opacity: 0.12, aria: false },
    encoding: { y: place, x: { value: 0 }, x2: { value: width } },
  };
}

function pointLayers(points: readonly RowPoint[], x: Axis): Layer[] {
  const parts = points.flatMap(({ row, look, parts = [] }) =>
    parts.map(({ value, description }) => ({ ...look, y: middleOf(row), x: value, description }))
  );
  const values = points.map(({ row, at: { value, interval }, look, description }) => ({
    ...look,
    y: middleOf(row),
    x: value,
    low: interval?.low ?? value,
    high: interval?.high ?? value,
    description,
  }));
  const description = { field: "description" };
  return [
    {
      data: { values },
      mark: { type: "rule", aria: false },
      encoding: { x: horizontal(x, "low"), x2: { field: "high" }, y: place, color: looks.color },
    },
    ...parts.length === 0 ? [] : [{
      data: { values: parts },
      mark: { type: "point" as const, filled: false, size: 40, strokeWidth: 1.5 },
      encoding: { x: horizontal(x, "x"), y: place, color: looks.color, description },
    }],
    {
      data: { values },
      mark: { type: "point" },
      encoding: { x: horizontal(x, "x"), y: place, ...looks, description },
    },
  ];
}

/** The names of rows, at their left end. */
function nameLayer(names: readonly string[], left: number): Layer {
  return {
    data: { values: names.map((name, row) => ({ name, y: middleOf(row) })) },
    mark: { type: "text" },
    encoding: { x: { value: 4 - left }, y: place, text: { field: "name" } },
  };
}

function noteLayer(note: string, left: number, height: number): Layer {
  return {
    data: { values: [{ note }] },
    mark: { type: "text", text: note },
    encoding: { x: { value: 4 - left }, y: { value: height + 36 } },
  };
}

/**
 * Charts of one picture or of several beside one another, whose sizes are chosen here to the pixel, so
 * that they fit a page, and the texts placed in them stay where they were placed.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { common } from "../chart.ts";
import type { Axis, TickFormat } from "./axis.ts";

/**
 * A layer of marks in a picture.
 *
 * @internal
 */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];

/** One picture: what is drawn on its axes. */
export interface Picture {
  /** Its title, which says what its vertical axis shows. */
  readonly title?: string;
  /** Where the title begins, in pixels from the inside; if left out, where the vertical axis' texts do. */
  readonly titleAt?: number;
  /** How wide its inside is, in pixels. */
  readonly width: number;
  /** How high its inside is. */
  readonly height: number;
  /** Its marks, from the lowest to the highest. */
  readonly layers: readonly Layer[];
}

/** Pixels around the inside of a picture. */
export interface Margins {
  /** For the texts of the vertical axis. */
  readonly left: number;
  /** For texts at the right end of lines. */
  readonly right: number;
  /** For the title. */
  readonly top: number;
  /** For the texts of the horizontal axis, and its title. */
  readonly bottom: number;
}

/** The widest chart: what a page of a report has room for. */
export const MOST_WIDTH = 640;

/** The margins of a picture that has both axes and a title. */
export const MARGINS: Margins = { left: 58, right: 14, top: 30, bottom: 46 };

/**
 * A chart of one picture.
 *
 * @internal
 */
export function chartOf(picture: Picture, margins: Margins = MARGINS): TopLevelSpec {
  const { width, height, layers } = picture;
  return {
    ...common,
    autosize: { type: "none", contains: "content" },
    padding: { ...margins },
    width,
    height,
    layer: [...layers, ...titleOf(picture, margins)],
  };
}

/**
 * A chart of several pictures of one size, `columns` of them in a row.
 *
 * @internal
 */
export function chartOfSeveral(
  pictures: readonly Picture[],
  columns: number,
  margins: Margins = MARGINS,
  between: { readonly column: number; readonly row: number } = {
    column: margins.left + margins.right,
    row: margins.top + margins.bottom,
  },
): TopLevelSpec {
  const [{ width, height } = { width: 0, height: 0 }] = pictures;
  const across = Math.min(columns, pictures.length);
  const down = Math.ceil(pictures.length / columns);
  return {
    ...common,
    // Pictures beside one another make no size of their own, so that what is not left or top is right
    // and bottom.
    autosize: { type: "none", contains: "content" },
    padding: {
      left: margins.left,
      top: margins.top,
      right: across * width + (across - 1) * between.column + margins.right,
      bottom: down * height + (down - 1) * between.row + margins.bottom,
    },
    columns,
    bounds: "flush",
    spacing: { ...between },
    resolve: { scale: { x: "independent", y: "independent" } },
    concat: pictures.map((picture) => ({
      width: picture.width,
      height: picture.height,
      layer: [...picture.layers, ...titleOf(picture, margins)],
    })),
  };
}

/** A picture's title is a text, since that stays in its place. */
function titleOf({ title, titleAt }: Picture, { left }: Margins): Layer[] {
  return title === undefined ? [] : [{
    data: { values: [{ title }] },
    mark: { type: "text", fontWeight: "bold", text: title },
    encoding: { x: { value: titleAt ?? 4 - left }, y: { value: -18 } },
  }];
}

/**
 * The field of the data that a picture's horizontal place is.
 *
 * @internal
 */
export function horizontal(axis: Axis, field: string) {
  return { field, type: "quantitative" as const, ...scaleOf(axis) };
}

/**
 * The field that its vertical place is; the axis has its title above the picture.
 *
 * @internal
 */
export function vertical(axis: Axis, field: string) {
  return { field, type: "quantitative" as const, ...scaleOf(axis), title: null };
}

/** Places in pixels from the upper left, where what is drawn was measured before. */
export const inPixels = {
  x: { field: "x", type: "quantitative", scale: null, axis: null },
  y: { field: "y", type: "quantitative", scale: null, axis: null },
} as const;

function scaleOf({ title, isLog, domain, ticks, format }: Axis) {
  return {
    title,
    scale: {
      domain: [...domain],
      nice: false,
      ...(isLog ? { type: "log" as const, base: 2 } : {}),
    },
    axis: { values: [...ticks], format: FORMATS[format] },
  };
}

/** The formats of ticks in the language of d3, whose minus is a real one. */
const FORMATS: Readonly<Record<TickFormat, string>> = { number: ",.6~r", percent: ".6~p" };

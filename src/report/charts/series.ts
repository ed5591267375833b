/**
 * Series of points in a picture: each with a colour and a shape, its points joined, their intervals as
 * bars, and every point described with its exact value.
 *
 * @module
 */
import type { Estimate } from "../../measure/estimate.ts";
import type { Axis } from "./axis.ts";
import { horizontal, type Layer, vertical } from "./frame.ts";
import { type Look, NEUTRAL } from "./theme.ts";

/** Points that belong together. */
export interface Series {
  /** Its name, for those who read of its points. */
  readonly name: string;
  /** Its colour and its shape. */
  readonly look: Look;
  /** Its points, which are joined. */
  readonly points: readonly Point[];
}

/** A point, and how it is described. */
export interface Point {
  /** Its place on the horizontal axis. */
  readonly x: number;
  /** Its place on the vertical axis, with an interval if one is known. */
  readonly y: Estimate;
  /** The point in words, with its exact value. */
  readonly description: string;
}

/** The axes of a picture. */
export interface Axes {
  /** The horizontal one. */
  readonly x: Axis;
  /** The vertical one. */
  readonly y: Axis;
}

/** The layers of `series`: lines below intervals below points. */
export function seriesLayers(series: readonly Series[], { x, y }: Axes): Layer[] {
  const values = series.flatMap(({ look, points }, index) =>
    points.map(({ x, y: { value, interval }, description }) => ({
      series: `${index}`,
      ...look,
      x,
      y: value,
      ...interval,
      description,
    }))
  );
  const joined = series.flatMap(({ points }, index) => points.length > 1 ? [`${index}`] : []);
  const layers: Layer[] = [{
    data: { values },
    mark: { type: "point" },
    encoding: {
      x: horizontal(x, "x"),
      y: vertical(y, "y"),
      ...looks,
      description: { field: "description" },
    },
  }];
  if (values.some(({ low }) => low !== undefined)) {
    layers.unshift({
      data: { values: values.filter(({ low }) => low !== undefined) },
      mark: { type: "rule", aria: false },
      encoding: {
        x: horizontal(x, "x"),
        y: vertical(y, "low"),
        y2: { field: "high" },
        color: looks.color,
      },
    });
  }
  if (joined.length > 0) {
    layers.unshift({
      data: { values: values.filter(({ series }) => joined.includes(series)) },
      mark: { type: "line", aria: false },
      encoding: {
        x: horizontal(x, "x"),
        y: vertical(y, "y"),
        color: looks.color,
        detail: { field: "series" },
      },
    });
  }
  return layers;
}

/** The colours and shapes of marks, from data that have them as `colour` and `shape`. */
export const looks = {
  color: { field: "colour", type: "nominal", scale: null },
  shape: { field: "shape", type: "nominal", scale: null },
} as const;

/** A level that is the same wherever one looks, as a dashed line across a picture. */
export function ruleLayer(
  value: number,
  description: string,
  y: Axis,
  dash: readonly [number, number],
): Layer {
  return {
    data: { values: [{ y: value, description }] },
    mark: { type: "rule", strokeDash: [...dash], color: NEUTRAL },
    encoding: { y: vertical(y, "y"), description: { field: "description" } },
  };
}

/**
 * The names of series beside their marks, as a picture in a free place of a chart of several pictures.
 *
 * @module
 */
import type { Layer, Picture } from "./frame.ts";
import { LINE_HEIGHT } from "./label_placement.ts";
import { looks } from "./series.ts";
import { type Look, NEUTRAL } from "./theme.ts";

/** A name in a legend. */
export interface LegendItem {
  /** The name. */
  readonly text: string;
  /** The mark of its points; none for a line without points. */
  readonly look?: Look;
  /** The dashes of its line, where it is a line. */
  readonly dash?: readonly [number, number];
}

/** How wide a mark is, with the space after it. */
const MARK_WIDTH = 26;

/** A picture of the names of `items`, one below the other. */
export function legendPicture(
  items: readonly LegendItem[],
  { width, height }: Pick<Picture, "width" | "height">,
): Picture {
  const values = items.map(({ text, look, dash }, i) => ({
    text,
    colour: look?.colour ?? NEUTRAL,
    shape: look?.shape ?? "circle",
    dash: dash ?? [1, 0],
    hasPoint: look !== undefined,
    hasLine: dash !== undefined,
    begin: 0,
    middle: MARK_WIDTH / 2 - 4,
    end: MARK_WIDTH - 8,
    after: MARK_WIDTH,
    y: LINE_HEIGHT * (i + 0.5),
  }));
  const place = (field: string) => ({
    field,
    type: "quantitative" as const,
    scale: null,
    axis: null,
  });
  const lines = values.filter(({ hasLine }) => hasLine);
  const points = values.filter(({ hasPoint }) => hasPoint);
  const layers: Layer[] = [
    ...lines.length === 0 ? [] : [{
      data: { values: lines },
      mark: { type: "rule" as const, strokeWidth: 2, aria: false },
      encoding: {
        x: place("begin"),
        x2: { field: "end" },
        y: place("y"),
        color: looks.color,
        strokeDash: { field: "dash", type: "nominal" as const, scale: null },
      },
    }],
    ...points.length === 0 ? [] : [{
      data: { values: points },
      mark: { type: "point" as const, aria: false },
      encoding: { x: place("middle"), y: place("y"), ...looks },
    }],
    {
      data: { values },
      mark: { type: "text" },
      encoding: { x: place("after"), y: place("y"), text: { field: "text" } },
    },
  ];
  return { width, height, layers };
}

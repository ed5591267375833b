/**
 * The looks of all charts: colours that colour-blind readers can tell apart, shapes beside them, and text
 * that can be read where a chart is shown.
 *
 * Marks have the four of Okabe and Ito's (2008) colours that stand out by 3 : 1 from white and from a
 * dark page alike (WCAG 2.2, 1.4.11), and the colour of the text in place of their black. Text, axes and
 * grids have `currentColor`: that of the page around a chart, or of the reader's own theme where a file
 * is opened by itself.
 *
 * @module
 */

/** Okabe and Ito's blue, vermillion, bluish green and reddish purple. */
export const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"] as const;

/** The colour of the text around: of baselines, corpora, theory, and all that is no strategy. */
export const NEUTRAL = "currentColor";

/** Shapes of points, which tell apart what has the same colour. */
export const SHAPES = [
  "circle",
  "square",
  "triangle-up",
  "diamond",
  "cross",
  "triangle-down",
  "triangle-left",
  "triangle-right",
] as const;

/** A colour and a shape, which no other series of a chart has together. */
export interface Look {
  /** The colour of its marks. */
  readonly colour: string;
  /** The shape of its points. */
  readonly shape: string;
}

/**
 * The look of series `index` of a chart. Neighbours have other colours and other shapes; the pair of
 * both returns after 32 series.
 */
export function lookOf(index: number): Look {
  const colour = COLOURS[index % COLOURS.length] ?? NEUTRAL;
  const turn = Math.floor(index / COLOURS.length);
  const shape = SHAPES[(index + turn) % SHAPES.length] ?? "circle";
  return { colour, shape };
}

/** The size of all text, in pixels at the width shown. */
export const FONT_SIZE = 13;

/** The colours of a chart that is opened by itself. */
export const THEMES = {
  light: { text: "#1f2328", background: "#ffffff" },
  dark: { text: "#e6edf3", background: "#16181d" },
} as const;

/**
 * The style of a chart's file. `svg:root` is the chart only where the file is opened by itself, or shown
 * as an image: inside of a page it has the page's colours.
 */
export const FILE_STYLE: string =
  `svg:root{color:${THEMES.light.text};background:${THEMES.light.background}}` +
  `@media (prefers-color-scheme:dark){svg:root{color:${THEMES.dark.text};` +
  `background:${THEMES.dark.background}}}`;

/** About as wide as `text` is, in pixels: as wide as in DejaVu Sans, wider than in most fonts. */
export function textWidth(text: string): number {
  return Math.ceil(0.61 * FONT_SIZE * [...text].length);
}

/** The part of a specification that all charts share. */
export const config = {
  font: "system-ui, sans-serif",
  view: { stroke: null },
  axis: {
    labelFontSize: FONT_SIZE,
    titleFontSize: FONT_SIZE,
    titleFontWeight: "normal",
    labelColor: NEUTRAL,
    titleColor: NEUTRAL,
    domainColor: NEUTRAL,
    tickColor: NEUTRAL,
    gridColor: NEUTRAL,
    domainOpacity: 0.5,
    tickOpacity: 0.5,
    gridOpacity: 0.12,
    labelOverlap: false,
    labelFlush: false,
    labelLimit: 0,
    titleLimit: 0,
    tickSize: 4,
  },
  axisX: { labelPadding: 5 },
  title: { fontSize: FONT_SIZE, fontWeight: "bold", color: NEUTRAL, anchor: "start", limit: 0 },
  text: { fontSize: FONT_SIZE, color: NEUTRAL, baseline: "middle", align: "left" },
  line: { strokeWidth: 2 },
  rule: { strokeWidth: 1.5, color: NEUTRAL },
  point: { filled: true, size: 60, opacity: 1 },
} as const;

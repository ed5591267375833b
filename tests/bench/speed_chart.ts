/**
 * The chart of the page: a line for each kind of work, and on it how fast others are beside microbeam on
 * one core. In two widths: a phone's, where a line's name stands above it, and a page's.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { common } from "../../src/report/chart.ts";
import type { Layer } from "../../src/report/charts/frame.ts";
import { COLOURS, FONT_SIZE, NEUTRAL, textWidth } from "../../src/report/charts/theme.ts";
import { drawSvg } from "../../src/report/svg.ts";
import { COMPARED, type Compared, type SpeedSection } from "./speed_lines.ts";

/** How marks of each look; the rule at 1 is microbeam on one core. */
const LOOKS: Readonly<Record<Compared, { colour: string; shape: string; filled: boolean }>> = {
  "all cores": { colour: COLOURS[0], shape: "circle", filled: true },
  strict: { colour: COLOURS[0], shape: "circle", filled: false },
  before: { colour: COLOURS[3], shape: "diamond", filled: false },
  PyTorch: { colour: COLOURS[1], shape: "square", filled: true },
  "jax-js": { colour: COLOURS[2], shape: "triangle-up", filled: true },
  bound: { colour: NEUTRAL, shape: "stroke", filled: false },
};

/** A layout: whether names stand above their lines, and the width of it all. */
export interface Layout {
  /** Of the picture, in pixels. */
  readonly width: number;
  /** Whether names stand above their lines. */
  readonly isNarrow: boolean;
}

/** What fits a phone, and what fits a page. */
export const LAYOUTS: Readonly<Record<"narrow" | "wide", Layout>> = {
  narrow: { width: 328, isNarrow: true },
  wide: { width: 760, isNarrow: false },
};

const LINE = FONT_SIZE + 7;
const EDGE = 6;
/** Marks nearer to each other than this are put below one another, so far apart. */
const MARK = 11;

/** The chart as a description for those who do not see it. */
export function descriptionOf(sections: readonly SpeedSection[]): string {
  const lines = sections.flatMap(({ lines }) => lines).map(({ name, reached, speeds }) => {
    const others = speeds.map(({ who, speed }) => `${who} ${speedText(speed)}`);
    return `${name}: ${reached}; ${others.join(", ")}`;
  });
  return `Speeds beside microbeam on one core, which is 1. ${lines.join(". ")}.`;
}

function speedText(speed: number): string {
  return speed.toPrecision(2);
}

/** A picture as text. */
export async function speedChart(
  sections: readonly SpeedSection[],
  layout: Layout,
): Promise<string> {
  const chart = {
    file: "speed.svg",
    section: "cells",
    description: descriptionOf(sections),
    spec: specOf(sections, layout),
  } as const;
  return await drawSvg(chart);
}

function specOf(sections: readonly SpeedSection[], { width, isNarrow }: Layout): TopLevelSpec {
  const lines = sections.flatMap(({ lines }) => lines);
  const names = isNarrow ? 0 : Math.max(...lines.map(({ name }) => textWidth(name)));
  const values = isNarrow ? 0 : Math.max(...lines.map(({ reached }) => textWidth(reached)));
  const [left, right] = isNarrow
    ? [EDGE + 16, width - EDGE - 16]
    : [EDGE + names + 16, width - EDGE - values - 16];
  const scale = scaleOf(
    lines.flatMap(({ speeds }) => speeds.map(({ speed }) => speed)),
    left,
    right,
  );
  const texts: Text[] = [];
  const marks: Mark[] = [];
  const guides: { y: number; y2: number }[] = [];
  let y = legend(texts, marks, width) + LINE;
  for (const { title, subtitle, lines } of sections) {
    texts.push({ x: EDGE, y, text: title, isHeading: true });
    y += LINE;
    if (subtitle !== undefined) {
      texts.push({ x: EDGE, y, text: subtitle });
      y += LINE;
    }
    for (const { name, reached, speeds } of lines) {
      const room = isNarrow ? width - 2 * EDGE - textWidth(reached) - 8 : Infinity;
      texts.push({ x: EDGE, y, text: fitting(name, room) }, {
        x: width - EDGE,
        y,
        text: reached,
        align: "right",
      });
      if (isNarrow) y += LINE - 2;
      const placed = apart(speeds.map(({ who, speed }) => ({ who, y, x: scale.at(speed) })));
      const y2 = Math.max(y, ...placed.map(({ y }) => y));
      marks.push(...placed);
      guides.push({ y, y2 });
      y = y2 + LINE + (isNarrow ? 4 : 0);
    }
    y += 6;
  }
  const bottom = y - LINE / 2;
  /** Beside each row, and through no text. */
  const upright = (x: number) =>
    guides.map(({ y, y2 }) => ({ x, x2: x, y: y - LINE / 2, y2: y2 + LINE / 2 }));
  texts.push(
    ...scale.ticks.map(({ x, text }): Text => ({ x, y: bottom + 10, text, align: "center" })),
    { x: (left + right) / 2, y: bottom + 30, text: scale.title, align: "center" },
  );
  return {
    ...common,
    autosize: { type: "none", contains: "content" },
    padding: 0,
    width,
    height: bottom + 44,
    layer: [
      rules(guides.map(({ y }) => ({ x: left, x2: right, y, y2: y })), 0.12),
      rules(scale.ticks.flatMap(({ x }) => upright(x)), 0.12),
      rules(upright(scale.at(1)), 0.7),
      ...COMPARED.map((who) => points(marks.filter((mark) => mark.who === who), who)),
      ...["left", "right", "center", "heading"].map((kind) =>
        textLayer(texts.filter((text) => kindOf(text) === kind), kind)
      ),
    ],
  };
}

/** `text` or its beginning, so that it is no wider than `room`. */
function fitting(text: string, room: number): string {
  if (textWidth(text) <= room) return text;
  let end = text.length;
  while (end > 0 && textWidth(`${text.slice(0, end)}…`) > room) end--;
  return `${text.slice(0, end)}…`;
}

/** A text that is placed. */
interface Text {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly align?: "right" | "center";
  readonly isHeading?: boolean;
}

/** A mark that is placed. */
interface Mark {
  readonly x: number;
  readonly y: number;
  readonly who: Compared;
}

/** The marks of a row, those below one another that would be on one another. */
function apart(marks: readonly Mark[]): Mark[] {
  const placed: Mark[] = [];
  for (const mark of marks) {
    let { y } = mark;
    while (placed.some((other) => other.y === y && Math.abs(other.x - mark.x) < MARK)) y += MARK;
    placed.push({ ...mark, y });
  }
  return placed;
}

/** Puts the names of marks on top, in columns; how far down they reach. */
function legend(texts: Text[], marks: Mark[], width: number): number {
  let [x, y] = [EDGE, LINE];
  for (
    const text of ["Line at 1: microbeam on one core.", "Rows with a bound alone have no peer."]
  ) {
    texts.push({ x, y, text });
    y += LINE;
  }
  const room = Math.max(...COMPARED.map((who) => 18 + textWidth(who) + 12));
  for (const who of COMPARED) {
    if (x + room > width) [x, y] = [EDGE, y + LINE];
    marks.push({ x: x + 6, y, who });
    texts.push({ x: x + 18, y, text: who });
    x += room;
  }
  return y + 8;
}

/** A logarithmic scale on which all of `speeds` and 1 have room. */
function scaleOf(
  speeds: readonly number[],
  left: number,
  right: number,
): { at(speed: number): number; ticks: { x: number; text: string }[]; title: string } {
  const exponents = speeds.map(Math.log2);
  const low = Math.floor(Math.min(0, ...exponents) - 0.2);
  const high = Math.ceil(Math.max(0, ...exponents) + 0.2);
  const at = (speed: number): number =>
    left + (right - left) * (Math.log2(speed) - low) / (high - low);
  // As many ticks as have room.
  const step = [1, 2, 3, 4, 6].find((step) => (high - low) / step * 46 <= right - left) ?? 8;
  const ticks: { x: number; text: string }[] = [];
  for (let exponent = Math.ceil(low / step) * step; exponent <= high; exponent += step) {
    const power = 2 ** Math.abs(exponent);
    ticks.push({ x: at(2 ** exponent), text: exponent < 0 ? `1/${power}` : `${power}×` });
  }
  return { at, ticks, title: "times as fast, or as small (log scale)" };
}

const place = (field: string) => ({
  field,
  type: "quantitative" as const,
  scale: null,
  axis: null,
});

function rules(
  values: { x: number; x2: number; y: number; y2: number }[],
  opacity: number,
): Layer {
  return {
    data: { values },
    mark: { type: "rule", strokeWidth: 1, opacity, aria: false },
    encoding: { x: place("x"), x2: { field: "x2" }, y: place("y"), y2: { field: "y2" } },
  };
}

function points(values: { x: number; y: number }[], who: Compared): Layer {
  const { colour, shape, filled } = LOOKS[who];
  const isTick = shape === "stroke";
  return {
    data: { values },
    mark: {
      type: "point",
      aria: false,
      shape: isTick ? "M0,-1L0,1" : shape,
      size: isTick ? 60 : 56,
      filled,
      strokeWidth: isTick ? 3 : 2,
      ...filled ? { fill: colour } : { stroke: colour },
    },
    encoding: { x: place("x"), y: place("y") },
  };
}

/** How texts are set: by their side, or as a heading. */
function kindOf({ align, isHeading }: Text): string {
  return isHeading ? "heading" : align ?? "left";
}

function textLayer(texts: readonly Text[], kind: string): Layer {
  return {
    data: { values: texts.map(({ x, y, text }) => ({ x, y, text })) },
    mark: {
      type: "text",
      aria: false,
      align: kind === "right" || kind === "center" ? kind : "left",
      fontWeight: kind === "heading" ? "bold" : "normal",
    },
    encoding: { x: place("x"), y: place("y"), text: { field: "text" } },
  };
}

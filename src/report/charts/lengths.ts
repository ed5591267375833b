/**
 * How long the texts of strategies are, each beside the documents: a small picture for each.
 *
 * @module
 */
import { haveSameDistribution } from "../../measure/baseline.ts";
import { lengthDistance } from "../../measure/diversity.ts";
import type { LengthCounts } from "../../measure/lengths.ts";
import { type CellMeasures, numberIn } from "../../measure/measure.ts";
import { escapeControl } from "../../text/characters.ts";
import type { ChartDefinition } from "../chart.ts";
import { trainsTarget } from "../run/measures_of_run.ts";
import type { RunRecord } from "../run/run_record.ts";
import { positionOf, tickText, valueAxis } from "./axis.ts";
import { chartOf, inPixels, type Layer, MARGINS } from "./frame.ts";
import { LINE_HEIGHT, type Place } from "./label_placement.ts";
import { shortened, shortNames } from "./names.ts";
import type { Axes } from "./series.ts";
import { COLOURS, NEUTRAL } from "./theme.ts";

/** The inside of a picture, in pixels. */
const SIZE = { width: 150, height: 80 };
const COLUMNS = 3;
/** From one picture to the next. */
const STEP = { x: SIZE.width + 62, y: SIZE.height + 56 };
const MARGINS_HERE = { ...MARGINS, left: 54, right: 10, bottom: 66 };
const LEGEND = "Bars: texts. Line: documents.";
/** The most strategies that are drawn. */
const MOST = 12;
/** The most bars of a picture; more lengths share bars. */
const MOST_BARS = 40;
/** The part of texts that are drawn; what is longer would leave no room for the others. */
const DRAWN = 0.995;

/** How long texts are, strategy by strategy. */
export const lengthsChart: ChartDefinition<RunRecord> = {
  name: "lengths",
  section: "diversity",
  of: (run) => {
    const { cells, corpus } = run;
    const drawn = representatives(run);
    const corpusShares = sharesOf(corpus.lengths);
    if (drawn.length === 0 || corpusShares.length === 0) return [];
    const all = [corpusShares, ...drawn.map(({ lengths }) => sharesOf(lengths))];
    const first = Math.min(...all.map((shares) => shares[0]?.length ?? Infinity));
    const last = Math.max(...all.map(lastDrawn));
    const bar = Math.ceil((last - first + 1) / MOST_BARS);
    const bars = all.map((shares) => barsOf(shares, { first, last, bar }));
    const axes: Axes = {
      x: valueAxis("Characters", [first - 1, last + bar], { most: 4, within: [0, Infinity] }),
      y: valueAxis("", bars.flatMap((own) => own.map(({ share }) => share)), {
        from0: true,
        format: "percent",
        most: 3,
      }),
    };
    const [documents = [], ...texts] = bars;
    const names = shortNames(cells.map(({ cell }) => cell));
    const pictures = drawn.map(({ cell }, i): LengthPicture => ({
      label: cell.label,
      name: shortened(names[cells.findIndex((one) => one.cell === cell)] ?? "", 23),
      bars: texts[i] ?? [],
      at: { x: STEP.x * (i % COLUMNS), y: STEP.y * Math.floor(i / COLUMNS) },
      isLast: i + COLUMNS >= drawn.length,
    }));
    const some = drawn.length < cells.length
      ? ` ${drawn.length} of ${cells.length} cells: of each strategy the one whose lengths are furthest ` +
        "from the documents'."
      : "";
    return [{
      file: "charts/lengths.svg",
      description:
        "Share of texts by length in characters, prompts included, as bars, beside the " +
        `${
          trainsTarget(run) ? "training documents" : "documents that were not held out"
        } as a line.${some}`,
      spec: chartOf({
        width: STEP.x * (Math.min(COLUMNS, drawn.length) - 1) + SIZE.width,
        height: STEP.y * (Math.ceil(drawn.length / COLUMNS) - 1) + SIZE.height,
        layers: [
          ...axisLayers(pictures, axes),
          barLayer(pictures, documents, axes),
          stepLayer(pictures, documents, axes),
        ],
      }, MARGINS_HERE),
    }];
  },
};

/** A strategy in the chart. */
interface LengthPicture {
  readonly label: string;
  readonly name: string;
  readonly bars: readonly Bar[];
  /** Where it begins, in pixels. */
  readonly at: Place;
  /** Whether no other is below it. */
  readonly isLast: boolean;
}

/**
 * Of each strategy the cell whose lengths are furthest from the documents', and of too many of them those
 * that are furthest; the baseline in any case. Of cells with one distribution the first.
 */
function representatives({ cells, baseline }: RunRecord): CellMeasures[] {
  const distinct = cells.filter(({ cell }, i) =>
    cells.findIndex((other) =>
      other.cell === cell || haveSameDistribution(other.cell.settings, cell.settings)
    ) === i
  );
  const distance = (one: CellMeasures): number =>
    one === baseline ? Infinity : numberIn(one, lengthDistance);
  const furthest = [...Map.groupBy(distinct, ({ cell }) => cell.settings.strategy).values()]
    .flatMap((own) => own.toSorted((a, b) => distance(b) - distance(a)).slice(0, 1));
  const kept = new Set(furthest.toSorted((a, b) => distance(b) - distance(a)).slice(0, MOST));
  return cells.filter((one) => kept.has(one));
}

/** The share of texts of each length. */
type Shares = readonly { readonly length: number; readonly share: number }[];

function sharesOf(counts: LengthCounts): Shares {
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return counts.map(([length, count]) => ({ length, share: count / total }));
}

/** The longest that is drawn. */
function lastDrawn(shares: Shares): number {
  let sum = 0;
  return shares.find(({ share }) => (sum += share) >= DRAWN)?.length ?? 0;
}

/** A bar: so many lengths from `begin` on, and the share of texts that have one of them. */
interface Bar {
  readonly begin: number;
  readonly share: number;
}

function barsOf(
  shares: Shares,
  { first, last, bar }: { readonly first: number; readonly last: number; readonly bar: number },
): Bar[] {
  return Array.from({ length: Math.ceil((last - first + 1) / bar) }, (_, i) => {
    const begin = first + i * bar;
    const inside = shares.filter(({ length }) => length >= begin && length < begin + bar);
    return { begin, share: inside.reduce((sum, { share }) => sum + share, 0) };
  });
}

/** Where a length and a share lie in a picture, in pixels of the whole chart. */
function placeIn({ at }: LengthPicture, { x, y }: Axes, length: number, share: number): Place {
  return {
    x: at.x + positionOf(length, x, SIZE.width),
    y: at.y + SIZE.height - positionOf(share, y, SIZE.height),
  };
}

/** The number of lengths that share a bar. */
function widthOf([first, second]: readonly Bar[]): number {
  return first === undefined || second === undefined ? 1 : second.begin - first.begin;
}

/** The texts as bars. */
function barLayer(
  pictures: readonly LengthPicture[],
  documents: readonly Bar[],
  axes: Axes,
): Layer {
  const width = widthOf(documents);
  const percent = (share: number): string => `${Number((100 * share).toPrecision(4))} %`;
  const values = pictures.flatMap((picture) =>
    picture.bars.flatMap(({ begin, share }, i) => {
      if (share === 0) return [];
      const which = width === 1 ? `${begin}` : `${begin} to ${begin + width - 1}`;
      const from = placeIn(picture, axes, begin - 0.5 + 0.1 * width, 0);
      const to = placeIn(picture, axes, begin - 0.5 + 0.9 * width, share);
      const description = `${escapeControl(picture.label)}: ${percent(share)} have ${which} ` +
        `characters, of the documents ${percent(documents[i]?.share ?? 0)}`;
      return [{ x: from.x, x2: to.x, y: from.y, y2: to.y, length: begin, share, description }];
    })
  );
  return {
    data: { values },
    mark: { type: "rect", color: COLOURS[0], opacity: 0.75 },
    encoding: {
      ...inPixels,
      x2: { field: "x2" },
      y2: { field: "y2" },
      description: { field: "description" },
    },
  };
}

/** The documents as a line of steps around the bars of each picture. */
function stepLayer(
  pictures: readonly LengthPicture[],
  documents: readonly Bar[],
  axes: Axes,
): Layer {
  const width = widthOf(documents);
  const end = { begin: (documents.at(-1)?.begin ?? 0) + width, share: 0 };
  const values = pictures.flatMap((picture, index) => {
    const before = placeIn(picture, axes, (documents[0]?.begin ?? 0) - 0.5, 0);
    const points = [...documents, end].map(({ begin, share }) =>
      placeIn(picture, axes, begin - 0.5, share)
    );
    return [before, ...points].map((point, order) => ({ ...point, picture: `${index}`, order }));
  });
  return {
    data: { values },
    mark: {
      type: "line",
      interpolate: "step-after",
      color: NEUTRAL,
      strokeWidth: 1.5,
      aria: false,
    },
    encoding: {
      ...inPixels,
      detail: { field: "picture" },
      order: { field: "order", type: "quantitative" },
    },
  };
}

/** Names, grids and ticks: one layer for all pictures, since axes of their own take long to draw. */
function axisLayers(pictures: readonly LengthPicture[], axes: Axes): Layer[] {
  const { x, y } = axes;
  const ticks = pictures.flatMap((picture) => {
    const across = y.ticks.map((tick) => placeIn(picture, axes, x.domain[0], tick));
    const up = x.ticks.map((tick) => placeIn(picture, axes, tick, 0));
    return [
      ...across.map((from) => ({ ...from, x2: from.x + SIZE.width, y2: from.y })),
      ...up.map((from) => ({ ...from, x2: from.x, y2: from.y - SIZE.height })),
    ];
  });
  const names = pictures.map(({ name, at }) => ({
    text: name,
    x: at.x + 4 - MARGINS_HERE.left,
    y: at.y - 18,
  }));
  const shares = pictures.flatMap((picture) =>
    y.ticks.map((tick) => ({
      text: `${tickText(Math.round(100 * tick))}%`,
      ...placeIn(picture, axes, x.domain[0], tick),
      x: picture.at.x - 6,
    }))
  );
  const lengths = pictures.flatMap((picture) => {
    const { at, isLast } = picture;
    const below = at.y + SIZE.height + 14;
    return [
      ...x.ticks.map((tick) => ({
        text: tickText(tick),
        x: placeIn(picture, axes, tick, 0).x,
        y: below,
      })),
      ...isLast ? [{ text: x.title, x: at.x + SIZE.width / 2, y: below + LINE_HEIGHT + 2 }] : [],
    ];
  });
  const bottom = Math.max(...pictures.map(({ at }) => at.y)) + SIZE.height;
  const legend = { text: LEGEND, x: 4 - MARGINS_HERE.left, y: bottom + 54 };
  const text = { ...inPixels, text: { field: "text" } };
  return [
    {
      data: { values: ticks },
      mark: { type: "rule", strokeWidth: 1, opacity: 0.12, aria: false },
      encoding: { ...inPixels, x2: { field: "x2" }, y2: { field: "y2" } },
    },
    { data: { values: names }, mark: { type: "text", fontWeight: "bold" }, encoding: text },
    { data: { values: [legend] }, mark: { type: "text" }, encoding: text },
    { data: { values: shares }, mark: { type: "text", align: "right" }, encoding: text },
    { data: { values: lengths }, mark: { type: "text", align: "center" }, encoding: text },
  ];
}

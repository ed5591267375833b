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
import type { RunRecord } from "../run/run_record.ts";
import { valueAxis } from "./axis.ts";
import {
  chartOfSeveral,
  horizontal,
  type Layer,
  MARGINS,
  type Picture,
  vertical,
} from "./frame.ts";
import { shortened, shortNames } from "./names.ts";
import type { Axes } from "./series.ts";
import { COLOURS, NEUTRAL } from "./theme.ts";

const SIZE = { width: 150, height: 80 };
const COLUMNS = 3;
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
    const pictures = drawn.map(({ cell }, i): Picture => ({
      title: shortened(names[cells.findIndex((one) => one.cell === cell)] ?? "", 23),
      ...SIZE,
      layers: layersOf(cell.label, texts[i] ?? [], documents, {
        ...axes,
        x: i + COLUMNS < drawn.length ? { ...axes.x, title: "" } : axes.x,
      }),
    }));
    const some = drawn.length < cells.length
      ? ` ${drawn.length} of ${cells.length} cells: of each strategy the one whose lengths are furthest ` +
        "from the documents'."
      : "";
    return [{
      file: "charts/lengths.svg",
      description:
        "Share of texts by length in characters, prompts included, as bars, beside the " +
        `training documents as a line.${some}`,
      spec: chartOfSeveral(pictures, COLUMNS, { ...MARGINS, left: 50, right: 10 }, {
        column: 60,
        row: MARGINS.top + 26,
      }),
    }];
  },
};

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

/** The texts as bars, the documents as a line of steps around them. */
function layersOf(
  label: string,
  texts: readonly Bar[],
  documents: readonly Bar[],
  { x, y }: Axes,
): Layer[] {
  const width = (texts[1]?.begin ?? 1) - (texts[0]?.begin ?? 0);
  const percent = (share: number): string => `${Number((100 * share).toPrecision(4))} %`;
  const bars = texts.flatMap(({ begin, share }, i) => {
    const which = width === 1 ? `${begin}` : `${begin} to ${begin + width - 1}`;
    const description =
      `${escapeControl(label)}: ${percent(share)} have ${which} characters, of the ` +
      `documents ${percent(documents[i]?.share ?? 0)}`;
    const [left, right] = [begin - 0.5 + 0.1 * width, begin - 0.5 + 0.9 * width];
    return share === 0 ? [] : [{ left, right, zero: 0, share, description }];
  });
  // Up at the beginning of each bar, along it, and down after the last.
  const steps = [...documents, { begin: (documents.at(-1)?.begin ?? 0) + width, share: 0 }];
  const line = [
    { at: (documents[0]?.begin ?? 0) - 0.5, share: 0 },
    ...steps.map(({ begin, share }) => ({ at: begin - 0.5, share })),
  ].map((point, order) => ({ ...point, order }));
  return [
    {
      data: { values: bars },
      mark: { type: "rect", color: COLOURS[0], opacity: 0.75 },
      encoding: {
        x: horizontal(x, "left"),
        x2: { field: "right" },
        y: vertical(y, "zero"),
        y2: { field: "share" },
        description: { field: "description" },
      },
    },
    {
      data: { values: line },
      mark: {
        type: "line",
        interpolate: "step-after",
        color: NEUTRAL,
        strokeWidth: 1.5,
        aria: false,
      },
      encoding: {
        x: horizontal(x, "at"),
        y: vertical(y, "share"),
        order: { field: "order", type: "quantitative" },
      },
    },
  ];
}

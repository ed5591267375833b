/**
 * The frontier of likelihood and diversity: how probable texts are against how different they are. Each
 * strategy that draws texts is a point, each sweep of one a path, with its name beside it.
 *
 * @module
 */
import { strategyOf } from "../../decode/definitions.ts";
import { haveSameDistribution } from "../../measure/baseline.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { logProbPerToken } from "../../measure/likelihood.ts";
import { type CellMeasures, estimateIn } from "../../measure/measure.ts";
import type { ChartDefinition, ChartPlan } from "../chart.ts";
import type { RunRecord } from "../run/run_record.ts";
import { positionOf, valueAt, valueAxis } from "./axis.ts";
import { axisTitle, pointText } from "./description.ts";
import { chartOf, horizontal, type Layer, MARGINS, vertical } from "./frame.ts";
import {
  type FrontierPoint,
  labelsOf,
  placeOf,
  type PointLabel,
  SIZE,
  SYMBOL_WIDTH,
} from "./frontier_labels.ts";
import {
  type Box,
  LINE_HEIGHT,
  type Place,
  type PlacedLabel,
  placeLabels,
  POINT_REACH,
  type Segment,
} from "./label_placement.ts";
import { type Axes, looks } from "./series.ts";
import { lookOf, NEUTRAL } from "./theme.ts";

const { width: WIDTH, height: HEIGHT } = SIZE;

/** How probable against how different. */
export const frontierChart: ChartDefinition<RunRecord> = {
  name: "likelihood and diversity",
  section: "diversity",
  of: (run) => {
    const points = frontierPoints(run);
    return points.length < 2 ? [] : [planOf(points, run)];
  },
};

/** The cells that draw texts by chance; of those with one distribution the first. */
function frontierPoints({ cells, baseline }: RunRecord): FrontierPoint[] {
  const drawing = cells.filter(({ cell }) => !strategyOf(cell.settings).isDeterministic);
  const shown = drawing.filter(({ cell }, i) => {
    const same = drawing.filter((other) =>
      haveSameDistribution(other.cell.settings, cell.settings)
    );
    const [first] = [...same.filter(({ cell }) => !speculates(cell)), ...same];
    return first === undefined || first === drawing[i];
  });
  const entries = [...new Set(shown.map(({ cell }) => cell.entry))]
    .filter((entry) => entry !== baseline?.cell.entry);
  return shown.flatMap((measures) => {
    const likelihood = estimateIn(measures, logProbPerToken);
    const diversity = estimateIn(measures, uniqueShare);
    if (likelihood === undefined || diversity === undefined) return [];
    const place = entries.indexOf(measures.cell.entry);
    const look = place < 0 ? { colour: NEUTRAL, shape: "circle" } : lookOf(place);
    return [{ measures, likelihood, diversity, look }];
  });
}

function speculates({ settings }: CellMeasures["cell"]): boolean {
  return strategyOf(settings).speculation !== undefined;
}

function planOf(points: readonly FrontierPoint[], { cells }: RunRecord): ChartPlan {
  const ends = ({ value, interval }: Estimate): number[] =>
    interval === undefined ? [value] : [value, interval.low, interval.high];
  const x = valueAxis(
    `${axisTitle(logProbPerToken)} (more probable →)`,
    points.flatMap(({ likelihood }) => ends(likelihood)),
  );
  const y = valueAxis(
    axisTitle(uniqueShare),
    points.flatMap(({ diversity }) => ends(diversity)),
    { format: "percent", within: [0, 1] },
  );
  const alike = cells.filter((cell) =>
    speculates(cell.cell) && !points.some(({ measures }) => measures === cell)
  );
  const left = alike.length === 0
    ? ""
    : ` ${alike.length} speculative cells are not drawn: their texts have the distribution of another.`;
  const texts = placedTexts(points, { x, y });
  const named = texts.reduce((sum, { label: { lines } }) => sum + lines.length, 0);
  const unnamed = named < points.length
    ? ` There is no room for the names of ${points.length - named}.`
    : "";
  return {
    file: "charts/likelihood-diversity.svg",
    description: "Share of unique texts against log-probability per token, nats, of " +
      `${points.length} cells, with 95 % intervals; lines join the values of a swept setting.${left}${unnamed}`,
    spec: chartOf({
      title: `${axisTitle(uniqueShare)} (more different ↑)`,
      width: WIDTH,
      height: HEIGHT,
      layers: [...markLayers(points, { x, y }), ...textLayers(texts, { x, y })],
    }, { ...MARGINS, right: 22 }),
  };
}

/** Paths below intervals below points. */
function markLayers(points: readonly FrontierPoint[], { x, y }: Axes): Layer[] {
  const values = points.map(({ measures: { cell }, likelihood, diversity, look }) => ({
    entry: `${cell.entry}`,
    ...look,
    x: likelihood.value,
    xLow: likelihood.interval?.low ?? likelihood.value,
    xHigh: likelihood.interval?.high ?? likelihood.value,
    y: diversity.value,
    yLow: diversity.interval?.low ?? diversity.value,
    yHigh: diversity.interval?.high ?? diversity.value,
    description: pointText(cell.label, [[logProbPerToken, likelihood], [uniqueShare, diversity]]),
  }));
  const { color, shape } = looks;
  return [
    {
      data: { values },
      mark: { type: "line", strokeWidth: 1.5, opacity: 0.6, aria: false },
      encoding: {
        x: horizontal(x, "x"),
        y: vertical(y, "y"),
        color,
        detail: { field: "entry" },
        order: { value: 0 },
      },
    },
    {
      data: { values },
      mark: { type: "rule", opacity: 0.6, aria: false },
      encoding: { x: horizontal(x, "xLow"), x2: { field: "xHigh" }, y: vertical(y, "y"), color },
    },
    {
      data: { values },
      mark: { type: "rule", opacity: 0.6, aria: false },
      encoding: { x: horizontal(x, "x"), y: vertical(y, "yLow"), y2: { field: "yHigh" }, color },
    },
    {
      data: { values },
      mark: { type: "point" },
      encoding: {
        x: horizontal(x, "x"),
        y: vertical(y, "y"),
        color,
        shape,
        description: { field: "description" },
      },
    },
  ];
}

/** The names of cells in free places. */
function placedTexts(points: readonly FrontierPoint[], axes: Axes): PlacedLabel<PointLabel>[] {
  const area = { width: WIDTH + 16, height: HEIGHT };
  return placeLabels(labelsOf(points, axes), { area, ...obstaclesOf(points, axes) });
}

/** The names of cells, with lines to points that are not right beside them. */
function textLayers(placed: readonly PlacedLabel<PointLabel>[], { x, y }: Axes): Layer[] {
  const at = ({ x: right, y: down }: Place) => ({
    x: valueAt(right, x, WIDTH),
    y: valueAt(HEIGHT - down, y, HEIGHT),
  });
  const lines = placed.flatMap(({ label: { lines }, box }) =>
    lines.map(({ text, look }, i) => {
      const middle = box.y + LINE_HEIGHT * (i + 1 / 2);
      const indent = look === undefined ? 0 : SYMBOL_WIDTH;
      return {
        text,
        look,
        symbol: { x: box.x + 5, y: middle },
        begin: { x: box.x + indent, y: middle },
      };
    })
  );
  const symbols = lines.flatMap(({ look, symbol }) =>
    look === undefined ? [] : [{ ...look, ...at(symbol) }]
  );
  const leaders = placed.flatMap(({ leader }) => {
    if (leader === undefined) return [];
    const [from, to] = [at(leader.from), at(leader.to)];
    return [{ ...from, toX: to.x, toY: to.y }];
  });
  const place = { x: horizontal(x, "x"), y: vertical(y, "y") };
  return [
    ...leaders.length === 0 ? [] : [{
      data: { values: leaders },
      mark: { type: "rule" as const, strokeWidth: 1, opacity: 0.5, aria: false },
      encoding: { ...place, x2: { field: "toX" }, y2: { field: "toY" } },
    }],
    ...symbols.length === 0 ? [] : [{
      data: { values: symbols },
      mark: { type: "point" as const, aria: false },
      encoding: { ...place, ...looks },
    }],
    {
      data: { values: lines.map(({ text, begin }) => ({ text, ...at(begin) })) },
      mark: { type: "text" as const },
      encoding: { ...place, text: { field: "text" } },
    },
  ];
}

/** Points and intervals, on which no text lies, and paths, on which none should. */
function obstaclesOf(points: readonly FrontierPoint[], axes: Axes) {
  const boxes = points.flatMap((point): Box[] => {
    const { x, y } = placeOf(point, axes);
    return [{
      x: x - POINT_REACH,
      y: y - POINT_REACH,
      width: 2 * POINT_REACH,
      height: 2 * POINT_REACH,
    }];
  });
  const lines = points.flatMap((point): Segment[] => {
    const { x, y } = placeOf(point, axes);
    const { likelihood: { interval: across }, diversity: { interval: up } } = point;
    const next = points[points.indexOf(point) + 1];
    return [
      ...(across === undefined ? [] : [{
        from: { x: positionOf(across.low, axes.x, WIDTH), y },
        to: { x: positionOf(across.high, axes.x, WIDTH), y },
      }]),
      ...(up === undefined ? [] : [{
        from: { x, y: HEIGHT - positionOf(up.low, axes.y, HEIGHT) },
        to: { x, y: HEIGHT - positionOf(up.high, axes.y, HEIGHT) },
      }]),
      ...(next?.measures.cell.entry === point.measures.cell.entry
        ? [{ from: { x, y }, to: placeOf(next, axes) }]
        : []),
    ];
  });
  return { boxes, lines };
}

/**
 * The names of the cells in the chart of likelihood and diversity: beside their points, or in a list where
 * many lie in a crowd.
 *
 * @module
 */
import { chainText, sweptValue } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import type { Estimate } from "../../measure/estimate.ts";
import type { CellMeasures } from "../../measure/measure.ts";
import { type Axis, positionOf, tickText } from "./axis.ts";
import { type Label, LINE_HEIGHT, type Place, POINT_REACH } from "./label_placement.ts";
import { shortened, shortNames } from "./names.ts";
import type { Axes } from "./series.ts";
import { type Look, textWidth } from "./theme.ts";

/** The inside of the chart, in pixels. */
export const SIZE = { width: 560, height: 380 } as const;
const { width: WIDTH, height: HEIGHT } = SIZE;

/** A cell in the chart. */
export interface FrontierPoint {
  /** The cell. */
  readonly measures: CellMeasures;
  /** How probable its texts are. */
  readonly likelihood: Estimate;
  /** How different they are. */
  readonly diversity: Estimate;
  /** Its colour and shape. */
  readonly look: Look;
}

/** Where a point lies, in pixels. */
export function placeOf({ likelihood, diversity }: FrontierPoint, { x, y }: Axes): Place {
  return {
    x: positionOf(likelihood.value, x, WIDTH),
    y: HEIGHT - positionOf(diversity.value, y, HEIGHT),
  };
}

/** Of a speculative strategy that loses nothing only the distribution is seen here: its warpers. */
function distributionOf(cell: CellMeasures["cell"] | undefined): string | undefined {
  const profile = cell && strategyOf(cell.settings).speculation?.(cell.settings);
  return profile?.isLossless === true && profile.warp.length > 0
    ? shortened(chainText(profile.warp))
    : undefined;
}

/** The names of one point, or of several that lie so near that they share a list. */
export interface PointLabel extends Label {
  /** A line for each; in a list each has the mark of its point before it. */
  readonly lines: readonly { readonly text: string; readonly look?: Look }[];
}

/** Pixels before the texts of a list. */
export const SYMBOL_WIDTH = 14;
/** So many points that lie so near each other share a list, in which names are that long at most. */
const LISTED = { points: 4, distance: 13, longest: 19 };

/**
 * A name for each cell: of a sweep the strategy's at one end, and the values alone at the others. Lists
 * come before names, and names before values.
 */
export function labelsOf(points: readonly FrontierPoint[], axes: Axes): PointLabel[] {
  const cells = points.map(({ measures: { cell } }) => cell);
  const names = shortNames(cells).map((name, i) => distributionOf(cells[i]) ?? name);
  const places = points.map((point) => placeOf(point, axes));
  const groups = nearGroups(places);
  const lists = groups.filter(({ length }) => length >= LISTED.points);
  const alone = places.flatMap((_, i) => lists.some((list) => list.includes(i)) ? [] : [i]);
  const own = alone.map((i) => {
    const entry = cells[i]?.entry;
    const isSwept = cells[i]?.swept.length === 1;
    const sweep = alone.filter((j) => cells[j]?.entry === entry);
    const named = sweep.toSorted((a, b) => crowd(a, places) - crowd(b, places))[0];
    const isNamed = !isSwept || named === i;
    const label = {
      ...labelOf([{ text: isNamed ? names[i] ?? "" : valueText(cells[i]) }], [places[i]]),
      ...reachOf(points[i], axes),
    };
    return { isNamed, label, crowd: crowd(i, places) };
  }).toSorted((a, b) => Number(b.isNamed) - Number(a.isNamed) || b.crowd - a.crowd);
  return [
    ...lists.map((list) =>
      labelOf(
        list.map((i) => ({
          text: shortened(names[i] ?? "", LISTED.longest),
          ...lookIn(points[i]),
        })),
        list.map((i) => places[i]),
      )
    ),
    ...own.map(({ label }) => label),
  ];
}

/** The most that a text stays away from a point for its intervals. */
const MOST_REACH = 24;

/** How far the intervals of a point reach, so that a text begins beyond them. */
function reachOf(point: FrontierPoint | undefined, { x, y }: Axes): Pick<Label, "reach"> {
  if (point === undefined) return {};
  const half = ({ interval }: Estimate, axis: Axis, length: number): number =>
    interval === undefined
      ? 0
      : (positionOf(interval.high, axis, length) - positionOf(interval.low, axis, length)) / 2 + 2;
  const within = (pixels: number): number => Math.max(POINT_REACH, Math.min(MOST_REACH, pixels));
  return {
    reach: {
      x: within(half(point.likelihood, x, WIDTH)),
      y: within(half(point.diversity, y, HEIGHT)),
    },
  };
}

function lookIn(point: FrontierPoint | undefined): { look?: Look } {
  return point === undefined ? {} : { look: point.look };
}

/** The value of the swept setting. */
function valueText(cell: CellMeasures["cell"] | undefined): string {
  const [key] = cell?.swept ?? [];
  if (cell === undefined || key === undefined) return "";
  const value = sweptValue(cell.settings, key);
  return typeof value === "number" ? tickText(value) : value;
}

function labelOf(
  lines: PointLabel["lines"],
  points: readonly (Place | undefined)[],
): PointLabel {
  const places = points.flatMap((place) => place ?? []);
  const mean = (of: (place: Place) => number): number =>
    places.reduce((sum, place) => sum + of(place), 0) / places.length;
  const indent = lines.some(({ look }) => look !== undefined) ? SYMBOL_WIDTH : 0;
  return {
    lines,
    at: { x: mean(({ x }) => x), y: mean(({ y }) => y) },
    width: indent + Math.max(...lines.map(({ text }) => textWidth(text))),
    height: LINE_HEIGHT * lines.length,
  };
}

/** Groups of places of which each is near another. */
function nearGroups(places: readonly Place[]): number[][] {
  const groups: number[][] = [];
  places.forEach(({ x, y }, i) => {
    const near = groups.filter((group) =>
      group.some((j) => {
        const other = places[j];
        return other !== undefined && Math.hypot(other.x - x, other.y - y) < LISTED.distance;
      })
    );
    const others = groups.filter((group) => !near.includes(group));
    groups.splice(0, groups.length, ...others, [...near.flat(), i].sort((a, b) => a - b));
  });
  return groups;
}

/** How near others are to place `i`. */
function crowd(i: number, places: readonly Place[]): number {
  const own = places[i] ?? { x: 0, y: 0 };
  return places.reduce(
    (sum, { x, y }, j) => i === j ? sum : sum + 1 / (100 + (x - own.x) ** 2 + (y - own.y) ** 2),
    0,
  );
}

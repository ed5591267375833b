/**
 * Places for the texts beside points of a chart, so that no text lies on another, on a point or out of
 * the chart. Vega-Lite places none; here each takes the nearest free place, in the order in which they are
 * given, the same each time.
 *
 * @module
 */
import { FONT_SIZE } from "./theme.ts";

/** A rectangle in pixels; y grows downwards. */
export interface Box {
  /** Its left end. */
  readonly x: number;
  /** Its upper end. */
  readonly y: number;
  /** How wide it is. */
  readonly width: number;
  /** How high it is. */
  readonly height: number;
}

/** A straight line between two places. */
export interface Segment {
  /** Where it begins, in pixels. */
  readonly from: Place;
  /** Where it ends. */
  readonly to: Place;
}

/** A place in pixels; y grows downwards. */
export interface Place {
  /** From the left. */
  readonly x: number;
  /** From the top. */
  readonly y: number;
}

/** A text, of one line or several, that belongs beside a point. */
export interface Label {
  /** How wide it is. */
  readonly width: number;
  /** How high it is. */
  readonly height: number;
  /** The point. */
  readonly at: Place;
  /** How far it reaches to the sides and up and down, such as its intervals; as a point if left out. */
  readonly reach?: Place;
}

/** A text in its place. */
export interface PlacedLabel<Own extends Label = Label> {
  /** The text, and its point. */
  readonly label: Own;
  /** The rectangle that it takes. */
  readonly box: Box;
  /** From the point to the text, where they are so far apart that a reader needs it. */
  readonly leader?: Segment;
}

/** The marks that texts must not lie on. */
export interface Obstacles {
  /** How wide and high the chart is: texts lie inside. */
  readonly area: { readonly width: number; readonly height: number };
  /** Points, and what else takes room. */
  readonly boxes: readonly Box[];
  /** Lines, which a text may lie on only where it finds no other place. */
  readonly lines: readonly Segment[];
}

/** The height of a line of text. */
export const LINE_HEIGHT: number = FONT_SIZE + 3;

/** How far texts may lie from their points, in pixels, the nearest first. */
const DISTANCES = [
  3,
  8,
  14,
  20,
  27,
  35,
  44,
  54,
  65,
  77,
  90,
  104,
  119,
  135,
  152,
  170,
  190,
  212,
  236,
  262,
  290,
];
/** Directions in which a text may lie, in parts of a turn: to the right, up, left and down first. */
const DIRECTIONS = [0, 8, 16, 24, 4, 12, 28, 20]
  .flatMap((first) => [first, first + 1, first + 31, first + 2])
  .map((step) => step % 32 / 32);
/** A text that is further from its point has a line to it. */
const MOST_WITHOUT_LEADER = 9;

/** How often all are placed anew, with those first that found no place. */
const MOST_ROUNDS = 5;

/**
 * `labels` in free places, those without one left out. They are placed in their order, of which the first
 * find the best places, and once more with the largest first; that which says more, or else has the
 * shorter lines to points, is kept.
 */
export function placeLabels<Own extends Label>(
  labels: readonly Own[],
  obstacles: Obstacles,
): PlacedLabel<Own>[] {
  const size = ({ width, height }: Own): number => width * height;
  const one = placedInRounds(labels, obstacles);
  if (one.length === labels.length && leadersOf(one) === 0) return one;
  const other = placedInRounds(labels.toSorted((a, b) => size(b) - size(a)), obstacles);
  const isBetter = linesOf(other) > linesOf(one) ||
    linesOf(other) === linesOf(one) && leadersOf(other) < leadersOf(one);
  return isBetter ? other : one;
}

/** The most that is placed in some rounds, each with those first that found no place before. */
function placedInRounds<Own extends Label>(
  labels: readonly Own[],
  obstacles: Obstacles,
): PlacedLabel<Own>[] {
  let order = labels;
  let best: PlacedLabel<Own>[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const placed = placedInOrder(order, obstacles);
    if (linesOf(placed) > linesOf(best)) best = placed;
    if (placed.length === labels.length) break;
    const found = new Set(placed.map(({ label }) => label));
    order = [...order.filter((one) => !found.has(one)), ...order.filter((one) => found.has(one))];
  }
  return best;
}

/** How much is said: the height of all texts. */
function linesOf(placed: readonly PlacedLabel[]): number {
  return placed.reduce((sum, { box }) => sum + box.height, 0);
}

/** How long the lines to points are together. */
function leadersOf(placed: readonly PlacedLabel[]): number {
  return placed.flatMap(({ leader }) => leader ?? [])
    .reduce((sum, { from, to }) => sum + Math.hypot(to.x - from.x, to.y - from.y), 0);
}

function placedInOrder<Own extends Label>(
  labels: readonly Own[],
  { area, boxes, lines }: Obstacles,
): PlacedLabel<Own>[] {
  const placed: PlacedLabel<Own>[] = [];
  for (const label of labels) {
    const taken = [...boxes, ...placed.map(({ box }) => widened(box))];
    const leaders = placed.flatMap(({ leader }) => leader ?? []);
    const isFree = ({ box, leader }: PlacedLabel<Own>): boolean =>
      isInside(box, area) && !taken.some((other) => overlap(box, other)) &&
      !leaders.some((line) => crosses(line, box)) &&
      (leader === undefined || !placed.some((other) => crosses(leader, other.box)));
    let best: { readonly cost: number; readonly found: PlacedLabel<Own> } | undefined;
    for (const distance of DISTANCES) {
      if (best !== undefined && best.cost <= distance) break;
      for (const turn of DIRECTIONS) {
        const found = candidate(label, distance, turn);
        if (!isFree(found)) continue;
        // Near and on a line, or further and free of it: so many pixels are worth a line.
        const crossed = lines.filter((line) => crosses(line, found.box)).length;
        const cost = distance + LINE_COST * crossed;
        if (best === undefined || cost < best.cost) best = { cost, found };
      }
    }
    if (best !== undefined) placed.push(best.found);
  }
  return placed;
}

/** Pixels between texts on one line, so that two do not read as one, and to the chart's sides. */
const BETWEEN_TEXTS = 6;

function widened({ x, y, width, height }: Box): Box {
  return { x: x - BETWEEN_TEXTS, y, width: width + 2 * BETWEEN_TEXTS, height };
}

/** How many pixels further a text may lie to stay free of a line. */
const LINE_COST = 20;

/** The place that the text of a label takes `distance` pixels from its point, in the direction of `turn`. */
function candidate<Own extends Label>(
  label: Own,
  distance: number,
  turn: number,
): PlacedLabel<Own> {
  const { width, height, at, reach = { x: POINT_REACH, y: POINT_REACH } } = label;
  const [right, up] = [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)];
  // The text's near end, corner or edge lies in that direction, beyond the point itself.
  const x = at.x + right * (reach.x + distance) + width * (right - 1) / 2;
  const y = at.y - up * (reach.y + distance) - height * (up + 1) / 2;
  const box = { x, y, width, height };
  return distance <= MOST_WITHOUT_LEADER
    ? { label, box }
    : { label, box, leader: leaderOf(at, box) };
}

/** How far a point reaches from its middle. */
export const POINT_REACH = 5;

/** A line from a point to the nearest place of a text. */
function leaderOf(at: Place, { x, y, width, height }: Box): Segment {
  const to = {
    x: Math.min(Math.max(at.x, x), x + width),
    y: Math.min(Math.max(at.y, y + 2), y + height - 2),
  };
  const length = Math.hypot(to.x - at.x, to.y - at.y) || 1;
  const from = {
    x: at.x + (to.x - at.x) * POINT_REACH / length,
    y: at.y + (to.y - at.y) * POINT_REACH / length,
  };
  return { from, to };
}

function isInside({ x, y, width, height }: Box, area: Obstacles["area"]): boolean {
  return x >= BETWEEN_TEXTS && y >= 0 && x + width <= area.width && y + height <= area.height;
}

/** Whether two rectangles have a place in common. */
export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
    b.y < a.y + a.height;
}

/** Whether a line goes through a rectangle: it is cut to it, side by side (Liang and Barsky, 1984). */
export function crosses({ from, to }: Segment, { x, y, width, height }: Box): boolean {
  let [begin, end] = [0, 1];
  const sides = [
    [from.x - to.x, from.x - x],
    [to.x - from.x, x + width - from.x],
    [from.y - to.y, from.y - y],
    [to.y - from.y, y + height - from.y],
  ] as const;
  for (const [step, room] of sides) {
    if (step === 0) {
      if (room <= 0) return false;
    } else if (step < 0) begin = Math.max(begin, room / step);
    else end = Math.min(end, room / step);
  }
  return begin < end;
}

/**
 * Heights for texts beside one another's lines, such as at the right end of a chart: as near to those
 * wanted as a distance of one line allows, between `top` and `bottom`.
 */
export function spreadLabels(
  wanted: readonly number[],
  { top, bottom }: { readonly top: number; readonly bottom: number },
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) =>
    (wanted[a] ?? 0) - (wanted[b] ?? 0) || a - b
  );
  // Groups of texts that touch stand around the mean of what they want.
  const groups: { members: number[]; middle: number }[] = [];
  for (const i of order) {
    let group = { members: [i], middle: within(wanted[i] ?? 0, 1) };
    for (let last = groups.at(-1); last !== undefined; last = groups.at(-1)) {
      const between = LINE_HEIGHT * (last.members.length + group.members.length) / 2;
      if (group.middle - last.middle >= between) break;
      groups.pop();
      const members = [...last.members, ...group.members];
      const mean = members.reduce((sum, one) => sum + (wanted[one] ?? 0), 0) / members.length;
      group = { members, middle: within(mean, members.length) };
    }
    groups.push(group);
  }
  const heights: number[] = [];
  for (const { members, middle } of groups) {
    members.forEach((one, place) =>
      heights[one] = middle + LINE_HEIGHT * (place - (members.length - 1) / 2)
    );
  }
  return heights;

  function within(middle: number, count: number): number {
    const reach = LINE_HEIGHT * count / 2;
    return Math.max(top + reach, Math.min(bottom - reach, middle));
  }
}

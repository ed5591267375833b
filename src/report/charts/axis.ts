/**
 * Axes of charts: how far they reach, and where their ticks are. They are chosen here, and not by what
 * draws, so that labels can be placed beside the points, and ticks stand on them.
 *
 * @module
 */
import { textWidth } from "./theme.ts";

/** An axis of numbers. */
export interface Axis {
  /** The measure that it shows, with its unit. */
  readonly title: string;
  /** Whether each doubling is as long as the other. */
  readonly isLog: boolean;
  /** The first number on it and the last. */
  readonly domain: readonly [number, number];
  /** Its ticks. */
  readonly ticks: readonly number[];
  /** How ticks are written. */
  readonly format: TickFormat;
}

/** How ticks are written: `0.25`, or `25%`. */
export type TickFormat = "number" | "percent";

/** An axis of numbers has at most one tick more, unless there is less room. */
const TICKS = 5;
/** The part of an axis that is left free at an end, so that no point lies on the frame. */
const FREE = 0.06;

/**
 * An axis on which all of `values` have room, with round ticks. `from0` has it begin at 0; there are no
 * ticks beyond the two ends that values lie `within`.
 */
export function valueAxis(
  title: string,
  values: readonly number[],
  { from0 = false, format = "number", within = [-Infinity, Infinity], most: ticksAtMost = TICKS }: {
    readonly most?: number;
    readonly from0?: boolean;
    readonly format?: TickFormat;
    readonly within?: readonly [number, number];
  } = {},
): Axis {
  const finite = values.filter(Number.isFinite);
  const least = finite.reduce((a, b) => Math.min(a, b), from0 ? 0 : Infinity);
  const most = finite.reduce((a, b) => Math.max(a, b), from0 ? 0 : -Infinity);
  const [low, high] = least < most ? [least, most] : aroundOf(finite[0] ?? 0);
  const free = FREE * (high - low);
  const domain = [from0 && low === 0 ? 0 : low - free, high + free] as const;
  const step = roundStep((domain[1] - domain[0]) / ticksAtMost);
  const first = Math.ceil(Math.max(domain[0], within[0]) / step - 1e-9);
  const last = Math.floor(Math.min(domain[1], within[1]) / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step));
  return { title, isLog: false, domain: [rounded(domain[0]), rounded(domain[1])], ticks, format };
}

/** Two numbers around one. */
function aroundOf(value: number): [number, number] {
  const reach = Math.abs(value) / 10 || 1;
  return [value - reach, value + reach];
}

/** 1, 2 or 5 times a power of ten: the smallest that is no less than `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5].find((digit) => digit * power >= step * (1 - 1e-9)) ?? 10) * power;
}

/** Without the last digits, which sums and products leave behind. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/** An axis of numbers above 0 on which each doubling is as long as the other. */
export function doublingAxis(title: string, values: readonly number[]): Axis {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return valueAxis(title, [0, 1]);
  const least = positive.reduce((a, b) => Math.min(a, b));
  const most = positive.reduce((a, b) => Math.max(a, b));
  // At least a doubling, so that there is a tick.
  const reach = Math.max(most / least, 4) ** FREE;
  const domain = [rounded(least / reach), rounded(Math.max(most, 2 * least) * reach)] as const;
  const powers = [...Array(40).keys()].map((i) => 10 ** (i - 20));
  const inside = (digits: readonly number[]): number[] =>
    powers.flatMap((power) => digits.map((digit) => rounded(digit * power)))
      .filter((tick) => tick >= domain[0] && tick <= domain[1]);
  const ticks = [[1, 2, 5], [1, 3], [1]].map(inside).find(({ length }) => length <= TICKS) ?? [];
  return { title, isLog: true, domain, ticks, format: "number" };
}

/**
 * The axis of a setting that is swept over `values`, `length` pixels long: its ticks are these values,
 * as many as have room beside one another. Where values double, each doubling is as long as the other.
 */
export function sweptAxis(title: string, values: readonly number[], length: number): Axis {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const [first = 0, last = first] = [sorted[0], sorted.at(-1)];
  const steps = sorted.slice(1).map((value, i) => value - (sorted[i] ?? value));
  const isLog = first > 0 && last >= 4 * first && (steps.at(-1) ?? 0) >= 2 * (steps[0] ?? 0);
  const room = 0.05;
  const domain: [number, number] = isLog
    ? [first / (last / first) ** room, last * (last / first) ** room]
    : first === last
    ? [first - 1, last + 1]
    : [first - room * (last - first), last + room * (last - first)];
  const axis = { title, isLog, domain, format: "number" } as const;
  return { ...axis, ticks: withRoom(sorted, (value) => positionOf(value, axis, length)) };
}

/** The axis of the numbers of tokens, or of other things, from `first` to `last`. */
export function countAxis(title: string, first: number, last: number, length: number): Axis {
  const whole = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const domain = [first - 0.5, last + 0.5] as const;
  const axis = { title, isLog: false, domain, format: "number" } as const;
  return { ...axis, ticks: withRoom(whole, (value) => positionOf(value, axis, length)) };
}

/** Between two ticks' texts there are at least so many pixels. */
const BETWEEN_TICKS = 5;

/** The first tick, the last, and from the left on those between them whose texts have room. */
function withRoom(ticks: readonly number[], at: (tick: number) => number): number[] {
  const reach = (tick: number): number => textWidth(tickText(tick)) / 2 + BETWEEN_TICKS / 2;
  const fits = (a: number, b: number): boolean => at(b) - at(a) >= reach(a) + reach(b);
  const last = ticks.at(-1);
  const kept: number[] = [];
  for (const tick of ticks.slice(0, -1)) {
    const before = kept.at(-1);
    const hasRoom = before === undefined || fits(before, tick);
    if (hasRoom && (last === undefined || fits(tick, last))) kept.push(tick);
  }
  return last === undefined ? kept : [...kept, last];
}

/** A tick as it is written, but for the sign of a percentage. */
export function tickText(tick: number): string {
  return String(tick).replace("-", "−");
}

/** Where `value` lies on an axis, in pixels from its beginning. */
export function positionOf(
  value: number,
  { isLog, domain: [first, last] }: Pick<Axis, "isLog" | "domain">,
  length: number,
): number {
  const share = isLog
    ? Math.log(value / first) / Math.log(last / first)
    : (value - first) / (last - first);
  return share * length;
}

/** The value that lies `pixels` from the beginning of an axis. */
export function valueAt(
  pixels: number,
  { isLog, domain: [first, last] }: Pick<Axis, "isLog" | "domain">,
  length: number,
): number {
  const share = pixels / length;
  return isLog ? first * (last / first) ** share : first + share * (last - first);
}

/**
 * Cells: strategies with one value for each setting, as labels, random streams and tables name them.
 *
 * @module
 */
import type { WarperChain } from "./definition.ts";
import { strategyOf, type StrategySettings } from "./definitions.ts";

/** One strategy with one value for each setting: a row of the results. */
export interface Cell {
  /** The strategy and its settings, such as `top_k(k=5)`; no two cells of a grid share it. */
  readonly label: string;
  /** The name that seeds its random streams: see {@linkcode streamName}. */
  readonly stream: string;
  /** The strategy and its settings. */
  readonly settings: StrategySettings;
  /** The index in `decoding.strategies` of the entry that it comes from. */
  readonly entry: number;
  /**
   * The settings that the entry sweeps: `k`; of a warper in a chain `warp.top_k`, or `warp[2].top_k`
   * where the chain has several of that kind.
   */
  readonly swept: readonly string[];
}

/** The cell with `settings`, by default of the first entry, which sweeps nothing. */
export function cellOf(
  settings: StrategySettings,
  { entry = 0, swept = [] }: Partial<Pick<Cell, "entry" | "swept">> = {},
): Cell {
  return { label: cellLabel(settings), stream: streamName(settings), settings, entry, swept };
}

/** The name of a cell: the strategy and its settings, those left out that its definition leaves unsaid. */
export function cellLabel(settings: StrategySettings): string {
  return nameOf(settings, {});
}

/**
 * The name by which the random streams of a cell are seeded: its label, in which settings that have
 * been renamed have the names that they had, so that samples stay what they were.
 */
export function streamName(settings: StrategySettings): string {
  return nameOf(settings, strategyOf(settings).streamNames ?? {});
}

function nameOf(settings: StrategySettings, names: Readonly<Record<string, string>>): string {
  const { strategy, ...values } = settingValues(settings);
  const { unsaid = {} } = strategyOf(settings);
  const texts = Object.entries(values)
    .filter(([key, value]) => !(key in unsaid && settingValue(unsaid[key]) === value))
    .map(([key, value]) => key === strategy ? `${value}` : `${names[key] ?? key}=${value}`);
  return texts.length === 0 ? `${strategy}` : `${strategy}(${texts.join(", ")})`;
}

/** A chain in the order of application: `temperature 0.8 → top_k 5`; `none` of no warpers. */
export function chainText(chain: WarperChain): string {
  const warpers = chain.map((warper) =>
    Object.entries(warper).map(([name, value]) => `${name} ${value}`).join()
  );
  return warpers.length === 0 ? "none" : warpers.join(" → ");
}

/** Each setting, `strategy` among them, with its value; a chain as {@linkcode chainText}. */
export function settingValues(settings: StrategySettings): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, settingValue(value)]),
  );
}

function settingValue(value: unknown): string | number {
  if (isChain(value)) return chainText(value);
  return typeof value === "number" ? value : `${value}`;
}

function isChain(value: unknown): value is WarperChain {
  return Array.isArray(value);
}

/**
 * The value of a setting that an entry sweeps, by its name in {@linkcode Cell.swept}: that of a
 * warper is `warp.top_k`, or `warp[2].top_k` where the chain has several of that kind.
 */
export function sweptValue(settings: StrategySettings, swept: string): string | number {
  const [, key = swept, index, name] = /^(\w+)(?:\[(\d+)\])?\.(\w+)$/.exec(swept) ?? [];
  const setting: unknown = Reflect.get(settings, key);
  if (!isChain(setting) || name === undefined) return setting as string | number;
  const warper = index === undefined ? setting.find((one) => name in one) : setting[Number(index)];
  return warper?.[name] ?? NaN;
}

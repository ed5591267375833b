import { product } from "./product.ts";
import type { StrategyEntry, StrategySettings } from "./schema.ts";
import { unsaidSettings } from "./search_schema.ts";
import { EMPTY_CHAIN, settingValues } from "./setting_values.ts";
import type { WarperEntry, WarperSettings } from "./warp_schema.ts";

/** One strategy with one value for each setting: a row of the results. */
export interface Cell {
  /** The strategy and its settings, such as `top_k(k=5)`; no two cells of a grid share it. */
  readonly label: string;
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

/** Every cell of `entries`, in their order; an entry with several lists gives their product. */
export function cells(entries: readonly StrategyEntry[]): Cell[] {
  return entries.flatMap((entry, index) => {
    const swept = Object.entries(entry).flatMap(([key, setting]) => sweptIn(key, setting));
    return combinations(entry).map((settings): Cell => ({
      label: label(settings),
      settings,
      entry: index,
      swept,
    }));
  });
}

/** How many cells {@linkcode cells} would make, without making them. */
export function countCells(entries: readonly StrategyEntry[]): number {
  const choices = (setting: unknown): number =>
    isChain(setting)
      ? setting.flatMap((warper) => Object.values(warper)).reduce(times, 1)
      : listed(setting).length;
  const times = (count: number, setting: unknown): number => count * choices(setting);
  return entries.reduce((sum, entry) => sum + Object.values(entry).reduce(times, 1), 0);
}

/** The product of an entry's lists, the last setting varying fastest. */
function combinations(entry: StrategyEntry): StrategySettings[] {
  const choices = Object.entries(entry).map(([key, setting]) =>
    (isChain(setting) ? chains(setting) : listed(setting)).map((value) => [key, value] as const)
  );
  // Sound since each value comes from the entry's own setting of that name.
  return product(choices).map(Object.fromEntries) as unknown as StrategySettings[];
}

/** The chains with one value for each warper, the last varying fastest. */
function chains(chain: readonly WarperEntry[]): WarperSettings[][] {
  const choices = chain.map((warper) =>
    Object.entries(warper).flatMap(([name, setting]) =>
      listed(setting).map((value) => ({ [name]: value }))
    )
  );
  return product(choices) as unknown as WarperSettings[][];
}

/** The names in {@linkcode Cell.swept} of what `setting` sweeps. */
function sweptIn(key: string, setting: unknown): string[] {
  if (!isChain(setting)) return Array.isArray(setting) ? [key] : [];
  const names = setting.map((warper) => Object.keys(warper).join());
  return setting.flatMap((warper, index) => {
    if (!Object.values(warper).some(Array.isArray)) return [];
    const name = names[index] as string;
    const several = names.indexOf(name) !== names.lastIndexOf(name);
    return [`${key}${several ? `[${index}]` : ""}.${name}`];
  });
}

/** Whether a setting is a chain of warpers and not values to try, of which there is at least one. */
function isChain(setting: unknown): setting is readonly WarperEntry[] {
  return Array.isArray(setting) && setting.every((item) => typeof item === "object");
}

function listed(setting: unknown): readonly unknown[] {
  return Array.isArray(setting) ? setting : [setting];
}

/** What a label leaves out: what there is without a word. */
const UNSAID: Readonly<Record<string, string | number>> = {
  ...unsaidSettings,
  warp: EMPTY_CHAIN,
  variant: "lossless",
  draft_choice: "sample",
};

function label(settings: StrategySettings): string {
  const { strategy, ...values } = settingValues(settings);
  const texts = Object.entries(values)
    .filter(([key, value]) => UNSAID[key] !== value)
    .map(([key, value]) => key === strategy ? `${value}` : `${key}=${value}`);
  return texts.length === 0 ? `${strategy}` : `${strategy}(${texts.join(", ")})`;
}

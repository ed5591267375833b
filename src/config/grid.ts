import type { StrategyEntry, StrategySettings } from "./schema.ts";

/** One strategy with one value for each setting: a row of the results. */
export interface Cell {
  /** The strategy and its settings, such as `top_k(k=5)`; no two cells of a grid share it. */
  readonly label: string;
  /** The strategy and its settings. */
  readonly settings: StrategySettings;
  /** The index in `decoding.strategies` of the entry that it comes from. */
  readonly entry: number;
  /** The settings that the entry sweeps. */
  readonly swept: readonly string[];
}

/** Every cell of `entries`, in their order; an entry with several lists gives their product. */
export function cells(entries: readonly StrategyEntry[]): Cell[] {
  return entries.flatMap((entry, index) => {
    const swept = Object.entries(entry).filter(([, value]) => Array.isArray(value)).map(([key]) =>
      key
    );
    return combinations(entry).map((settings): Cell => ({
      label: label(settings),
      settings,
      entry: index,
      swept,
    }));
  });
}

/** The product of an entry's lists, the last setting varying fastest. */
function combinations(entry: StrategyEntry): StrategySettings[] {
  let partial: Record<string, unknown>[] = [{}];
  for (const [key, value] of Object.entries(entry)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    partial = partial.flatMap((settings) => values.map((one) => ({ ...settings, [key]: one })));
  }
  // Sound since each value comes from the entry's own setting of that name.
  return partial as unknown as StrategySettings[];
}

function label({ strategy, ...settings }: StrategySettings): string {
  const values = Object.entries(settings)
    .map(([key, value]) => key === strategy ? `${value}` : `${key}=${value}`);
  return values.length === 0 ? strategy : `${strategy}(${values.join(", ")})`;
}

import type { StrategySettings } from "./schema.ts";
import { unsaidSettings } from "./search_schema.ts";
import { EMPTY_CHAIN, settingValues } from "./setting_values.ts";

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

/** What a label leaves out: what there is without a word. */
const UNSAID: Readonly<Record<string, string | number>> = {
  ...unsaidSettings,
  warp: EMPTY_CHAIN,
  variant: "lossless",
  draft_choice: "sample",
};

/** The strategy and its settings, such as `top_k(k=5)`, without those that go without a word. */
export function cellLabel(settings: StrategySettings): string {
  const { strategy, ...values } = settingValues(settings);
  const texts = Object.entries(values)
    .filter(([key, value]) => UNSAID[key] !== value)
    .map(([key, value]) => key === strategy ? `${value}` : `${key}=${value}`);
  return texts.length === 0 ? `${strategy}` : `${strategy}(${texts.join(", ")})`;
}

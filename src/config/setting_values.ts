/**
 * A cell's settings as labels and tables show them.
 *
 * @module
 */
import type { StrategySettings } from "./schema.ts";
import type { WarperSettings } from "./warp_schema.ts";

/** The text of a chain without warpers. */
export const EMPTY_CHAIN = "none";

/** A chain in the order of application: `temperature 0.8 → top_k 5`. */
export function chainText(chain: readonly WarperSettings[]): string {
  const warpers = chain.map((warper) =>
    Object.entries(warper).map(([name, value]) => `${name} ${value}`).join()
  );
  return warpers.length === 0 ? EMPTY_CHAIN : warpers.join(" → ");
}

/** Each setting, `strategy` among them, with its value; a chain as {@linkcode chainText}. */
export function settingValues(settings: StrategySettings): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      Array.isArray(value) ? chainText(value) : typeof value === "boolean" ? `${value}` : value,
    ]),
  );
}

/**
 * The value of a setting that an entry sweeps, by its name in {@linkcode Cell.swept}: that of a
 * warper is `warp.top_k`, or `warp[2].top_k` where the chain has several of that kind.
 */
export function sweptValue(settings: StrategySettings, swept: string): string | number {
  const [, key = swept, index, name] = /^(\w+)(?:\[(\d+)\])?\.(\w+)$/.exec(swept) ?? [];
  const setting: unknown = Reflect.get(settings, key);
  if (!Array.isArray(setting) || name === undefined) return setting as string | number;
  const chain: readonly Readonly<Record<string, number>>[] = setting;
  const warper = index === undefined ? chain.find((one) => name in one) : chain[Number(index)];
  return warper?.[name] ?? NaN;
}

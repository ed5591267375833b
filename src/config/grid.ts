/**
 * Entries of `decoding.strategies` with lists and ranges → entries with one value for each setting, as
 * plain data, before anything is validated. Which settings an entry has, in which order, and which of
 * them are lists themselves is read from the JSON Schema.
 *
 * @module
 */
import { shown } from "../text/suggestions.ts";
import type { ConfigSource, Taken } from "./layers.ts";
import { type ConfigPath, product, startsWith, valueAt, withValue } from "./path.ts";
import { constants, STRATEGIES, variantsAt } from "./schema.ts";
import type { StrategyEntry } from "./settings.ts";
import { SweepReader } from "./sweep.ts";

/** The most cells of a config, those of all variants together. */
const MOST_CELLS = 10_000;

/** An entry with one value for each setting, not yet validated. */
export interface ExpandedEntry {
  /** The strategy and its settings, as written but for the lists. */
  readonly settings: unknown;
  /** The index of the written entry in `decoding.strategies`. */
  readonly entry: number;
  /** The swept settings of the written entry, in the order of the schema. */
  readonly axes: readonly Axis[];
  /** The value of each of them here; paths are from the entry. */
  readonly taken: readonly Taken[];
  /**
   * The names of the swept settings: `k`; of a warper in a chain `warp.top_k`, or `warp[2].top_k`
   * where the chain has several of that kind.
   */
  readonly swept: readonly string[];
}

/** A swept setting with all of its values. */
export type Axis = readonly Taken[];

/**
 * The entries of `decoding.strategies`, each as often as its lists have combinations, the last setting
 * of the schema varying fastest; `undefined` where there is no list of entries. Throws a `ConfigError`
 * for lists and ranges that mean nothing, and for more than 10,000 entries in `variants` variants.
 */
export function expandStrategies(
  source: ConfigSource,
  variants: number,
): readonly ExpandedEntry[] | undefined {
  const { data } = source;
  const entries = valueAt(data, STRATEGIES);
  if (!Array.isArray(entries)) return undefined;
  const reader = new SweepReader(source);
  const axes = entries.map((_, index) => axesOf({ data, reader }, index));
  if (reader.problems.length > 0) throw source.errorOf(reader.problems);
  const count = axes.reduce(
    (sum, own) => sum + own.reduce((all, { length }) => all * length, 1),
    0,
  );
  if (count * variants > MOST_CELLS) {
    const among = variants === 1 ? "" : ` in ${variants} variants`;
    const message = `expected at most ${MOST_CELLS} cells, found ${count * variants}${among}`;
    throw source.error(STRATEGIES, message);
  }
  return axes.flatMap((own, entry) => {
    const swept = own.map(([first]) => sweptName(entries[entry], first?.path ?? []));
    return product(own).map((taken): ExpandedEntry => ({
      settings: taken.reduce<unknown>(
        (all, { path, value }) => withValue(all, path, value),
        entries[entry],
      ),
      entry,
      axes: own,
      taken,
      swept,
    }));
  });
}

/** Where a value at `path` of a config with `expanded` entries was written. */
export function writtenPath(
  expanded: readonly ExpandedEntry[] | undefined,
  path: ConfigPath,
): ConfigPath {
  const index = path[STRATEGIES.length];
  const one = typeof index === "number" && startsWith(path, STRATEGIES)
    ? expanded?.[index]
    : undefined;
  if (one === undefined) return path;
  const below = path.slice(STRATEGIES.length + 1);
  const swept = one.taken.find((taken) => startsWith(below, taken.path));
  const written = swept === undefined
    ? below
    : [...swept.written, ...below.slice(swept.path.length)];
  return [...STRATEGIES, one.entry, ...written];
}

/**
 * The entries as a person could have written them, with every default in: the swept settings of
 * `expanded` have their lists again, the others the value that all combinations have once `validated`.
 * A default that only some combinations have, such as `order` where `draft` is swept, is left out.
 */
export function writtenEntries(
  expanded: readonly ExpandedEntry[],
  validated: readonly StrategyEntry[],
): readonly StrategyEntry[] {
  const settingsOf = Map.groupBy(validated, (_, i) => expanded[i]?.entry);
  const axesOf = new Map(expanded.map(({ entry, axes }) => [entry, axes]));
  return [...axesOf].flatMap(([entry, axes]) => {
    const [first, ...others] = settingsOf.get(entry) ?? [];
    if (first === undefined) return [];
    const common = Object.entries(first).filter(([key, value]) =>
      axes.some(([taken]) => taken?.path[0] === key) ||
      others.every((other) => JSON.stringify(other[key]) === JSON.stringify(value))
    );
    const settings = { ...Object.fromEntries(common), strategy: first.strategy };
    const swept = axes.reduce<unknown>(
      (all, axis) => withValue(all, axis[0]?.path ?? [], axis.map(({ value }) => value)),
      settings,
    );
    return [{ ...Object(swept), strategy: first.strategy }];
  });
}

/** A config's entries, and the reader of their lists. */
interface Reading {
  readonly data: unknown;
  readonly reader: SweepReader;
}

/** The swept settings of the entry at `index`, in the order of the schema; paths are from the entry. */
function axesOf({ data, reader }: Reading, index: number): Axis[] {
  const at = [...STRATEGIES, index];
  const entry = valueAt(data, at);
  const named = valueAt(entry, ["strategy"]);
  if (Array.isArray(named)) {
    const message = `expected one strategy, found ${shown(named)}; each needs an entry of its own`;
    reader.problem([...at, "strategy"], message);
    return [];
  }
  const schemas = variantsAt(data, at).filter((one) => mayBe(one, entry));
  return axesBelow(reader, entry, schemas, at).map((axis) =>
    axis.map(({ path, value, written }) => ({
      path: path.slice(at.length),
      value,
      written: written.slice(at.length),
    }))
  );
}

/** The swept settings in `map`, which has one of `schemas` and is at `at`. */
function axesBelow(
  reader: SweepReader,
  map: unknown,
  schemas: readonly unknown[],
  at: ConfigPath,
): Axis[] {
  return settingsOf(schemas).filter(([key]) => valueAt(map, [key]) !== undefined)
    .flatMap(([key, own]): Axis[] => {
      const value = valueAt(map, [key]);
      const here = [...at, key];
      const list = own.find((schema) => valueAt(schema, ["type"]) === "array");
      if (list === undefined) {
        const values = reader.valuesOf(value, { anyOf: own }, here);
        return values === undefined ? [] : [values];
      }
      if (!Array.isArray(value)) return [];
      const items = [valueAt(list, ["items"])];
      return value.flatMap((item, i) => axesBelow(reader, item, items, [...here, i]));
    });
}

/** Whether `entry` has the constants of a schema, as one of several values to try or as a default. */
function mayBe(schema: unknown, entry: unknown): boolean {
  return [...constants(schema)].every(([key, constant]) => {
    const value = valueAt(entry, [key]) ?? valueAt(schema, ["properties", key, "default"]);
    return Array.isArray(value) ? value.includes(constant) : value === constant;
  });
}

/**
 * The settings that any of `schemas` has, each with its schemas, in an order that agrees with that of
 * each of them.
 */
function settingsOf(schemas: readonly unknown[]): readonly [string, readonly unknown[]][] {
  const keys: string[] = [];
  for (const schema of schemas) {
    let next = 0;
    for (const key of Object.keys(valueAt(schema, ["properties"]) ?? {})) {
      const found = keys.indexOf(key);
      if (found < 0) keys.splice(next, 0, key);
      next = (found < 0 ? next : found) + 1;
    }
  }
  return keys.map((key) => [
    key,
    schemas.map((schema) => valueAt(schema, ["properties", key])).filter((one) =>
      one !== undefined
    ),
  ]);
}

/** The name of the swept setting at `path` of `entry`: see {@linkcode ExpandedEntry.swept}. */
function sweptName(entry: unknown, path: ConfigPath): string {
  const [setting, index, warper] = path.map(String);
  if (warper === undefined) return `${setting}`;
  const chain = valueAt(entry, path.slice(0, 1));
  const alike = Array.isArray(chain)
    ? chain.filter((one) => valueAt(one, [warper]) !== undefined)
    : [];
  return `${setting}${alike.length > 1 ? `[${index}]` : ""}.${warper}`;
}

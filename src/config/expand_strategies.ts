/**
 * Entries of `decoding.strategies` with lists and ranges → entries with one value for each setting, as
 * plain data, before anything is validated. Which settings an entry has, in which order, and which of
 * them are lists themselves is read from the JSON Schema.
 *
 * @module
 */
import { configError, type Problem } from "./config_error.ts";
import { MOST_RANGE_VALUES } from "./expand_ranges.ts";
import { product } from "./product.ts";
import { isRange, rangeValues } from "./range.ts";
import type { StrategyEntry } from "./schema.ts";
import { constants, valueAt, variantsAt } from "./schema_at.ts";
import { shown } from "../text/suggestions.ts";
import type { ConfigSource } from "./source.ts";
import type { ConfigPath } from "./tree.ts";

/** The most cells of a config, those of all variants together. */
const MOST_CELLS = 10_000;

const STRATEGIES: ConfigPath = ["decoding", "strategies"];

/** An entry with one value for each setting, not yet validated. */
export interface ExpandedEntry {
  /** The strategy and its settings, as written but for the lists. */
  readonly settings: unknown;
  /** The index of the written entry in `decoding.strategies`. */
  readonly entry: number;
  /** The swept settings of the written entry, in the order of the schema. */
  readonly axes: readonly Axis[];
  /** The value of each of them here. */
  readonly taken: readonly Taken[];
  /**
   * The names of the swept settings: `k`; of a warper in a chain `warp.top_k`, or `warp[2].top_k`
   * where the chain has several of that kind.
   */
  readonly swept: readonly string[];
}

/** A swept setting with one of its values. */
export interface Taken {
  /** The setting, from its entry: `k`, or `warp`, 2, `top_k`. */
  readonly path: ConfigPath;
  /** Its value. */
  readonly value: unknown;
  /** Where that was written, from its entry: an item of the setting's list, or its range. */
  readonly written: ConfigPath;
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
  const data = source.data();
  const entries = valueAt(data, STRATEGIES);
  if (!Array.isArray(entries)) return undefined;
  const finder = new AxisFinder(source);
  const axes = entries.map((entry, index) => finder.axesOf(data, entry, index));
  if (finder.problems.length > 0) throw configError(source.file, finder.problems);
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
      settings: taken.reduce((all, { path, value }) => withValue(all, path, value), entries[entry]),
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
  const one = typeof index === "number" && STRATEGIES.every((key, i) => path[i] === key)
    ? expanded?.[index]
    : undefined;
  if (one === undefined) return path;
  const below = path.slice(STRATEGIES.length + 1);
  const swept = one.taken.find((taken) => taken.path.every((key, i) => below[i] === key));
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
    return [axes.reduce<StrategyEntry>(
      (all, axis) => withValue(all, axis[0]?.path ?? [], axis.map(({ value }) => value)),
      settings,
    )];
  });
}

/** Finds what entries sweep. */
class AxisFinder {
  /** Lists and ranges that mean nothing. */
  readonly problems: Problem[] = [];
  readonly #source: ConfigSource;
  #rangeValues = 0;

  constructor(source: ConfigSource) {
    this.#source = source;
  }

  /** The swept settings of `entry`, the one at `index` in `data`, in the order of the schema. */
  axesOf(data: unknown, entry: unknown, index: number): Axis[] {
    const at = [...STRATEGIES, index];
    if (Array.isArray(valueAt(entry, ["strategy"]))) {
      const found = shown(valueAt(entry, ["strategy"]));
      const message = `expected one strategy, found ${found}; each needs an entry of its own`;
      this.problems.push(this.#source.problem([...at, "strategy"], message));
      return [];
    }
    return this.#below(entry, variantsAt(data, at).filter((one) => mayBe(one, entry)), at, []);
  }

  /** The swept settings in `map`, which has one of `schemas` and is at `path` in the entry at `at`. */
  #below(map: unknown, schemas: readonly unknown[], at: ConfigPath, path: ConfigPath): Axis[] {
    return settingsOf(schemas).filter(([key]) => valueAt(map, [key]) !== undefined)
      .flatMap(([key, own]): Axis[] => {
        const value = valueAt(map, [key]);
        const here = [...path, key];
        const list = own.find((schema) => valueAt(schema, ["type"]) === "array");
        if (list === undefined) return this.#axis(value, own.flatMap(typesOf), at, here);
        if (!Array.isArray(value)) return [];
        const items = [valueAt(list, ["items"])];
        return value.flatMap((item, i) => this.#below(item, items, at, [...here, i]));
      });
  }

  /** The values of the setting at `path`, of one of `types`, if it has a list or range of them. */
  #axis(value: unknown, types: readonly unknown[], at: ConfigPath, path: ConfigPath): Axis[] {
    const hasRanges = types.includes("integer") || types.includes("number");
    const range = (one: unknown): one is string =>
      hasRanges && typeof one === "string" && isRange(one);
    if (range(value)) return [this.#range(value, at, path, path)];
    if (!Array.isArray(value)) return [];
    if (value.length === 0) {
      const message = "expected at least one value, found a list of 0";
      this.problems.push(this.#source.problem([...at, ...path], message));
    }
    return [value.flatMap((item, i): Axis => {
      const written = [...path, i];
      if (range(item)) return this.#range(item, at, path, written);
      if (Array.isArray(item)) {
        const message = `expected one value in each item of the list, found ${shown(item)}`;
        this.problems.push(this.#source.problem([...at, ...written], message));
      }
      return [{ path, value: item, written }];
    })];
  }

  #range(text: string, at: ConfigPath, path: ConfigPath, written: ConfigPath): Axis {
    const range = rangeValues(text);
    if ("message" in range) {
      this.problems.push(this.#source.problem([...at, ...written], range.message));
      return [];
    }
    this.#rangeValues += range.values.length;
    if (this.#rangeValues > MOST_RANGE_VALUES) {
      const message = `expected at most ${MOST_RANGE_VALUES} values in all ranges, found more`;
      throw this.#source.error([...at, ...path], message);
    }
    return range.values.map((value) => ({ path, value, written }));
  }
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

/** The types of what a schema accepts. */
function typesOf(schema: unknown): unknown[] {
  const choices = valueAt(schema, ["anyOf"]);
  return Array.isArray(choices) ? choices.flatMap(typesOf) : [valueAt(schema, ["type"])];
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

/** `data` with `value` at `path`, where there is something already. */
function withValue<Data>(data: Data, path: ConfigPath, value: unknown): Data;
function withValue(data: unknown, path: ConfigPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(data)) {
    return data.map((item, i) => i === key ? withValue(item, rest, value) : item);
  }
  return typeof data === "object" && data !== null
    ? { ...data, [key]: withValue(valueAt(data, [key]), rest, value) }
    : data;
}

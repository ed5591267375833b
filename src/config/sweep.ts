/**
 * Lists and ranges of values to try, before anything is validated: how one is read, and the variants
 * of a config, one for each way to take one value of each setting that it sweeps outside
 * `decoding.strategies`.
 *
 * @module
 */
import { basename } from "node:path";
import { sha256Hex } from "../files/sha256.ts";
import { withoutSecretsIn } from "../data/secret_url.ts";
import { nearestPaths, shown } from "../text/suggestions.ts";
import type { Problem } from "./config_error.ts";
import type { ConfigSource, Taken } from "./layers.ts";
import { type ConfigPath, isMap, product, valueAt } from "./path.ts";
import { isRange, rangeValues } from "./range.ts";
import { allSettings, type Setting } from "./schema.ts";

/** The most variants of a config. */
const MOST_VARIANTS = 10_000;
/** The most listed prompts, those of all variants together: each variant's are checked. */
const MOST_PROMPTS = 5_000_000;
/** The most values of all ranges of a config. */
const MOST_RANGE_VALUES = 100_000;
/** The most characters of a label, which has to be a folder's name. */
const LONGEST_LABEL = 200;

/** One value for each setting that a config sweeps outside `decoding.strategies`. */
export interface Variant {
  /** `seed=1,models.target.n_embd=16`: fit for a folder's name, and no other variant's. */
  readonly label: string;
  /** The swept settings with the values they have here, in the order of the schema. */
  readonly settings: readonly VariantSetting[];
}

/** A swept setting with one of its values. */
export interface VariantSetting {
  /** Such as `models.target.n_embd`. */
  readonly path: string;
  /** The value at that path in this variant. */
  readonly value: string | number | boolean | null;
}

/** A variant, if the config sweeps anything, and the config with its values. */
export interface VariantSource {
  /** Which one. */
  readonly variant?: Variant;
  /** One value for each swept setting. */
  readonly source: ConfigSource;
}

/** Reads lists and ranges, and collects what is wrong with them. */
export class SweepReader {
  /** Lists and ranges that mean nothing. */
  readonly problems: Problem[] = [];
  readonly #source: ConfigSource;
  #rangeValues = 0;

  /** Of `source`. */
  constructor(source: ConfigSource) {
    this.#source = source;
  }

  /** The values that `value`, at `path`, has to try, if it is a list or range of what `schema` accepts. */
  valuesOf(value: unknown, schema: unknown, path: ConfigPath): readonly Taken[] | undefined {
    const types = typesOf(schema);
    const hasRanges = types.includes("integer") || types.includes("number");
    const range = (one: unknown): one is string =>
      hasRanges && typeof one === "string" && isRange(one);
    if (range(value)) return this.#range(value, path, path);
    if (!Array.isArray(value)) return undefined;
    if (value.length === 0) this.problem(path, "expected at least one value, found a list of 0");
    return value.flatMap((item, i): readonly Taken[] => {
      const written = [...path, i];
      if (range(item)) return this.#range(item, path, written);
      if (Array.isArray(item)) {
        this.problem(
          written,
          `expected one value in each item of the list, found ${shown(item)}`,
        );
      }
      return [{ path, value: item, written }];
    });
  }

  /** Adds a problem with the value at `path`. */
  problem(path: ConfigPath, message: string): void {
    this.problems.push(this.#source.problem(path, message));
  }

  #range(text: string, path: ConfigPath, written: ConfigPath): readonly Taken[] {
    const range = rangeValues(text);
    if ("message" in range) {
      this.problem(written, range.message);
      return [];
    }
    this.#rangeValues += range.values.length;
    if (this.#rangeValues > MOST_RANGE_VALUES) {
      const message = `expected at most ${MOST_RANGE_VALUES} values in all ranges, found more`;
      throw this.#source.error(path, message);
    }
    return range.values.map((value) => ({ path, value, written }));
  }
}

/** The types of what a schema accepts. */
function typesOf(schema: unknown): unknown[] {
  const choices = valueAt(schema, ["anyOf"]);
  return Array.isArray(choices) ? choices.flatMap(typesOf) : [valueAt(schema, ["type"])];
}

/**
 * Every variant of `written`, the last swept setting varying fastest; the config itself where it
 * sweeps nothing. Throws a `ConfigError` for sweeps that mean nothing, and for too many.
 */
export function variantsOf(written: ConfigSource): readonly VariantSource[] {
  const source = withGroups(written);
  const axes = axesOf(source);
  const [first] = axes;
  if (first === undefined) return [{ source }];
  const count = axes.reduce((all, { length }) => all * length, 1);
  const prompts = valueAt(source.data, ["decoding", "prompts"]);
  const listed = Array.isArray(prompts) ? prompts.length : 1;
  const { path } = first.settings[0];
  if (count > MOST_VARIANTS) {
    throw source.error(path, `expected at most ${MOST_VARIANTS} variants, found ${count}`);
  }
  if (count * listed > MOST_PROMPTS) {
    const message = `expected at most ${MOST_PROMPTS} prompts in all variants, found ` +
      `${count} variants of ${listed} prompts`;
    throw source.error(path, message);
  }
  const choices = axes.map(({ settings, length }) =>
    Array.from({ length }, (_, i) =>
      settings.flatMap(({ values, order }) => {
        const taken = values[i];
        return taken === undefined ? [] : [{ taken, order }];
      }))
  );
  const names = folderNames(axes.flatMap(({ settings }) => settings));
  return product(choices).map((chosen) => {
    const taken = chosen.flat().toSorted((a, b) => a.order - b.order).map(({ taken }) => taken);
    return { variant: variantOf(taken, names), source: source.taking(taken) };
  });
}

/**
 * The names of swept folders of models, by their paths: where these lie on a machine shows in no label.
 * Folders with a name in common keep their paths.
 */
function folderNames(swept: readonly Swept[]): ReadonlyMap<unknown, string> {
  const names = new Map<unknown, string>();
  for (const { values } of swept.filter(({ path }) => path[0] === "models" && path[2] === "from")) {
    const paths = values.map(({ value }) => value).filter((value) => typeof value === "string");
    const own = paths.map((path) => basename(path));
    if (new Set(own).size < own.length) continue;
    for (const [i, path] of paths.entries()) names.set(path, own[i] ?? path);
  }
  return names;
}

/** `source` with `zip: [[a, b]]` where it has `zip: [a, b]`: a list of paths is one group. */
function withGroups(source: ConfigSource): ConfigSource {
  const zip = valueAt(source.data, ["zip"]);
  if (!Array.isArray(zip) || zip.some((item) => typeof item === "object" && item !== null)) {
    return source;
  }
  const grouped = source.taking([{ path: ["zip", 0], value: zip, written: ["zip"] }]);
  return grouped.taking([{ path: ["zip"], value: [zip], written: ["zip"] }]);
}

/** A swept setting. */
interface Swept {
  readonly path: readonly string[];
  /** Its place in the order of the schema. */
  readonly order: number;
  readonly values: readonly Taken[];
}

/** Settings that vary together, which have as many values each: one by itself, or a group of `zip`. */
interface Axis {
  readonly settings: readonly [Swept, ...Swept[]];
  readonly length: number;
}

/** The axes in the order of the schema, a group where its first setting is. */
function axesOf(source: ConfigSource): readonly Axis[] {
  const reader = new SweepReader(source);
  const swept = allSettings().flatMap((setting, order) => sweptAt(source, reader, setting, order));
  const groups = zipped(source, swept, reader);
  const axes = swept.flatMap((setting): Axis[] => {
    const [first, ...others] = groups.get(setting) ?? [setting];
    return first === setting
      ? [{ settings: [first, ...others], length: setting.values.length }]
      : [];
  });
  if (reader.problems.length > 0) throw source.errorOf(reader.problems);
  for (const axis of axes) findRepeated(axis, reader);
  if (reader.problems.length > 0) throw source.errorOf(reader.problems);
  return axes;
}

function sweptAt(
  { data }: ConfigSource,
  reader: SweepReader,
  { path, sweepable, schema }: Setting,
  order: number,
): Swept[] {
  const values = sweepable ? reader.valuesOf(valueAt(data, path), schema, path) : undefined;
  return values === undefined ? [] : [{ path, order, values }];
}

/** The groups of `zip` by each of their settings. */
function zipped(
  { data }: ConfigSource,
  swept: readonly Swept[],
  reader: SweepReader,
): ReadonlyMap<Swept, readonly Swept[]> {
  const groups = new Map<Swept, readonly Swept[]>();
  for (const [g, group] of listAt(data, ["zip"]).entries()) {
    const members = new Set<Swept>();
    for (const [i, name] of (Array.isArray(group) ? group : []).entries()) {
      const setting = typeof name === "string" ? settingNamed(name, swept) : undefined;
      if (typeof setting === "string") reader.problem(["zip", g, i], setting);
      else if (setting !== undefined && (members.has(setting) || groups.has(setting))) {
        const message = `expected each setting once, found ${nameOf(setting)} again`;
        reader.problem(["zip", g, i], message);
      } else if (setting !== undefined) members.add(setting);
    }
    const counts = new Set([...members].map(({ values }) => values.length));
    if (counts.size > 1) {
      const found = [...members].map((setting) => `${setting.values.length} of ${nameOf(setting)}`);
      const message = `expected as many values of each setting, found ${found.join(" and ")}`;
      reader.problem(["zip", g], message);
    }
    const inOrder = swept.filter((setting) => members.has(setting));
    for (const setting of inOrder) groups.set(setting, inOrder);
  }
  return groups;
}

function listAt(data: unknown, path: ConfigPath): readonly unknown[] {
  const list = valueAt(data, path);
  return Array.isArray(list) ? list : [];
}

/** The swept setting called `written`, or why there is none. */
function settingNamed(written: string, swept: readonly Swept[]): Swept | string {
  const setting = swept.find((one) => nameOf(one) === written);
  if (setting !== undefined) return setting;
  if (written.startsWith("decoding.strategies")) {
    return `expected a setting outside decoding.strategies, found ${shown(written)}; ` +
      "there an entry for each pair says the same";
  }
  const sweepable = allSettings().filter((one) => one.sweepable);
  if (sweepable.some(({ path }) => path.join(".") === written)) {
    return `expected a setting that has a list of values, found ${shown(written)}, which has not`;
  }
  const near = nearestPaths(written.split("."), sweepable.map(({ path }) => path));
  return `expected the path of a setting that may be swept, found ${shown(written)}${near}`;
}

function nameOf({ path }: Swept): string {
  return path.join(".");
}

/** Values, or pairs of them, that come twice. */
function findRepeated({ settings, length }: Axis, reader: SweepReader): void {
  const found = new Set<string>();
  for (let i = 0; i < length; i++) {
    const values = settings.map((setting) => setting.values[i]?.value);
    const key = JSON.stringify(values);
    const written = settings[0].values[i]?.written;
    if (found.has(key) && written !== undefined) {
      const message = `expected each value once, found ${values.map(shown).join(" with ")} again`;
      reader.problem(written, message);
    }
    found.add(key);
  }
}

function variantOf(taken: readonly Taken[], names: ReadonlyMap<unknown, string>): Variant {
  const settings = taken.map(({ path, value }): VariantSetting => ({
    path: path.join("."),
    // Anything else is refused with the rest of the variant.
    value: typeof value === "string"
      ? withoutSecretsIn(path.at(-1) === "from" ? names.get(value) ?? value : value)
      : isScalar(value)
      ? value
      : choiceText(value),
  }));
  return { label: labelOf(settings), settings };
}

/** `simd-strict` for the choice `{simd: strict}`; `null` for what is no such map. */
function choiceText(value: unknown): string | null {
  const [entry, ...others] = isMap(value) ? Object.entries(value) : [];
  if (entry === undefined || others.length > 0) return null;
  const [key, chosen] = entry;
  return typeof chosen === "string" ? withoutSecretsIn(`${key}-${chosen}`) : null;
}

function isScalar(value: unknown): value is VariantSetting["value"] {
  return typeof value !== "object" && value !== undefined;
}

/** The settings as a folder's name; where they do not fit one as they are, their hash makes it unique. */
function labelOf(settings: readonly VariantSetting[]): string {
  const label = settings
    .map(({ path, value }) => `${path}=${String(value).replaceAll(/[^\w.+-]/g, "_")}`)
    .join(",");
  const isWhole = label.length <= LONGEST_LABEL && !label.endsWith(".");
  if (isWhole && settings.every(({ value }) => /^[\w.+-]*$/.test(String(value)))) return label;
  const hash = sha256Hex(JSON.stringify(settings)).slice(0, 8);
  return `${label.slice(0, LONGEST_LABEL)}~${hash}`;
}

/**
 * A `--set path=value[,value…]` and an `--add {strategy: …}`: read, and laid over a config.
 *
 * @module
 */
import { characterCount, firstCharacters } from "../text/characters.ts";
import { strategies } from "../decode/definitions.ts";
import { expectedOneOf, nearestPaths, shown, suggestion } from "../text/suggestions.ts";
import { ConfigError } from "./config_error.ts";
import type { ConfigSource } from "./layers.ts";
import { type ConfigPath, isMap, pathText, startsWith, valueAt } from "./path.ts";
import { allSettings, STRATEGIES } from "./schema.ts";
import { listed, nearestSetting, pathsFor, settingPaths } from "./short_path.ts";
import { parseYaml } from "./yaml.ts";

/** A change to a config: the `path=value` of a `--set`, or a strategy to add. */
export type Change = string | Addition;

/** A strategy to add to those of a config. */
export interface Addition {
  /** It and its settings in YAML: `{strategy: min_p, min_p: 0.1}`. */
  readonly add: string;
}

/** `source` with `changes` over it, one after another. */
export function withChanges(source: ConfigSource, changes: readonly Change[]): ConfigSource {
  return changes.reduce<ConfigSource>(
    (config, change) =>
      typeof change === "string"
        ? withOverride(config, readOverride(change))
        : withAddition(config, change),
    source,
  );
}

/** `source` with one more strategy after its own. */
function withAddition(source: ConfigSource, { add }: Addition): ConfigSource {
  const read = parseYaml(add);
  if ("message" in read || !isMap(read.data)) {
    const found = "message" in read ? read.message : `found ${shown(read.data)}`;
    throw new ConfigError(
      `cannot read ${shownFlag("--add", add)}: expected a strategy with its settings, such as ` +
        `'{strategy: top_k, k: 5}', ${found}`,
    );
  }
  const strategies = valueAt(source.data, STRATEGIES);
  const set = shownFlag("--add", add);
  return Array.isArray(strategies)
    ? source.over({ set, path: [...STRATEGIES, strategies.length], value: read.data })
    : source.over({ set, path: STRATEGIES, value: [read.data] });
}

/** A `--set` taken apart. */
export interface Override {
  /** The `--set` itself, for messages: cut where it is long. */
  readonly set: string;
  /** Keys, indices and names, none of them empty. */
  readonly steps: readonly string[];
  /** A value, a list of several, or `null` to take the setting out. */
  readonly value: unknown;
}

/** Reads `assignment`; throws a {@linkcode ConfigError} for what is no path and value. */
export function readOverride(assignment: string): Override {
  const equals = assignment.indexOf("=");
  const path = assignment.slice(0, Math.max(equals, 0));
  const steps = path.replaceAll(/\[(\d+)\]/g, ".$1").split(".");
  if (equals < 1 || equals === assignment.length - 1 || steps.includes("")) {
    throw new ConfigError(
      `cannot read ${
        shownFlag("--set", assignment)
      }: expected path=value, such as decoding.samples=100`,
    );
  }
  return { steps, value: overrideValue(assignment), set: shownFlag("--set", assignment) };
}

/** The most characters of a flag's value in a message. */
const MOST_SHOWN = 200;

function shownFlag(flag: string, text: string): string {
  const isLong = characterCount(text) > MOST_SHOWN;
  return `${flag} ${isLong ? `${firstCharacters(text, MOST_SHOWN)}…` : text}`;
}

function overrideValue(assignment: string): unknown {
  const text = assignment.slice(assignment.indexOf("=") + 1);
  const fail = (message: string): ConfigError =>
    new ConfigError(`cannot read ${shownFlag("--set", assignment)}: ${message}`);
  const read = parseYaml(`[${text}]`);
  if ("message" in read && read.isYaml) throw fail(read.message);
  if ("message" in read || !Array.isArray(read.data) || read.data.length === 0) {
    throw fail(`expected a value or values divided by commas, found ${shown(text)}`);
  }
  return read.data.length === 1 ? read.data[0] : read.data;
}

/**
 * `source` with `override` over it. A step of its path is a key, an index (`.0` or `[0]`), or a name: in
 * the list of strategies a strategy's, in a chain of warpers a warper's, which means every entry of
 * that name. Steps may be left out where the rest means one setting only.
 */
export function withOverride(source: ConfigSource, override: Override): ConfigSource {
  const { value, set } = override;
  // From the end, since removing an item of a list moves those after it.
  return pathsMeant(source, override).reverse().reduce((config, path) => {
    checkRoom(config, path, override);
    const above = path.slice(0, -1);
    const key = path.at(-1);
    // The setting of a map that takes the place of a list, as prompts in a file do.
    if (typeof key === "string" && Array.isArray(valueAt(config.data, above))) {
      return config.over({ set, path: above, value: { [key]: value } });
    }
    return config.over({ set, path: value === null ? removedWith(config, path) : path, value });
  }, source);
}

/** The paths that the written steps mean: more than one where a name has several entries. */
function pathsMeant(source: ConfigSource, override: Override): ConfigPath[] {
  const { steps } = override;
  if (steps[0] === "extends") {
    const message = "extends: expected a setting, found what a config alone can say";
    throw unusable(source, override, message);
  }
  const whole = pathsOf(source.data, steps);
  if (typeof whole !== "string") return whole;
  const meant = pathsFor(steps, settingPaths(source.data));
  const [only, ...others] = meant;
  if (only === undefined) throw unusable(source, override, whole);
  if (others.length > 0) {
    const message = `${steps.join(".")}: expected the path of one setting, found a short one of ` +
      `${meant.length}: ${listed(meant)}`;
    throw unusable(source, override, message);
  }
  const paths = pathsOf(source.data, only);
  if (typeof paths === "string") throw unusable(source, override, paths);
  return paths;
}

/** The paths that whole `steps` mean, or why they mean none. */
function pathsOf(data: unknown, steps: readonly string[]): ConfigPath[] | string {
  const unknown = unknownStep(data, steps);
  if (unknown !== undefined) return unknown;
  let paths: ConfigPath[] = [[]];
  for (const step of steps) {
    const longer: ConfigPath[] = [];
    for (const path of paths) {
      const list = valueAt(data, path);
      const items = Array.isArray(list) && !isSetting([...path, step])
        ? itemsNamed(list, step, path)
        : [[step]];
      if (typeof items === "string") return items;
      longer.push(...items.map((item) => [...path, ...item]));
    }
    paths = longer;
  }
  return paths;
}

/** Whether `path` is that of a setting, as in a map that may stand in place of a list. */
function isSetting(path: ConfigPath): boolean {
  return allSettings().some((one) => one.path.length === path.length && startsWith(path, one.path));
}

/** Whether the setting at `path` may be a value, and not a map alone. */
function takesValue(path: ConfigPath): boolean {
  return allSettings().some((one) => one.sweepable && one.path.join(".") === path.join("."));
}

/** Why the schema does not have `steps`, as far as that does not depend on the config. */
function unknownStep(data: unknown, steps: readonly string[]): string | undefined {
  const known = allSettings().map(({ path }) => path);
  for (const [depth, step] of steps.entries()) {
    const above = steps.slice(0, depth);
    const keys = known.filter((path) => path.length === depth + 1 && startsWith(path, above))
      .map((path) => String(path[depth]));
    // A list, or a value: what may stand below it is checked with the rest of the config.
    if (keys.length === 0) return undefined;
    if (keys.includes(step) || Array.isArray(valueAt(data, above))) continue;
    const path = pathText(steps.slice(0, depth + 1));
    const near = nearestPaths(steps, known) || nearestSetting(steps, settingPaths(data)) ||
      suggestion(path, keys.map((key) => [...above, key].join(".")));
    return depth === 0
      ? `${path}: unknown setting: expected one that configs/README.md lists, found ${
        shown(steps.join("."))
      }${entryNamed(data, steps) ?? (wayToAdd(step) || near)}`
      : `${path}: unknown key: expected one of ${keys.join(", ")}, found ${shown(step)}${near}`;
  }
  return undefined;
}

/** The path of the entry of the strategy that `steps` begin with, or of its nearest setting, if there is one. */
function entryNamed(data: unknown, steps: readonly string[]): string | undefined {
  const [step = "", ...below] = steps;
  const entries = valueAt(data, STRATEGIES);
  const has = Array.isArray(entries) && entries.some((entry) => nameOf(entry) === step);
  if (!has) return undefined;
  const own = settingPaths(data).filter((path) => path[STRATEGIES.length] === step);
  const near = below.length === 0 ? "" : nearestSetting(steps, own);
  return near || `; did you mean "${pathText([...STRATEGIES, step])}"?`;
}

/** The paths from a list at `path` to the items that `step` means, or why it means none. */
function itemsNamed(
  items: readonly unknown[],
  step: string,
  path: ConfigPath,
): ConfigPath[] | string {
  const { paths, names } = itemsMeant(items, step);
  if (paths.length > 0) return paths;
  const expected = names.length > 0 && !/^\d+$/.test(step)
    ? expectedOneOf(step, names)
    : `expected an index below ${items.length}, found ${step}`;
  return `${pathText(path)}: ${expected}${startsWith(path, STRATEGIES) ? wayToAdd(step) : ""}`;
}

/** How to have the strategy that is called `step`, if one is. */
function wayToAdd(step: string): string {
  return strategies.some(({ name }) => name === step)
    ? `; --add '{strategy: ${step}}' adds that strategy`
    : "";
}

function unusable(source: ConfigSource, { set }: Override, message: string): ConfigError {
  return new ConfigError(`cannot use ${set} with ${source.file}\n  ${message}`);
}

/**
 * The paths, from a list, of what `step` means in it: an item by its index, every strategy of that
 * name, or the value of every warper of that name. None where it means nothing; `names` are those
 * that would mean something.
 */
function itemsMeant(
  items: readonly unknown[],
  step: string,
): { readonly paths: ConfigPath[]; readonly names: readonly string[] } {
  const names = items.map(nameOf);
  const paths = /^\d+$/.test(step) && Number(step) < items.length
    ? [[Number(step)]]
    : items.flatMap((item, index): ConfigPath[] =>
      names[index] !== step ? [] : [isStrategy(item) ? [index] : [index, step]]
    );
  return { paths, names: [...new Set(names.filter((name) => name !== ""))] };
}

/** A strategy's name, or a warper's, which is the only key of its map. */
function nameOf(item: unknown): string {
  if (isStrategy(item)) return String(item.strategy);
  const keys = typeof item === "object" && item !== null ? Object.keys(item) : [];
  return keys.length === 1 ? keys.join() : "";
}

function isStrategy(item: unknown): item is { readonly strategy: unknown } {
  return typeof item === "object" && item !== null && "strategy" in item;
}

/** Refuses a path that leads through a value. */
function checkRoom(source: ConfigSource, path: ConfigPath, override: Override): void {
  for (let length = 0; length < path.length; length++) {
    const parent = path.slice(0, length);
    const value = valueAt(source.data, parent);
    if (value === undefined || value === null || typeof value === "object") continue;
    // A map takes the place of a value where either may stand, as of an engine.
    const isChoice = length === path.length - 1 && override.value !== null && isSetting(path);
    if (isChoice && takesValue(parent)) continue;
    const where = length === 0 ? "" : `${pathText(parent)}: `;
    throw unusable(source, override, `${where}expected a map, found ${shown(value)}`);
  }
}

/** `path`, or that of the warper whose map would be empty without it. */
function removedWith({ data }: ConfigSource, path: ConfigPath): ConfigPath {
  const parent = path.slice(0, -1);
  const map = valueAt(data, parent);
  const alone = typeof parent.at(-1) === "number" && isMap(map) && Object.keys(map).length === 1;
  return alone ? parent : path;
}

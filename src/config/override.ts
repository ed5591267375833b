/**
 * A `--set path=value[,value…]`: read, and laid over a config.
 *
 * @module
 */
import { expectedOneOf, nearestPaths, shown, suggestion } from "../text/suggestions.ts";
import { ConfigError } from "./config_error.ts";
import type { ConfigSource } from "./layers.ts";
import { type ConfigPath, isMap, pathText, startsWith, valueAt } from "./path.ts";
import { allSettings } from "./schema.ts";
import { parseYaml } from "./yaml.ts";

/** A `--set` taken apart. */
export interface Override {
  /** The `--set` itself. */
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
      `cannot read --set ${assignment}: expected path=value, such as decoding.samples=100`,
    );
  }
  return { steps, value: overrideValue(assignment), set: `--set ${assignment}` };
}

function overrideValue(assignment: string): unknown {
  const text = assignment.slice(assignment.indexOf("=") + 1);
  const fail = (message: string): ConfigError =>
    new ConfigError(`cannot read --set ${assignment}: ${message}`);
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
 * that name.
 */
export function withOverride(source: ConfigSource, override: Override): ConfigSource {
  checkSteps(source, override);
  const { value, set } = override;
  // From the end, since removing an item of a list moves those after it.
  return pathsMeant(source, override).reverse().reduce((config, path) => {
    checkRoom(config, path, override);
    return config.over({ set, path: value === null ? removedWith(config, path) : path, value });
  }, source);
}

/** Refuses a path that the schema does not have, as far as that does not depend on the config. */
function checkSteps(source: ConfigSource, override: Override): void {
  const { steps } = override;
  if (steps[0] === "extends") {
    const message = "extends: expected a setting, found what a config alone can say";
    throw unusable(source, override, message);
  }
  const known = allSettings().map(({ path }) => path);
  for (const [depth, step] of steps.entries()) {
    const above = steps.slice(0, depth);
    const keys = known.filter((path) => path.length === depth + 1 && startsWith(path, above))
      .map((path) => String(path[depth]));
    // A list, or a value: what may stand below it is checked with the rest of the config.
    if (keys.length === 0) return;
    if (keys.includes(step) || Array.isArray(valueAt(source.data, above))) continue;
    const path = steps.slice(0, depth + 1).join(".");
    const near = nearestPaths(steps, known) ||
      suggestion(path, keys.map((key) => [...above, key].join(".")));
    const message = `${path}: unknown key: expected one of ${keys.join(", ")}, found ${
      shown(step)
    }${near}`;
    throw unusable(source, override, message);
  }
}

function unusable(source: ConfigSource, { set }: Override, message: string): ConfigError {
  return new ConfigError(`cannot use ${set} with ${source.file}\n  ${message}`);
}

/** The paths that the written steps mean: more than one where a name has several entries. */
function pathsMeant(source: ConfigSource, override: Override): ConfigPath[] {
  let paths: ConfigPath[] = [[]];
  for (const step of override.steps) {
    paths = paths.flatMap((path) => {
      const list = valueAt(source.data, path);
      if (!Array.isArray(list)) return [[...path, step]];
      return itemsNamed(list, step, path).map((item) => [...path, ...item]);
    });
  }
  return paths;

  function itemsNamed(items: readonly unknown[], step: string, path: ConfigPath): ConfigPath[] {
    const { paths, names } = itemsMeant(items, step);
    if (paths.length > 0) return paths;
    const expected = names.length > 0 && !/^\d+$/.test(step)
      ? expectedOneOf(step, names)
      : `expected an index below ${items.length}, found ${step}`;
    throw unusable(source, override, `${pathText(path)}: ${expected}`);
  }
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

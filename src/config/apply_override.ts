import { ConfigError } from "./config_error.ts";
import { expectedOneOf, nearestPaths, shown, suggestion } from "../text/suggestions.ts";
import { itemsMeant, type Override, readOverride } from "./override.ts";
import { allSettings } from "./settings.ts";
import { type ConfigSource, pathText } from "./source.ts";
import {
  type ConfigPath,
  entryAt,
  isNull,
  plain,
  REMOVED,
  withEntry,
  withoutItem,
} from "./tree.ts";

/** A path whose steps are those of the config: indices are numbers. */
type Path = readonly (string | number)[];

/**
 * `source` with a `--set path=value[,value…]`; `null` takes the setting out. A step of the path is a
 * key, an index (`.0` or `[0]`), or a name: in the list of strategies a strategy's, in a chain of
 * warpers a warper's, which means every entry of that name.
 */
export function applyOverride(source: ConfigSource, assignment: string): ConfigSource {
  return withOverride(source, readOverride(assignment));
}

/** As {@linkcode applyOverride}, for what has been taken apart already. */
export function withOverride(source: ConfigSource, override: Override): ConfigSource {
  checkSteps(source, override);
  const { value, place } = override;
  const removes = value.kind === "scalar" && value.value === null;
  let { root } = source;
  // From the end, since what is taken out of a list moves what stands after it.
  for (const path of pathsMeant(source, override).reverse()) {
    const changed = source.with(root);
    checkRoom(changed, path, override);
    const item = removes ? itemAt(changed, path) : undefined;
    root = item === undefined
      ? withEntry(root, path, { place, tree: removes ? REMOVED : value })
      : withoutItem(root, item);
  }
  return source.with(root);
}

/** Refuses a path that the schema does not have, as far as that does not depend on the config. */
function checkSteps(source: ConfigSource, { steps, place }: Override): void {
  const fail = (message: string): ConfigError =>
    new ConfigError(`cannot use ${place.text} with ${source.file}\n  ${message}`);
  if (steps[0] === "extends") {
    throw fail("extends: expected a setting, found what a config alone can say");
  }
  const known = allSettings().map(({ path }) => path);
  for (const [depth, step] of steps.entries()) {
    const above = steps.slice(0, depth);
    const keys = known.filter((path) => path.length === depth + 1 && startsWith(path, above))
      .map((path) => String(path[depth]));
    // A list, or a value: what may stand below it is checked with the rest of the config.
    if (keys.length === 0) return;
    if (keys.includes(step) || isList(source, above)) continue;
    const path = steps.slice(0, depth + 1).join(".");
    const near = nearestPaths(steps, known) ||
      suggestion(path, keys.map((key) => [...above, key].join(".")));
    throw fail(
      `${path}: unknown key: expected one of ${keys.join(", ")}, found ${shown(step)}${near}`,
    );
  }
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((step, i) => path[i] === step);
}

function isList(source: ConfigSource, path: Path): boolean {
  return entryAt(source.root, path)?.tree.kind === "list";
}

/** The paths that the written steps mean: more than one where a name has several entries. */
function pathsMeant(source: ConfigSource, override: Override): Path[] {
  let paths: Path[] = [[]];
  for (const step of override.steps) {
    paths = paths.flatMap((path) => {
      const tree = entryAt(source.root, path)?.tree;
      if (tree?.kind !== "list") return [[...path, step]];
      const items = tree.items.map((item) => plain(item.tree));
      return itemsNamed(items, step, path).map((item) => [...path, ...item]);
    });
  }
  return paths;

  function itemsNamed(items: readonly unknown[], step: string, path: Path): Path[] {
    const { paths, names } = itemsMeant(items, step);
    if (paths.length > 0) return paths;
    const expected = names.length > 0 && !/^\d+$/.test(step)
      ? expectedOneOf(step, names)
      : `expected an index below ${items.length}, found ${step}`;
    throw new ConfigError(
      `cannot use ${override.place.text} with ${source.file}\n  ${pathText(path)}: ${expected}`,
    );
  }
}

/** Refuses a path that leads through a value. */
function checkRoom(source: ConfigSource, path: Path, { place }: Override): void {
  for (let length = 0; length < path.length; length++) {
    const parent = path.slice(0, length);
    const tree = entryAt(source.root, parent)?.tree;
    if (tree?.kind !== "scalar" || isNull(tree)) continue;
    const where = length === 0 ? "" : `${pathText(parent)}: `;
    const message = `${where}expected a map, found ${shown(tree.value)}`;
    throw new ConfigError(`cannot use ${place.text} with ${source.file}\n  ${message}`);
  }
}

/**
 * The item of a list that goes where what is at `path` is taken out: it itself, or the warper whose
 * map without it would be empty.
 */
function itemAt(source: ConfigSource, path: Path): ConfigPath | undefined {
  if (typeof path.at(-1) === "number") return path;
  const parent = path.slice(0, -1);
  const tree = entryAt(source.root, parent)?.tree;
  const alone = tree?.kind === "map" && tree.entries.size === 1;
  return typeof parent.at(-1) === "number" && alone ? parent : undefined;
}

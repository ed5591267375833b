import { configError, type Problem } from "./config_error.ts";
import { isRange, rangeValues } from "./range.ts";
import { schemaAt, valueAt } from "./schema_at.ts";
import { type ConfigSource, pathText } from "./source.ts";
import { type ConfigPath, type Entry, withEntry } from "./tree.ts";

/** The most values that all ranges of a config may have; no more cells would be allowed. */
export const MOST_RANGE_VALUES = 100_000;

/**
 * `source` with a list of numbers for each range where a number is expected outside
 * `decoding.strategies`, whose entries are expanded by themselves; text is never a range. Throws a `ConfigError` for ranges that mean nothing.
 */
export function expandRanges(source: ConfigSource): ConfigSource {
  const data = source.data();
  const problems: Problem[] = [];
  let root = source.root;
  let values = 0;
  for (const { path, entry } of settingsWithRanges(source.root, [])) {
    if (!expectsNumber(data, path)) continue;
    const items: Entry[] = [];
    for (const item of itemsOf(entry)) {
      items.push(...valuesOf(item, path, problems));
      if (values + items.length <= MOST_RANGE_VALUES) continue;
      throw source.error(
        path,
        `expected at most ${MOST_RANGE_VALUES} values in all ranges, found more`,
      );
    }
    root = withEntry(root, path, { ...entry, tree: { kind: "list", items } });
    values += items.length;
  }
  if (problems.length > 0) throw configError(source.file, problems);
  return source.with(root);
}

/** Every value, and every list of values, in which a range may be meant. */
function* settingsWithRanges(
  entry: Entry,
  path: ConfigPath,
): Generator<{ readonly path: ConfigPath; readonly entry: Entry }> {
  const { tree } = entry;
  if (path[0] === "decoding" && path[1] === "strategies") return;
  if (tree.kind === "map") {
    for (const [key, child] of tree.entries) yield* settingsWithRanges(child, [...path, key]);
  } else if (itemsOf(entry).some((item) => rangeIn(item) !== undefined)) yield { path, entry };
  else if (tree.kind === "list") {
    for (const [i, item] of tree.items.entries()) yield* settingsWithRanges(item, [...path, i]);
  }
}

function itemsOf(entry: Entry): readonly Entry[] {
  return entry.tree.kind === "list" ? entry.tree.items : [entry];
}

/** The text of a range, if `entry` may be meant as one. */
function rangeIn({ tree }: Entry): string | undefined {
  if (tree.kind !== "scalar" || typeof tree.value !== "string") return undefined;
  return isRange(tree.value) ? tree.value : undefined;
}

/** `entry`, or the numbers of the range that it is, each in the range's place. */
function valuesOf(entry: Entry, path: ConfigPath, problems: Problem[]): readonly Entry[] {
  const { place } = entry;
  const text = rangeIn(entry);
  if (text === undefined) return [entry];
  const range = rangeValues(text);
  if ("values" in range) {
    return range.values.map((value): Entry => ({ place, tree: { kind: "scalar", value } }));
  }
  problems.push({ location: place.text, path: pathText(path), message: range.message });
  return [];
}

/** Whether the setting at `path` is a number, or one or more of them. */
function expectsNumber(data: unknown, path: ConfigPath): boolean {
  const schema = schemaAt(data, path);
  const types = [schema, valueAt(schema, ["anyOf", 0])].map((part) => valueAt(part, ["type"]));
  return types.some((type) => type === "integer" || type === "number");
}

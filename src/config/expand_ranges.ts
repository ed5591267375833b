import { configError, type Problem } from "./config_error.ts";
import { isRange, rangeValues } from "./range.ts";
import { schemaAt, valueAt } from "./schema_at.ts";
import { type ConfigSource, pathText } from "./source.ts";
import { type ConfigPath, type Entry, withEntry } from "./tree.ts";

/**
 * `source` with a list of numbers for each range where a number is expected; text is never a range.
 * Throws a `ConfigError` for ranges that mean nothing.
 */
export function expandRanges(source: ConfigSource): ConfigSource {
  const data = source.data();
  const problems: Problem[] = [];
  const edits: { readonly path: ConfigPath; readonly entry: Entry }[] = [];
  const look = (entry: Entry, path: ConfigPath): void => {
    const { tree } = entry;
    if (tree.kind === "map") tree.entries.forEach((child, key) => look(child, [...path, key]));
    const items = tree.kind === "list" ? tree.items : [entry];
    if (items.some(isRangeEntry) && expectsNumber(data, path)) {
      const expanded = items.flatMap((item) => valuesOf(item, path, problems));
      edits.push({ path, entry: { ...entry, tree: { kind: "list", items: expanded } } });
    } else if (tree.kind === "list") tree.items.forEach((item, i) => look(item, [...path, i]));
  };
  look(source.root, []);
  if (problems.length > 0) throw configError(source.file, problems);
  return source.with(
    edits.reduce((root, { path, entry }) => withEntry(root, path, entry), source.root),
  );
}

function isRangeEntry({ tree }: Entry): boolean {
  return tree.kind === "scalar" && typeof tree.value === "string" && isRange(tree.value);
}

/** The numbers of `entry`, which may be a range; each in the range's place. */
function valuesOf(entry: Entry, path: ConfigPath, problems: Problem[]): readonly Entry[] {
  const { tree, place } = entry;
  if (tree.kind !== "scalar" || typeof tree.value !== "string" || !isRange(tree.value)) {
    return [entry];
  }
  const range = rangeValues(tree.value);
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

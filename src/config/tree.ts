/**
 * A config before it is checked: values, each with the place where it was written. Trees are never
 * changed, so that an alias can share what it stands for and variants share all but what they sweep.
 *
 * @module
 */

/** A path into a config: keys and list indices. */
export type ConfigPath = readonly PropertyKey[];

/** Where something was written. */
export interface Place {
  /** `configs/default.yaml:7:3`, or the `--set` it comes from. */
  readonly text: string;
  /** The config file; none for a `--set`. */
  readonly file?: string;
}

/** What YAML has at its leaves. */
export type Scalar = string | number | boolean | null;

/** A value and what is in it; `removed` is a setting that `null` takes out. */
export type Tree =
  | { readonly kind: "scalar"; readonly value: Scalar }
  | { readonly kind: "list"; readonly items: readonly Entry[] }
  | { readonly kind: "map"; readonly entries: ReadonlyMap<string, Entry> }
  | { readonly kind: "removed" };

/** A value in its place: of a pair of a map where the key is, of an item where it begins. */
export interface Entry {
  /** Where it was written. */
  readonly place: Place;
  /** What was written. */
  readonly tree: Tree;
}

/** The plain value of `tree`; nothing for what was taken out. */
export function plain(tree: Tree): unknown {
  switch (tree.kind) {
    case "scalar":
      return tree.value;
    case "list":
      return tree.items.map((item) => plain(item.tree));
    case "map":
      return Object.fromEntries(
        [...tree.entries]
          .filter(([, entry]) => entry.tree.kind !== "removed")
          .map(([key, entry]) => [key, plain(entry.tree)]),
      );
    case "removed":
      return undefined;
  }
}

/** What stands directly below `entry` under `key`, if anything does. */
export function childOf(entry: Entry, key: PropertyKey): Entry | undefined {
  const { tree } = entry;
  if (tree.kind === "map") return tree.entries.get(String(key));
  return tree.kind === "list" && typeof key === "number" ? tree.items[key] : undefined;
}

/** What stands at `path`, if anything does. */
export function entryAt(root: Entry, path: ConfigPath): Entry | undefined {
  return path.reduce<Entry | undefined>((entry, key) => entry && childOf(entry, key), root);
}

/** `root` with `entry` at `path`; maps that lead there are made where there is nothing yet. */
export function withEntry(root: Entry, path: ConfigPath, entry: Entry): Entry {
  const [key, ...rest] = path;
  if (key === undefined) return entry;
  const child = childOf(root, key) ?? { place: entry.place, tree: NOTHING };
  const changed = withEntry(child, rest, entry);
  const { tree } = root;
  if (tree.kind === "list" && typeof key === "number") {
    const items = tree.items.map((item, i) => i === key ? changed : item);
    return { ...root, tree: { kind: "list", items } };
  }
  const before = tree.kind === "map" ? tree.entries : [];
  const entries = new Map([...before, [String(key), changed]]);
  return { ...root, tree: { kind: "map", entries } };
}

/** `root` without the item of a list at `path`. */
export function withoutItem(root: Entry, path: ConfigPath): Entry {
  const list = entryAt(root, path.slice(0, -1));
  if (list?.tree.kind !== "list") return root;
  const items = list.tree.items.filter((_, i) => i !== path.at(-1));
  return withEntry(root, path.slice(0, -1), { ...list, tree: { kind: "list", items } });
}

/**
 * `over` laid over `base`: maps are merged key by key, everything else of `over` takes the place of
 * what `base` has, and `null` takes it out.
 */
export function merged(base: Entry, over: Entry): Entry {
  if (over.tree.kind !== "map") return over;
  const below = base.tree.kind === "map" ? base.tree.entries : NO_ENTRIES;
  const entries = new Map(below);
  for (const [key, entry] of over.tree.entries) {
    const beneath = below.get(key) ?? { place: entry.place, tree: NOTHING };
    entries.set(key, merged(beneath, isNull(entry.tree) ? { ...entry, tree: REMOVED } : entry));
  }
  return { place: over.place, tree: { kind: "map", entries } };
}

/** Whether `tree` is a `null` that was written. */
export function isNull(tree: Tree): boolean {
  return tree.kind === "scalar" && tree.value === null;
}

/** A setting that is taken out. */
export const REMOVED: Tree = { kind: "removed" };

const NO_ENTRIES: ReadonlyMap<string, Entry> = new Map();
const NOTHING: Tree = { kind: "map", entries: NO_ENTRIES };

/**
 * The settings that two configs differ in, path by path.
 *
 * @module
 */
// @ts-types="../declarations/yaml.d.ts"
import { stringify } from "@std/yaml";
import { isMap, pathText } from "./path.ts";
import { parseYaml } from "./yaml.ts";

/** A setting with its values as in a config; `undefined` on the side that does not have it. */
export interface SettingDiff {
  /** Its path: `training.target.steps`, `decoding.strategies.top_k.k`. */
  readonly path: string;
  /** The old value. */
  readonly old: unknown;
  /** The new value. */
  readonly new: unknown;
  /** Whether they differ. */
  readonly differs: boolean;
}

type Path = readonly PropertyKey[];

/** Every setting of two configs, in the order of the first; maps are descended into, lists are not. */
export function diffSettings(old: unknown, current: unknown): SettingDiff[] {
  return diffAt([], old, current);
}

function diffAt(path: Path, old: unknown, current: unknown): SettingDiff[] {
  if (pathText(path) === "decoding.strategies" && Array.isArray(old) && Array.isArray(current)) {
    return matchEntries(old, current).flatMap(({ step, ...entry }) =>
      entry.old === undefined || entry.new === undefined
        ? [settingDiff([...path, ...step], entry.old, entry.new)]
        : diffAt([...path, ...step], entry.old, entry.new)
    );
  }
  const maps = [old, current].filter(isMap);
  const others = [old, current].filter((value) => !isMap(value) && value !== undefined);
  if (maps.length === 0 || others.length > 0) return [settingDiff(path, old, current)];
  const keys = new Set(maps.flatMap(Object.keys));
  return [...keys].flatMap((key) =>
    diffAt([...path, key], valueOf(old, key), valueOf(current, key))
  );
}

function settingDiff(path: Path, old: unknown, current: unknown): SettingDiff {
  const differs = yamlText(old) !== yamlText(current);
  return { path: pathText(path), old, new: current, differs };
}

/** A value as YAML on one line; empty if there is none. */
export function yamlText(value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return `[${value.map(yamlText).join(", ")}]`;
  if (isMap(value)) {
    const pairs = Object.entries(value).map(([key, one]) => `${yamlText(key)}: ${yamlText(one)}`);
    return `{${pairs.join(", ")}}`;
  }
  if (typeof value !== "string") return String(value);
  // As in a list, where more has to be quoted.
  return stringify([value], { flowLevel: 0, lineWidth: -1, quoteStyle: '"' }).trim().slice(1, -1);
}

function valueOf(map: unknown, key: string): unknown {
  return isMap(map) && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Two entries of `decoding.strategies` that correspond, or one that has no counterpart. */
interface MatchedEntry {
  /** Its path in the list: the name of the strategy, and its number if there are several. */
  readonly step: readonly PropertyKey[];
  /** The old entry, if there is one. */
  readonly old: unknown;
  /** The new entry, if there is one. */
  readonly new: unknown;
}

/**
 * Matches the entries of two configs: each with the one of the same strategy that it shares the most
 * settings with. Their order does not matter.
 */
function matchEntries(old: readonly unknown[], current: readonly unknown[]): MatchedEntry[] {
  const names = new Set([...old, ...current].map(strategyOf));
  return [...names].flatMap((name) => {
    const ofName = (entries: readonly unknown[]): readonly unknown[] =>
      entries.filter((entry) => strategyOf(entry) === name);
    const pairs = pairsOf(ofName(old), ofName(current));
    return pairs.map((pair, index): MatchedEntry => ({
      step: pairs.length === 1 ? [name] : [name, index],
      ...pair,
    }));
  });
}

/** The entries in pairs, the most similar matched first; in the order of `old`, then the new ones. */
function pairsOf(
  old: readonly unknown[],
  current: readonly unknown[],
): Pick<MatchedEntry, "old" | "new">[] {
  const candidates = old.flatMap((from, i) =>
    current.map((to, j) => ({ i, j, likeness: likeness(from, to) }))
  ).sort((a, b) => b.likeness - a.likeness);
  const partners = new Map<number, number>();
  const taken = new Set<number>();
  for (const { i, j } of candidates) {
    if (partners.has(i) || taken.has(j)) continue;
    partners.set(i, j);
    taken.add(j);
  }
  return [
    ...old.map((from, i) => ({ old: from, new: current[partners.get(i) ?? -1] })),
    ...current.filter((_, j) => !taken.has(j)).map((to) => ({ old: undefined, new: to })),
  ];
}

/** The number of settings that two entries share, less those that they do not. */
function likeness(a: unknown, b: unknown): number {
  const [from, to] = [settingsOf(a), settingsOf(b)];
  const keys = new Set([...from.keys(), ...to.keys()]);
  const shared = [...keys].filter((key) => from.get(key) === to.get(key)).length;
  return 2 * shared - keys.size;
}

function settingsOf(entry: unknown): ReadonlyMap<string, string> {
  const settings = typeof entry === "object" && entry !== null ? Object.entries(entry) : [];
  return new Map(settings.map(([key, value]) => [key, JSON.stringify(value)]));
}

function strategyOf(entry: unknown): string {
  return typeof entry === "object" && entry !== null && "strategy" in entry
    ? String(entry.strategy)
    : "";
}

/** A change in words: `seed: 1 → 2`; of a strategy that only one side has, that it was added or removed. */
export function changeText({ path, old, new: current }: SettingDiff): string {
  if (old === undefined && isMap(current)) return `${path}: added`;
  if (current === undefined && isMap(old)) return `${path}: removed`;
  return `${path}: ${yamlText(old) || "nothing"} → ${yamlText(current) || "nothing"}`;
}

/**
 * The settings that have another value in the config `current` than in `old`, in words. Both are texts
 * of a `config.yaml`; parts that are the same in both are not parsed. None where one is no YAML.
 */
export function textChanges(old: string, current: string): string[] {
  if (old === current) return [];
  const [before, after] = [partsOf(old), partsOf(current)];
  const [left, right] = [
    parseYaml(before.filter((part) => !after.includes(part)).join("")),
    parseYaml(after.filter((part) => !before.includes(part)).join("")),
  ];
  if (!("data" in left) || !("data" in right)) return [];
  return diffSettings(left.data ?? {}, right.data ?? {}).filter(({ differs }) => differs)
    .map((change) => change.path === "corpus.sha256" ? "another corpus" : changeText(change));
}

/** The parts of a config's text: each key of its map with what stands below it. */
function partsOf(text: string): string[] {
  return text.replaceAll("\r\n", "\n").split(/^(?=[\w"'])/m);
}

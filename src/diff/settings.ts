/**
 * The settings, inputs and versions that two runs differ in, path by path.
 *
 * @module
 */
// @ts-types="../declarations/yaml.d.ts"
import { stringify } from "@std/yaml";
import { pathText } from "../config/path.ts";
import type { Variant } from "./load.ts";

/** A setting, an input or a version of two runs, equal or not. */
export interface RunSettingDiff extends SettingDiff {
  /**
   * Its kind. Runs that only differ in versions and presentation are equal: the name of a run, the
   * options of its report and the place of a corpus of the same bytes change no result, and whether
   * versions do is what people compare runs for.
   */
  readonly kind: "setting" | "version" | "presentation";
  /** The variants that have these values, by label; without a sweep the empty label. */
  readonly variants: readonly string[];
}

/** The settings, inputs and versions of the variants that both runs have, each pair of values once. */
export function diffRunSettings(
  variants: readonly {
    readonly label: string;
    readonly before: Variant;
    readonly after: Variant;
  }[],
): RunSettingDiff[] {
  const found = new Map<string, RunSettingDiff>();
  for (const { label, before, after } of variants) {
    for (const setting of variantSettings(before, after)) {
      const key = JSON.stringify([setting.path, setting.old, setting.new]);
      const labels = [...found.get(key)?.variants ?? [], label];
      found.set(key, { ...setting, variants: labels });
    }
  }
  return [...found.values()];
}

function variantSettings(
  before: Variant,
  after: Variant,
): Omit<RunSettingDiff, "variants">[] {
  const settings = diffSettings(before.config, after.config)
    // The manifest has the digest of any corpus, as it was read.
    .filter(({ path }) => path !== "corpus.sha256");
  const inputs = diffSettings(before.manifest.inputs, after.manifest.inputs)
    .map((input) => ({ ...input, path: `${input.path}.sha256` }));
  const versions = diffSettings(before.manifest.versions, after.manifest.versions);
  const sameCorpus = !inputs.some(({ differs }) => differs);
  return [
    ...settings.map((setting) => ({ ...setting, kind: kindOf(setting.path, sameCorpus) })),
    ...inputs.map((input) => ({ ...input, kind: "setting" as const })),
    ...versions.map((version) => ({ ...version, kind: "version" as const })),
  ];
}

function kindOf(path: string, sameCorpus: boolean): RunSettingDiff["kind"] {
  const presentation = path === "name" || path.startsWith("report.") ||
    sameCorpus && (path === "corpus.path" || path === "corpus.url");
  return presentation ? "presentation" : "setting";
}

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

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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

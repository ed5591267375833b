/**
 * Which settings two configs differ in, path by path.
 *
 * @module
 */
// @ts-types="../declarations/yaml.d.ts"
import { stringify } from "@std/yaml";
import { pathText } from "../config/path.ts";
import { matchEntries } from "./strategy_entries.ts";

/** A setting with its values as a config has them; `undefined` on the side that has none. */
export interface SettingDiff {
  /** Its path: `training.target.steps`, `decoding.strategies.top_k.k`. */
  readonly path: string;
  /** What it was. */
  readonly old: unknown;
  /** What it is. */
  readonly new: unknown;
  /** Whether that is something else. */
  readonly differs: boolean;
}

type Path = readonly PropertyKey[];

/** Every setting of two configs, in the order of the first; maps are taken apart, lists are not. */
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

/** A value as a config would have it on one line; nothing where there is none. */
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

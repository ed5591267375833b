/**
 * Changed settings in a line each: `seed: 42 → 7`; of long lists what was added and removed, and how many.
 *
 * @module
 */
import { isMap } from "../../config/path.ts";
import { yamlText } from "../../config/setting_diff.ts";
import { codeSpan, joined, type Prose, prose } from "../../report/prose.ts";
import { cutEnd, listWithin } from "../../text/columns.ts";
import type { RunDiff } from "../compare.ts";
import type { RunSettingDiff } from "../settings.ts";
import { isSweep } from "./effect_groups.ts";

/** The changed settings, inputs and versions: what is neither the name of a run nor its report. */
export function changedSettings({ settings }: RunDiff): RunSettingDiff[] {
  return settings.filter(({ differs, kind }) => differs && kind !== "presentation");
}

/** A changed setting, with the variants that have it unless all do, in about `room` characters. */
export function settingChange(diff: RunDiff, setting: RunSettingDiff, room: number): Prose {
  const where = variantsText(diff, setting);
  const left = room - setting.path.length - where.length - 2;
  return prose`${codeSpan(setting.path)}: ${
    valuesChange(setting, Math.max(left, LEAST_ROOM))
  }${where}`;
}

/** Less room for values would tell nothing. */
const LEAST_ROOM = 24;

function valuesChange({ old, new: current }: RunSettingDiff, room: number): Prose {
  if (old === undefined && isMap(current)) return prose`added ${cutCode(current, room - 6)}`;
  if (current === undefined && isMap(old)) return prose`removed ${cutCode(old, room - 8)}`;
  const [before, after] = [valueText(old), valueText(current)];
  if (before.length + after.length + 3 <= room) {
    return prose`${codeSpan(before || "nothing")} → ${codeSpan(after || "nothing")}`;
  }
  if (Array.isArray(old) && Array.isArray(current)) return listChange(old, current, room);
  const [from, to] = cutToDifference(before, after, Math.floor((room - 3) / 2));
  return prose`${codeSpan(from)} → ${codeSpan(to)}`;
}

function cutCode(value: unknown, room: number) {
  return codeSpan(cutEnd(yamlText(value), room));
}

/** How many values a list had and has, and those that only one has. */
function listChange(old: readonly unknown[], current: readonly unknown[], room: number): Prose {
  const [before, after] = [old.map(yamlText), current.map(yamlText)];
  const without = before.filter((value) => !after.includes(value));
  const added = after.filter((value) => !before.includes(value));
  const counts = prose`${before.length} → ${after.length} values`;
  const kinds = [["without", without], ["with", added]] as const;
  const parts = kinds.filter(([, values]) => values.length > 0);
  if (parts.length === 0) return prose`${counts}, in another order`;
  const share = Math.floor((room - 16) / parts.length) - 10;
  return joined([
    counts,
    ...parts.map(([word, values]) => prose`${word} ${codeSpan(listWithin(values, share))}`),
  ], ", ");
}

/** Both from shortly before their first difference on, each in at most `room` characters. */
export function cutToDifference(before: string, after: string, room: number): [string, string] {
  if (Math.max(before.length, after.length) <= room) return [before, after];
  let equal = 0;
  while (equal < before.length && before[equal] === after[equal]) equal++;
  // Some of what they share, for context.
  const from = before === after ? 0 : Math.max(0, equal - Math.floor(room / 5));
  const cut = (text: string): string => cutEnd((from > 0 ? "…" : "") + text.slice(from), room);
  return [cut(before), cut(after)];
}

/** A value on one line, a digest by its beginning; empty if there is none. */
export function valueText(value: unknown): string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return `${value.slice(0, 12)}…`;
  return yamlText(value);
}

/** The variants that a setting has these values in; empty where all have. */
function variantsText(diff: RunDiff, { variants }: RunSettingDiff): string {
  const every = new Set(diff.settings.flatMap((setting) => setting.variants));
  if (!isSweep(diff) || variants.length === every.size) return "";
  return variants.length > 2
    ? ` in ${variants.length} of ${every.size} variants`
    : ` in ${variants.join(" and ")}`;
}

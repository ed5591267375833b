/**
 * Effects as a short table has them: by measure, then by cell, the largest first; a cell that moved in
 * several variants of a sweep is one row.
 *
 * @module
 */
import type { RunDiff } from "../compare.ts";
import type { Effect } from "../effects.ts";
import { changeAlone, NO_BREAK, shownValues } from "./values.ts";

/** A measure that moved. */
export interface EffectGroup {
  /** Its column. */
  readonly metric: string;
  /** Where it moved, the largest change first. */
  readonly effects: readonly Effect[];
  /** The same by cell or model. */
  readonly rows: readonly EffectRow[];
  /** The size of the largest change. */
  readonly size: number;
}

/** A cell or model in which a measure moved. */
export interface EffectRow {
  /** Its name: the label, after its variant if there is one. */
  readonly name: string;
  /** ` in 3 variants`, of which the name is none then; empty of one. */
  readonly where: string;
  /** Where it moved: several if it did in several variants. */
  readonly effects: readonly Effect[];
  /** The old value; empty of several variants. */
  readonly old: string;
  /** The new value; empty of several variants. */
  readonly new: string;
  /** The change; of several variants the smallest and the largest. */
  readonly change: string;
}

/** Whether any of two runs is a sweep. */
export function isSweep({ settings, variants }: Pick<RunDiff, "settings" | "variants">): boolean {
  return [...settings.flatMap((one) => one.variants), ...variants.old, ...variants.new]
    .some((label) => label !== "");
}

/** Groups effects that are sorted by their size. */
export function groupsOf(effects: readonly Effect[]): EffectGroup[] {
  const groups = Map.groupBy(effects, ({ metric }) => metric.metric);
  return [...groups].map(([metric, own]) => {
    const rows = Map.groupBy(own, ({ row }) => row.after.place.label);
    return {
      metric,
      effects: own,
      rows: [...rows.values()].map(rowOf),
      size: own[0]?.size ?? 0,
    };
  });
}

function rowOf(effects: readonly Effect[]): EffectRow {
  const [first] = effects;
  if (first === undefined) throw new RangeError("Cannot group effects: there are none");
  if (effects.length === 1) {
    return { name: first.row.name, where: "", effects, ...shownValues(first.metric) };
  }
  const changes = effects.toSorted((a, b) => (a.metric.change ?? 0) - (b.metric.change ?? 0))
    .map(({ metric }) => changeAlone(metric));
  return {
    name: first.row.after.place.label,
    where: ` in ${effects.length} variants`,
    effects,
    old: "",
    new: "",
    change: rangeText(changes[0] ?? "", changes.at(-1) ?? ""),
  };
}

/** `−10.3 to −9.8 points`: the unit once. */
function rangeText(least: string, most: string): string {
  if (least === most) return least;
  const [number = "", unit] = most.split(NO_BREAK);
  return unit !== undefined && least.endsWith(NO_BREAK + unit)
    ? `${least.slice(0, -unit.length - 1)} to ${number}${NO_BREAK}${unit}`
    : `${least} to ${most}`;
}

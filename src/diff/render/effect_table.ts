/**
 * The changes between two runs as tables of a terminal, as many lines as there is room for.
 *
 * @module
 */
import { escapeControl } from "../../text/characters.ts";
import { cutEnd, cutMiddle, listWithin } from "../../text/columns.ts";
import { displayWidth, paddedLeft, paddedRight } from "../../text/display_width.ts";
import { formatCount } from "../../text/format.ts";
import type { Effects } from "../effects.ts";
import { type EffectGroup, groupsOf } from "./effect_groups.ts";
import type { Paint } from "./paint.ts";
import { titleOf } from "./values.ts";

/** The space for tables. */
export interface Space {
  /** The most characters of a line. */
  readonly width: number;
  /** The most lines, blank ones between tables included. */
  readonly room: number;
}

/** The changes beyond chance and, in what is left of the room, those where there is no chance. */
export function effectTables(effects: Effects, { width, room }: Space, paint: Paint): string[][] {
  const { cells, within, exact, exactChanges } = effects;
  const comparisons = cells.length + within.comparisons;
  const groups = groupsOf(cells);
  const reserved = exactChanges.values === 0
    ? 0
    : exact.length === 0
    ? 2
    : Math.max(2, Math.min(EXACT_LINES, room - MOVED_LINES));
  const moved = effectTable(
    groups,
    {
      title: `Moved beyond chance: ${cells.length} of ${comparisons}`,
      change: "change ± 95 %",
    },
    { width, room: groups.length === 0 ? 0 : room - reserved },
    paint,
  );
  const exactTable = exactChanges.values === 0 ? [] : effectTable(
    groupsOf(exact),
    {
      title: `Changed without chance: ${formatCount(exactChanges.values, "value")} of ${
        formatCount(exactChanges.cells, "cell")
      }`,
      change: "change",
    },
    { width, room: groups.length === 0 ? room : reserved },
    paint,
  );
  return [moved, exactTable];
}

/** So many lines what moved beyond chance may have before what is exact has more than its title. */
const MOVED_LINES = 12;
/** The most lines of exact changes where others are shown, the blank one included. */
const EXACT_LINES = 8;
/** The most cells of a measure that are shown: as many as a sweep of four values has. */
const MOST_ROWS = 4;

/** A line of a table of effects: a measure, or a cell with its values. */
interface EffectLine {
  readonly title?: string;
  readonly fields?: readonly [name: string, old: string, current: string, change: string];
  /** The words that follow the name. */
  readonly where?: string;
}

function effectTable(
  groups: readonly EffectGroup[],
  { title, change }: { readonly title: string; readonly change: string },
  { width, room }: Space,
  paint: Paint,
): string[] {
  // The title, and the blank line after the table.
  if (room < 2) return [];
  const shown = linesWithin(groups, { width, room: room - 2 });
  if (shown.length === 0) return [paint.strong(cutEnd(title, width))];
  const head = ["", "old", "new", change] as const;
  const rows = shown.flatMap(({ fields }) => fields === undefined ? [] : [fields]);
  const widths = [1, 2, 3].map((column) =>
    [head, ...rows].reduce((most, row) => Math.max(most, displayWidth(row[column] ?? "")), 0)
  );
  const others = widths.reduce((sum, one) => sum + one + 2, 0);
  // Of several variants there is no old and new value: their name may take the place of both.
  const spaceAt = (old: string | undefined): number =>
    old === "" ? (widths[0] ?? 0) + (widths[1] ?? 0) + 4 : 0;
  // No wider than it takes.
  const longest = shown.reduce((most, { fields, where = "" }) => {
    const [name = "", old] = fields ?? [];
    return Math.max(most, displayWidth(name + where) - spaceAt(old));
  }, 0);
  const nameWidth = Math.min(width - 4 - others, Math.max(longest, displayWidth(title) - 2));
  const line = ([name = "", ...values]: readonly string[], where = ""): string => {
    const room = nameWidth + spaceAt(values[0]);
    const label = paddedRight(cutMiddle(name, room - displayWidth(where)) + where, room);
    const columns = values.map((value, i) =>
      room > nameWidth && i < 2 ? "" : `  ${paddedLeft(value, widths[i] ?? 0)}`
    );
    return cutEnd(`    ${label}${columns.join("")}`, width);
  };
  const heads = line(head).slice(title.length);
  return [
    displayWidth(title) + others + 2 > width
      ? paint.strong(cutEnd(title, width))
      : paint.strong(title) + paint.weak(heads),
    ...shown.map(({ title, fields, where }) =>
      fields === undefined ? `  ${cutEnd(title ?? "", width - 2)}` : line(fields, where)
    ),
  ];
}

/** As many rows of each measure as there is room for, the measures in order. */
function linesWithin(groups: readonly EffectGroup[], { width, room }: Space): EffectLine[] {
  for (let most = MOST_ROWS; most > 0; most--) {
    const lines = groups.flatMap((group) => groupLines(group, most));
    if (lines.length <= room) return lines;
  }
  const fitting = Math.floor((room - 1) / 2);
  if (fitting < 1) return [];
  const rest = groups.slice(fitting);
  const names = rest.map(({ metric }) => escapeControl(titleOf(metric)));
  const more = `and ${formatCount(rest.length, "more measure")}: `;
  return [
    ...groups.slice(0, fitting).flatMap((group) => groupLines(group, 1)),
    { title: more + listWithin(names, width - 2 - more.length) },
  ];
}

function groupLines({ metric, rows, effects }: EffectGroup, most: number): EffectLine[] {
  const shown = rows.slice(0, most);
  const left = effects.length - shown.reduce((sum, { effects }) => sum + effects.length, 0);
  const title = escapeControl(titleOf(metric)) + (left > 0 ? ` (and ${left} more)` : "");
  return [
    { title },
    ...shown.map((row): EffectLine => ({
      fields: [escapeControl(row.name), row.old, row.new, row.change],
      where: row.where,
    })),
  ];
}

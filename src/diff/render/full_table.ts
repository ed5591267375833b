/**
 * Whole tables for a terminal, with a column for every field.
 *
 * @module
 */

import { wrapped } from "../../text/columns.ts";
import { displayWidth, paddedLeft, paddedRight } from "../../text/display_width.ts";
import type { Paint } from "./paint.ts";
import type { Field, Group, Section } from "./sections.ts";

/** The lines of a table, none wider than `width`: a name that does not fit has a line of its own. */
export function sectionLines(
  { title, header, groups }: Section,
  width: number,
  paint: Paint,
): string[] {
  const columns = header.map((name, column) => columnOf(name, groups, column));
  const others = columns.slice(1).reduce((sum, one) => sum + one.width + 2, 0);
  const first = columns[0];
  // What is left for names: longer ones have a line to themselves.
  const room = Math.max(8, width - 2 - others);
  const laidOut = first === undefined ? columns : [
    { ...first, width: Math.min(first.width, room) },
    ...columns.slice(1),
  ];
  const line = (fields: readonly Field[], toned: (field: Field, text: string) => string): string =>
    fields.map((field, column) => {
      const text = padded(field, laidOut[column]);
      return toned(field, column === fields.length - 1 ? text.trimEnd() : text);
    }).join("  ").trimEnd();
  const rowLines = (row: readonly Field[]): string[] => {
    const [name, ...values] = row;
    if (name === undefined) return [];
    const isNarrow = displayWidth(name.text) <= (laidOut[0]?.width ?? 0) &&
      displayWidth(`  ${line(row, (_, text) => text)}`) <= width;
    if (isNarrow) return [`  ${line(row, (field, text) => tone(field, text, paint))}`];
    const blank: Field = { text: "", kind: "word" };
    const below = [blank, ...values];
    return [
      ...wrapped(`  ${name.text}`, width, "    "),
      ...(displayWidth(`  ${line(below, (_, text) => text)}`) <= width
        ? [`  ${line(below, (field, text) => tone(field, text, paint))}`]
        : wrapped(`    ${values.map(({ text }) => text).join("  ")}`, width, "    ")),
    ];
  };
  const head = header.map((text): Field => ({ text, kind: "word" }));
  const lines = [`  ${line(head, (_, text) => paint.weak(text))}`];
  for (const { name, rows } of groups) {
    if (name !== "") lines.push(...wrapped(name, width, "  ").map(paint.strong));
    for (const row of rows) lines.push(...rowLines(row));
  }
  return [paint.strong(title), ...lines];
}

/** The layout of a column. */
interface Column {
  readonly width: number;
  readonly align: "left" | "right";
}

/** A wider list of numbers sticks out instead of widening its column. */
const WIDEST_NUMBER = 22;

function columnOf(name: string, groups: readonly Group[], column: number): Column {
  const fields = groups.flatMap(({ rows }) => rows.flatMap((row) => row[column] ?? []));
  const widths = fields.map(({ text, kind }) =>
    kind === "number" ? Math.min(WIDEST_NUMBER, displayWidth(text)) : displayWidth(text)
  );
  return {
    width: widths.reduce((most, one) => Math.max(most, one), displayWidth(name)),
    align: fields.some(({ kind }) => kind === "number") ? "right" : "left",
  };
}

function padded(field: Field, column: Column | undefined): string {
  const text = field.text === "" && field.kind === "number" ? "–" : field.text;
  return (column?.align === "right" ? paddedLeft : paddedRight)(text, column?.width ?? 0);
}

function tone({ text, kind }: Field, set: string, paint: Paint): string {
  if (kind !== "word") return set;
  return text === "moved" ? paint.notable(set) : paint.weak(set);
}

// @ts-types="../../declarations/colors.d.ts"
import { bold, dim, yellow } from "@std/fmt/colors";
import { escapeControl } from "../../text/characters.ts";
import type { RunDiff } from "../compare.ts";
import { chanceRemarks } from "./chance.ts";
import { incomparable } from "./incomparable.ts";
import {
  areEqual,
  type Field,
  type Group,
  type Section,
  sectionsOf,
  type ShowOptions,
  verdict,
} from "./sections.ts";

/** How text is emphasized. */
export interface Paint {
  /** For titles and names. */
  readonly strong: (text: string) => string;
  /** For what matters least. */
  readonly weak: (text: string) => string;
  /** For changes outside the sampling error. */
  readonly notable: (text: string) => string;
}

/** Colours for a terminal; NO_COLOR turns them off. */
export const colours: Paint = { strong: bold, weak: dim, notable: yellow };
/** No emphasis, for files and pipes. */
export const plain: Paint = { strong: String, weak: String, notable: String };

/** Two runs side by side for a terminal; one line if they are equal, unless `options.all`. */
export function textOfDiff(diff: RunDiff, options: ShowOptions, paint: Paint): string {
  const closing = verdict(diff);
  if (areEqual(diff) && !options.all) return closing;
  const { old, new: current } = diff.names;
  const parts = sectionsOf(diff, options).map((section) => sectionText(section, paint));
  const heading = `old: ${escapeControl(old)}\nnew: ${escapeControl(current)}`;
  const remarks = [incomparable(diff, escapeControl)].filter((remark) => remark !== undefined);
  const chance = chanceRemarks(diff).map(escapeControl).map(paint.weak);
  return [heading, ...remarks, ...parts, ...chance, paint.strong(closing)].join("\n\n");
}

function sectionText({ title, header, groups }: Section, paint: Paint): string {
  const columns = header.map((name, column) => columnOf(name, groups, column));
  const line = (fields: readonly Field[], toned: (field: Field, text: string) => string): string =>
    fields.map((field, column) => {
      const text = padded(field, columns[column]);
      return toned(field, column === fields.length - 1 ? text.trimEnd() : text);
    }).join("  ").trimEnd();
  const head = header.map((text): Field => ({ text, kind: "word" }));
  const lines = [`  ${line(head, (_, text) => paint.weak(text))}`];
  for (const { name, rows } of groups) {
    if (name !== "") lines.push(paint.strong(name));
    for (const row of rows) lines.push(`  ${line(row, (field, text) => tone(field, text, paint))}`);
  }
  return [paint.strong(title), ...lines].join("\n");
}

/** The layout of a column. */
interface Column {
  readonly width: number;
  readonly align: "left" | "right";
}

/** A wider list of numbers sticks out instead of widening its column. */
const WIDEST_NUMBER = 14;

function columnOf(name: string, groups: readonly Group[], column: number): Column {
  const fields = groups.flatMap(({ rows }) => rows.flatMap((row) => row[column] ?? []));
  const widths = fields.map(({ text, kind }) =>
    kind === "number" ? Math.min(WIDEST_NUMBER, width(text)) : width(text)
  );
  return {
    width: widths.reduce((most, one) => Math.max(most, one), width(name)),
    align: fields.some(({ kind }) => kind === "number") ? "right" : "left",
  };
}

function padded(field: Field, column: Column | undefined): string {
  const text = field.text === "" && field.kind === "number" ? "–" : field.text;
  const space = " ".repeat(Math.max(0, (column?.width ?? 0) - width(text)));
  return column?.align === "right" ? space + text : text + space;
}

function tone({ text, kind }: Field, set: string, paint: Paint): string {
  if (kind !== "word") return set;
  return text === "outside" ? paint.notable(set) : paint.weak(set);
}

function width(text: string): number {
  return [...text].length;
}

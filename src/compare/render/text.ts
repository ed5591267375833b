import type { Paint } from "../../diff/render/paint.ts";
import { plainOf } from "../../report/prose.ts";
import { escapeControl } from "../../text/characters.ts";
import { wrapped } from "../../text/columns.ts";
import { displayWidth, paddedLeft, paddedRight } from "../../text/display_width.ts";
import { BASELINE, type ShownComparison, type ShownField, type ShownGroup } from "./table.ts";

/** The space before a measure. */
const GAP = "   ";

/** A comparison for a terminal of so many columns: measures for which there is no room stand below. */
export function textOfComparison(
  { heading, names, titles, groups, remarks }: ShownComparison,
  columns: number,
  paint: Paint,
): string {
  const nameColumns = names.map((name, i) =>
    columnOf([name, ...groups.flatMap(({ rows }) => rows.map((row) => row.names[i] ?? ""))])
  );
  const fields = titles.map((title, i) => new FieldColumn(title, i, groups));
  const nameWidth = nameColumns.reduce((sum, { width }) => sum + width + 2, 0) - 2;
  const tables: string[] = [];
  for (let next = 0; next < fields.length;) {
    let width = nameWidth;
    const first = next;
    while (next < fields.length) {
      const more = GAP.length + (fields[next]?.width ?? 0);
      if (next > first && width + more > columns) break;
      width += more;
      next++;
    }
    tables.push(tableText(names, nameColumns, fields.slice(first, next), groups, paint));
  }
  const sentences = groups.flatMap(({ name, sentence }) => {
    if (sentence === undefined) return [];
    const prefix = name === "" || groups.length === 1 ? "" : `${name}: `;
    return [paint.strong(paragraph(prefix + plainOf(sentence), columns))];
  });
  return [
    paragraph(plainOf(heading), columns),
    ...tables,
    ...remarks.map((remark) => paint.weak(paragraph(plainOf(remark), columns))),
    sentences.join("\n"),
  ].filter((part) => part !== "").join("\n\n");
}

/** On one line, with spaces that a terminal can copy. */
function clean(text: string): string {
  return copied(escapeControl(text));
}

/** With spaces that a terminal can copy in place of those that break no line. */
function copied(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

/** In lines that are no wider; a number stays with its interval and unit. */
function paragraph(text: string, width: number): string {
  return copied(wrapped(escapeControl(text), width).join("\n"));
}

/** A column of names. */
interface NameColumn {
  readonly width: number;
  readonly isNumeric: boolean;
}

function columnOf([title = "", ...texts]: readonly string[]): NameColumn {
  const width = Math.max(...[title, ...texts].map((text) => displayWidth(clean(text))));
  return { width, isNumeric: texts.every((text) => /^[\d.e-]*$/.test(text)) };
}

function padded(text: string, { width, isNumeric }: NameColumn): string {
  return (isNumeric ? paddedLeft : paddedRight)(text, width);
}

/** A measure: its values, and the differences aligned at their ±. */
class FieldColumn {
  readonly #index: number;
  readonly #value: number;
  readonly #before: number;
  readonly #after: number;
  readonly #mark: number;
  /** The lines of its title. */
  readonly title: readonly string[];
  /** How wide it is. */
  readonly width: number;

  constructor(title: string, index: number, groups: readonly ShownGroup[]) {
    this.#index = index;
    const fields = groups.flatMap(({ rows }) => rows.flatMap((row) => row.fields[index] ?? []));
    const most = (width: (field: ShownField) => number): number =>
      Math.max(0, ...fields.map(width));
    this.#value = most(({ value }) => displayWidth(value));
    this.#before = most((field) => displayWidth(differenceParts(field).before));
    this.#after = Math.max(
      most((field) => displayWidth(differenceParts(field).after)),
      most(({ difference }) => difference === BASELINE ? BASELINE.length : 0) - this.#before,
    );
    this.#mark = most(({ mark }) => mark === "" ? 0 : 2);
    const own = this.#value + 2 + this.#before + this.#after + this.#mark;
    this.title = wrapped(title, Math.max(own, 12));
    this.width = Math.max(own, ...this.title.map(displayWidth));
  }

  /** A field of it, as wide as it is. */
  text(fields: readonly ShownField[], paint: Paint): string {
    const field = fields[this.#index] ?? { value: "", difference: "", mark: "" };
    const { value, difference, mark } = field;
    const { before, after } = differenceParts(field);
    const set = difference === BASELINE
      ? paint.weak(BASELINE.padEnd(this.#before + this.#after))
      : before.padStart(this.#before) + after.padEnd(this.#after);
    const space = " ".repeat(
      this.width - this.#value - 2 - this.#before - this.#after - this.#mark,
    );
    const marked = (mark === "" ? "" : ` ${mark}`).padEnd(this.#mark);
    const isNotable = mark === "▲" || mark === "▼";
    return `${value.padStart(this.#value)}  ${set}${
      isNotable ? paint.notable(marked) : marked
    }${space}`;
  }
}

/** A difference before and from its first space on: `+0.61` and ` ± 0.08`. */
function differenceParts({ difference }: ShownField): { before: string; after: string } {
  if (difference === BASELINE) return { before: "", after: "" };
  const text = clean(difference);
  const end = text.indexOf(" ");
  return end < 0
    ? { before: text, after: "" }
    : { before: text.slice(0, end), after: text.slice(end) };
}

function tableText(
  names: readonly string[],
  nameColumns: readonly NameColumn[],
  fields: readonly FieldColumn[],
  groups: readonly ShownGroup[],
  paint: Paint,
): string {
  const nameText = (texts: readonly string[]): string =>
    nameColumns.map((column, i) => padded(clean(texts[i] ?? ""), column)).join("  ");
  const height = Math.max(1, ...fields.map(({ title }) => title.length));
  const head = Array.from({ length: height }, (_, i) => {
    // Titles stand on their last line.
    const named = nameText(i === height - 1 ? names : []);
    const titles = fields.map(({ title, width }) =>
      (title[i - height + title.length] ?? "").padEnd(width)
    );
    return paint.weak([named, ...titles].join(GAP).trimEnd());
  });
  const rows = groups.flatMap(({ name, rows }, i) => [
    ...(name === "" ? [] : [...(i > 0 ? [""] : []), clean(name)]),
    ...rows.map((row) =>
      [nameText(row.names), ...fields.map((field) => field.text(row.fields, paint))].join(GAP)
        .trimEnd()
    ),
  ]);
  return [...head, ...rows].join("\n");
}

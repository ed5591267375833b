/**
 * What a run found, as it ends on a terminal: its cells in a table as wide as the terminal, and its
 * findings.
 *
 * @module
 */

import { hasFields } from "../stages/stage.ts";

/** The part of a `findings.json` that is printed. */
export interface Answer {
  /** What was asked. */
  readonly question: string;
  /** The cells with their main measures. */
  readonly overview?: AnswerTable;
  /** What was found. */
  readonly findings: readonly { readonly text: string }[];
}

/** A table of texts; the first column names the row, the others are numbers. */
export interface AnswerTable {
  /** The titles of its columns. */
  readonly columns: readonly string[];
  /** Its rows, with a text for each column. */
  readonly rows: readonly (readonly string[])[];
}

/** Text in wider lines is tiring to read. */
const WIDEST_TEXT = 100;
/** A name is cut to no less than this. */
const NARROWEST_NAME = 16;
/** The most rows of a table. */
const MOST_ROWS = 30;
const GAP = "  ";
/** A break that no line may have while text is wrapped; spaces in print. */
const NO_BREAK = /\u00a0/g;

/** The answer in the text of a `findings.json`; `undefined` where it is none. */
export function answerIn(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return isAnswer(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `value` has what is printed; a file may be anybody's. */
function isAnswer(value: unknown): value is Answer {
  if (!hasFields(value, { question: "string", findings: "array" })) return false;
  const { findings, overview } = value;
  return Array.isArray(findings) &&
    findings.every((one) => hasFields(one, { text: "string" })) &&
    (overview === undefined || isTable(overview));
}

function isTable(value: unknown): boolean {
  if (!hasFields(value, { columns: "array", rows: "array" })) return false;
  return areTexts(value.columns) && Array.isArray(value.rows) && value.rows.every(areTexts);
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** An answer as lines of at most `width` cells. */
export function answerLines({ question, overview, findings }: Answer, width: number): string[] {
  const table = overview === undefined || overview.rows.length === 0
    ? []
    : [...tableLines(overview, width), ""];
  const found = findings.flatMap(({ text }) => wrapped(text, Math.min(width, WIDEST_TEXT), "- "));
  const asked = wrapped(question, Math.min(width, WIDEST_TEXT), "");
  const parts = [...table, ...question === "" ? [] : [...asked, ""], ...found];
  return parts.map((line) => line.replaceAll(NO_BREAK, " "));
}

/**
 * A table of at most `width` cells, if its names are not too long for that: columns that do not fit are
 * left out from the right, rows past the first from the bottom, and a line says how many.
 */
function tableLines({ columns, rows }: AnswerTable, width: number): string[] {
  const shown = rows.slice(0, MOST_ROWS);
  const widths = columns.map((title, column) =>
    Math.max(lengthOf(title), ...shown.map((row) => lengthOf(row[column] ?? "")))
  );
  const [name = 0, ...numbers] = widths;
  const least = Math.min(name, NARROWEST_NAME);
  let [count, used] = [0, least];
  for (const number of numbers) {
    if (used + GAP.length + number > width) break;
    used += GAP.length + number;
    count++;
  }
  const nameWidth = Math.min(name, least + Math.max(0, width - used));
  const line = (row: readonly string[]): string =>
    [
      cut(row[0] ?? "", nameWidth).padEnd(nameWidth),
      ...numbers.slice(0, count).map((number, i) => padStart(row[i + 1] ?? "", number)),
    ].join(GAP).trimEnd();
  const left = [
    ...(rows.length > MOST_ROWS ? [`${rows.length - MOST_ROWS} more rows`] : []),
    ...(count < numbers.length ? [`${numbers.length - count} more columns`] : []),
  ];
  return [
    line(columns),
    ...shown.map(line),
    ...(left.length === 0 ? [] : wrapped(`${left.join(" and ")} in the report`, width, "… ")),
  ];
}

/** How many cells of a terminal `text` takes, about: one for each character. */
function lengthOf(text: string): number {
  return [...text].length;
}

function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - lengthOf(text))) + text;
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join("")}…`;
}

/** `text` in lines of at most `width` cells, if its words fit, after `mark`; further lines are indented. */
function wrapped(text: string, width: number, mark: string): string[] {
  const lines: string[] = [];
  let line = mark;
  // \s would match no-break spaces.
  for (const word of text.split(/[ \n]+/).filter((word) => word !== "")) {
    const isFirst = line.trim() === mark.trim() && line.length === mark.length;
    if (!isFirst && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line);
      line = " ".repeat(mark.length) + word;
    } else {
      line += isFirst ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}

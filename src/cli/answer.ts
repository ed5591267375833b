/**
 * The answer of a run, as it ends on a terminal: its cells in a table as wide as the terminal, the
 * question, and its findings.
 *
 * @module
 */
import type { FindingsData } from "../report/findings_json.ts";
import { hasFields } from "../stages/stage.ts";
import { cutMiddle, wrapped } from "../text/columns.ts";
import { displayWidth, paddedLeft, paddedRight } from "../text/display_width.ts";
import { formatCount } from "../text/format.ts";

type Overview = NonNullable<FindingsData["overview"]>;

/** Text in wider lines is tiring to read. */
const WIDEST_TEXT = 100;
/** A name is cut to no less than this: the settings that tell cells apart stand at its end. */
const NARROWEST_NAME = 28;
/** The most rows of a table. */
const MOST_ROWS = 30;
const GAP = "  ";
/** No line may be broken there; a space in print. */
const NO_BREAK = /\u00a0/g;

/** The answer in the text of a `findings.json`; `undefined` where it is none. */
export function answerIn(text: string): FindingsData | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return isAnswer(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `value` has what is printed; a file may be anybody's. */
function isAnswer(value: unknown): value is FindingsData {
  if (!hasFields(value, { question: "string", findings: "array", remarks: "array" })) return false;
  const { findings, overview } = value;
  return areTexts(value.remarks) && Array.isArray(findings) &&
    findings.every((one) => hasFields(one, { text: "string", numbers: "array" })) &&
    (overview === undefined || isTable(overview));
}

function isTable(value: unknown): boolean {
  if (!hasFields(value, { columns: "array", rows: "array" })) return false;
  return areTexts(value.columns) && Array.isArray(value.rows) && value.rows.every(areTexts);
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** An answer, with `further` findings that are in no report, as lines of at most `width` cells. */
export function answerLines(
  { remarks, question, overview, findings }: FindingsData,
  width: number,
  further: readonly string[] = [],
): string[] {
  const wide = Math.min(width, WIDEST_TEXT);
  const table = overview === undefined || overview.rows.length === 0
    ? []
    : [...tableLines(overview, width), ""];
  const paragraphs = [...remarks, question].filter((text) => text !== "")
    .flatMap((text) => [...wrapped(text, wide), ""]);
  const found = [...findings.map(({ text }) => text), ...further]
    .flatMap((text) => wrapped(`- ${text}`, wide, "  "));
  return [...table, ...paragraphs, ...found].map((line) => line.replaceAll(NO_BREAK, " "));
}

/**
 * A table of at most `width` cells, if its first column is not too wide for that: columns that do not fit
 * are left out from the right, rows past the first from the bottom, and a line says how many; where no
 * number fits, that line is all.
 */
function tableLines({ columns, rows }: Overview, width: number): string[] {
  const shown = rows.slice(0, MOST_ROWS);
  const widths = columns.map((_, column) =>
    Math.max(...shown.map((row) => displayWidth(row[column] ?? "")))
  );
  const [first = "", ...titles] = columns;
  const [name = 0, ...numbers] = widths.map((width, i) =>
    Math.max(width, ...(columns[i] ?? "").split(" ").map(displayWidth))
  );
  const least = Math.min(name, NARROWEST_NAME, width);
  let [count, used] = [0, least];
  for (const number of numbers) {
    if (used + GAP.length + number > width) break;
    used += GAP.length + number;
    count++;
  }
  // Names alone tell nothing.
  if (count === 0 && numbers.length > 0) {
    return wrapped(`… ${formatCount(rows.length, "row")} in the report`, width, "  ");
  }
  const nameWidth = Math.min(name, least + Math.max(0, width - used));
  const line = (row: readonly string[]): string =>
    [
      paddedRight(cutMiddle(row[0] ?? "", nameWidth), nameWidth),
      ...numbers.slice(0, count).map((number, i) => paddedLeft(row[i + 1] ?? "", number)),
    ].join(GAP).trimEnd();
  const left = [
    ...(rows.length > MOST_ROWS ? [formatCount(rows.length - MOST_ROWS, "more row")] : []),
    ...(count < numbers.length ? [formatCount(numbers.length - count, "more column")] : []),
  ];
  // A title is not wider than its numbers: it takes several lines.
  const heads = titles.map((title, i) => wrapped(title, numbers[i] ?? 0));
  const height = Math.max(1, ...heads.slice(0, count).map(({ length }) => length));
  const header = Array.from({ length: height }, (_, i) => [
    i === height - 1 ? first : "",
    ...heads.map((lines) => lines[i - height + lines.length] ?? ""),
  ]);
  return [
    ...header.map(line),
    ...shown.map(line),
    ...(left.length === 0 ? [] : wrapped(`… ${left.join(" and ")} in the report`, width, "  ")),
  ];
}

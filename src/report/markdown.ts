import { markdownTable } from "markdown-table";
import { escapeControl } from "../text/characters.ts";

/** A value in a table: text is taken as Markdown, numbers are right-aligned. */
export type TableCell = string | number;

/** A Markdown table; columns whose values are all numbers or formatted numbers align right. */
export function table(header: readonly string[], rows: readonly (readonly TableCell[])[]): string {
  const align = header.map((_, column) =>
    rows.every((row) => /^[-+−\d.,%× ]*$/.test(String(row[column]))) ? "r" : "l"
  );
  // A pipe ends a cell even inside code.
  const text = (value: TableCell): string => String(value).replaceAll("|", "\\|");
  return aligned([header.map(text), ...rows.map((row) => row.map(text))], align);
}

/** A table of Markdown in which no pipe is left that is not escaped. */
export function tableText(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ("left" | "right")[],
): string {
  return aligned([header, ...rows], align.map((side) => side === "left" ? "l" : "r"));
}

/** A cell with more characters has sentences in it, which no editor shows beside one another. */
const WIDEST_ALIGNED = 80;

/** A table whose columns stand below one another, unless a cell is too wide for that. */
function aligned(rows: readonly (readonly string[])[], align: readonly string[]): string {
  const stringLength = (text: string): number => [...text].length;
  const alignDelimiters = rows.flat().every((text) => stringLength(text) <= WIDEST_ALIGNED);
  return markdownTable(rows, { align, stringLength, alignDelimiters });
}

/**
 * Any text as inline code, on one line. A pipe stands outside the code, as an entity: inside, the one
 * parser takes a backslash before it for its escape and the other does not, and a cell of a table ends.
 */
export function code(text: string): string {
  if (text === "") return "*(empty)*";
  return escapeControl(text).split("|").map(fenced).join("&#124;");
}

function fenced(text: string): string {
  if (text === "") return "";
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  // A space on both sides is taken away, unless there is nothing else.
  const isSpaced = /^ .* $/.test(text) && text.trim() !== "";
  const space = runs.length > 0 || isSpaced ? " " : "";
  return `${fence}${space}${text}${space}${fence}`;
}

/** Any text in a paragraph or a table, on one line: nothing in it is Markdown or HTML. */
export function plainText(text: string): string {
  return escapeControl(text.replaceAll(/\n */g, " "))
    .replaceAll(/[\\`*<>[\]&~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&")
    // GitHub makes links of addresses.
    .replaceAll(/(?<=https?|ftp):(?=\/\/)|(?<=www)\.|@/gi, "\\$&")
    // An escaped pipe ends a cell in some parsers.
    .replaceAll("|", "&#124;");
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A whole number with a comma at each thousand. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * Reads what a report in Markdown says, table by table.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert } from "@std/assert";
import type { Section } from "../../src/report/document.ts";
import { blocksMarkdown } from "../../src/report/render/markdown.ts";

/** A section as Markdown, with plain spaces and minus signs; empty where there is none. */
export function sectionText(section: Pick<Section, "blocks"> | undefined): string {
  return plain(section === undefined ? "" : blocksMarkdown(section.blocks));
}

/** `text` with a plain space for each that keeps a number and its error together, and a plain minus. */
export function plain(text: string): string {
  return text.replaceAll("\u00a0", " ").replaceAll("−", "-");
}

/** The cells of a line of a table. */
export function cellsOf(line = ""): string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
}

/** The tables of `text`, each with its header first; the titles of columns lead nowhere. */
export function tablesOf(text: string): string[][][] {
  const tables: string[][][] = [];
  let isIn = false;
  for (const line of plain(text).split("\n")) {
    if (!line.startsWith("|")) isIn = false;
    else {
      if (!isIn) tables.push([]);
      isIn = true;
      tables.at(-1)?.push(cellsOf(line));
    }
  }
  return tables.map(([header = [], , ...rows]) => [
    header.map((title) => title.replace(/^\[(.*)\]$/, "$1")),
    ...rows,
  ]);
}

/** What stands below `below`, up to the next heading. */
export function textBelow(text: string, below: string): string {
  const at = text.indexOf(below);
  assert(at >= 0, `${below} is not there`);
  return text.slice(at + below.length).split(/\n##+ /)[0] ?? "";
}

/** The cells, by their titles, of all rows below `below` that begin with `begins`, in whichever table. */
export function rowBelow(text: string, below: string, begins: string): Record<string, string> {
  const found = tablesOf(textBelow(text, below)).flatMap(([header = [], ...rows]) =>
    rows.filter(([first]) => first === begins).flatMap((row) =>
      header.map((title, i): [string, string] => [title, row[i] ?? ""])
    )
  );
  assert(found.length > 0, `${begins} is not below ${below}`);
  return Object.fromEntries(found);
}

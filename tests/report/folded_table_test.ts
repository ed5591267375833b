// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Block, ReportTable } from "../../src/report/document.ts";
import { foldedTable } from "../../src/report/folded_table.ts";
import { plainOf, prose } from "../../src/report/prose.ts";

/** A table of texts, whose first row has the titles. */
function tableOf([titles = [], ...rows]: readonly (readonly string[])[]): ReportTable {
  return {
    columns: titles.map((title) => ({ title, align: "left" })),
    rows: rows.map((row) => row.map((text) => ({ text: prose`${text}` }))),
  };
}

/** The titles in each table, those folded after a `>`, and the captions. */
function shown(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block): string[] => {
    if (block.kind === "details") return shown(block.blocks).map((line) => `> ${line}`);
    if (block.kind !== "table") return [];
    const { caption = [], columns } = block.table;
    return [plainOf(caption), columns.map(({ title }) => title).join(" ")].filter(Boolean);
  });
}

const word = (length: number): string => "x".repeat(length);
const cases: readonly [what: string, table: readonly (readonly string[])[], expected: string[]][] =
  [
    ["a table that fits is as it is", [["a", "b"], ["1", "2"]], ["a b"]],
    ["a seventh column is folded", [[..."abcdefg"], [..."1234567"]], ["a b c d e f", "> a g"]],
    [
      "lines have at most 80 characters: 1 + 3 · 4 + 67",
      [["a", "b", "c", "d", "e"], ["1", word(22), word(22), word(22), "5"]],
      ["a b c d", "> a e"],
    ],
    [
      "a column that is too wide is folded, and narrower ones after it are not",
      [["a", "b", "c", "d", "e"], ["1", word(22), word(22), word(23), "5"]],
      ["a b c e", "> a d"],
    ],
    [
      "two columns beside the first stay, however wide they are",
      [["a", "b", "c", "d"], ["1", word(60), word(60), "4"]],
      ["a b c", "> a d"],
    ],
    [
      "a long label folds no more than one of 20 characters",
      [["a", "b", "c"], [word(60), word(20), word(20)]],
      ["a b c"],
    ],
    [
      "what is the same in three rows is said above it",
      [["a", "b", "c"], ["1", "x", "4"], ["2", "x", "5"], ["3", "x", "6"]],
      ["The same in all rows: b x.", "a c"],
    ],
    [
      "of two rows all columns stay",
      [["a", "b"], ["1", "x"], ["2", "x"]],
      ["a b"],
    ],
  ];
for (const [what, table, expected] of cases) {
  Deno.test(`foldedTable: ${what}`, () =>
    assertEquals(shown(foldedTable(tableOf(table))), expected));
}

// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseTable } from "../../src/diff/tables.ts";
import { DiffError } from "../../src/diff/run_files.ts";

Deno.test("parseTable: values by their columns, each row with its line", () => {
  const { columns, rows } = parseTable("f", 'a,b\r\n1,"x, ""y""\nz"\r\n2,\r\n');
  assertEquals(columns, ["a", "b"]);
  assertEquals(rows.map((row) => [row.line, row.value("a"), row.value("b"), row.value("c")]), [
    [2, "1", 'x, "y"\nz', ""],
    [4, "2", "", ""],
  ]);
});

const damage: readonly [string, string, string][] = [
  ["a value too few", "a,b\r\n1,2\r\n3", "cannot use f: line 3: expected 2 values, found 1"],
  ["a value too many", "a,b\r\n1,2,3\r\n", "cannot use f: line 2: expected 2 values, found 3"],
  ["after a value of two lines", 'a,b\r\n1,"2\n2"\r\n3', "cannot use f: line 4: expected 2 values"],
  ["an open quote", 'a,b\r\n1,"2\r\n', "cannot use f: line 2: expected CSV, found "],
  ["a stray quote", 'a,b\r\n1,2"3\r\n', 'cannot use f: line 2: expected CSV, found bare "'],
  [
    "a column twice",
    "a,b,a\r\n",
    'cannot use f: line 1: expected each column once, found "a" again',
  ],
];

for (const [name, text, message] of damage) {
  Deno.test(`parseTable: ${name}: an error that names the line`, () => {
    assertThrows(() => parseTable("f", text), DiffError, message);
  });
}

Deno.test("parseTable: an empty file, or one line end, is an empty table", () => {
  for (const text of ["", "\r\n"]) {
    const { columns, rows } = parseTable("f", text);
    assertEquals([columns, rows], [[], []]);
  }
});

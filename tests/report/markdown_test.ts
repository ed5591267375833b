// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { code, percent, table, thousands } from "../../src/report/markdown.ts";

const codes: readonly [string, string][] = [
  ["abc", "`abc`"],
  ["", "*(empty)*"],
  ["a|b", "`a`&#124;`b`"],
  ["|", "&#124;"],
  [" a ", "`  a  `"],
  ["\x1b[m\n", "`\\u{1b}[m\\u{a}`"],
  ["a``b`c", "``` a``b`c ```"],
  ["a`b", "`` a`b ``"],
  ["é😀", "`é😀`"],
];

for (const [text, expected] of codes) {
  Deno.test(`code: ${JSON.stringify(text)} is ${expected}`, () => {
    assertEquals(code(text), expected);
  });
}

const counts: readonly [number, string][] = [
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [1234567, "1,234,567"],
];

for (const [count, expected] of counts) {
  Deno.test(`thousands: ${count} is ${expected}`, () => {
    assertEquals(thousands(count), expected);
  });
}

Deno.test("percent: one decimal", () => {
  assertEquals(percent(0.12345), "12.3 %");
});

Deno.test("table: a pipe does not end its cell", () => {
  assertEquals(
    table(["text"], [[code("a|b")]]),
    "| text         |\n| :----------- |\n| `a`&#124;`b` |",
  );
});

Deno.test("table: columns of numbers are right-aligned", () => {
  assertEquals(
    table(["name", "n"], [["a", 1], ["b", "2.5 %"]]),
    "| name |     n |\n| :--- | ----: |\n| a    |     1 |\n| b    | 2.5 % |",
  );
});

/**
 * What a table of a report means to three parsers of Markdown, whatever texts are in it.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { code, plainText, table } from "../../src/report/markdown.ts";
import { escapeControl } from "../../src/text/characters.ts";
import { parsers } from "./markdown_parsers.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  "#124": "|",
};

/** The text of each cell, by rows; `undefined` for one that has more than code and text in it. */
function cellsOf(html: string): (string | undefined)[][] {
  return [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) => {
      const text = cell.replaceAll(/<\/?code>/g, "");
      return text.includes("<")
        ? undefined
        : text.replaceAll(/&([a-z]+|#\d+);/g, (all, name) => ENTITIES[name] ?? all);
    })
  );
}

const hostile: readonly string[] = [
  "a|b",
  "a\\|b",
  "a\\\\|b",
  "\\",
  "|",
  "||",
  "`|`",
  "``|\\`",
  "`",
  "<script>alert(1)</script>",
  "</code></td></table>",
  "![x](http://a.b/c.png)",
  "[x](javascript:1)",
  "*a* _b_ ~~c~~",
  "&lt;&#124;&amp;",
  "a\nb\r\nc",
  "\x1b]52;c;eA==\x07\u202e",
  "$x$ <!-- -->",
  "https://a.b/c?d|e",
];

for (const [name, parse] of Object.entries(parsers)) {
  const assertKept = (text: string): void => {
    const cells = cellsOf(parse(table(["text", "n"], [[code(text), 1], [code("next"), 2]])));
    assertEquals(cells, [["text", "n"], [escapeControl(text), "1"], ["next", "2"]]);
  };
  for (const text of hostile) {
    Deno.test(`code in a table: ${name} reads ${JSON.stringify(text)} as it is`, () =>
      assertKept(text));
  }

  Deno.test(`code in a table: ${name} reads any text as it is (1,000 texts of active characters)`, () => {
    const active = fc.constantFrom(..."|\\`<>&*_[]()!~#$ ab\n");
    fc.assert(
      fc.property(fc.string({ unit: active, minLength: 1, maxLength: 12 }), (text) => {
        // A table takes the spaces around a cell away, and several in a row are one to a reader.
        if (text.trim() === "") return;
        assertKept(text);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  Deno.test(`plainText: ${name} finds no element in any text (1,000 texts of active characters)`, () => {
    const active = fc.constantFrom(..."|\\`<>&*_~[]()!a/ ");
    fc.assert(
      fc.property(fc.string({ unit: active, minLength: 1, maxLength: 12 }), (text) => {
        const html = parse(`x ${plainText(text)} x`).trim();
        assertEquals(html.replace(/^<p>(.*)<\/p>$/s, "$1").includes("<"), false, html);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
}

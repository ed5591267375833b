// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { strategies } from "../../src/decode/definitions.ts";
import { strategiesPage } from "../../src/decode/strategies_page.ts";

const page = Deno.readTextFileSync(new URL("../../src/decode/README.md", import.meta.url));

Deno.test("src/decode/README.md: its tables are those of the definitions", () => {
  assertEquals(page, strategiesPage(page));
});

Deno.test("src/decode/README.md: names every strategy", () => {
  for (const { name } of strategies) assertStringIncludes(page, `\`${name}\``);
});

Deno.test("strategiesPage: a table that is out of date is replaced, the text around it is not", () => {
  const old = page.replace("| Beam search ", "| Something else ");
  assertEquals(strategiesPage(old), page);
});

Deno.test("strategiesPage: a missing marker is an error that names it", () => {
  const marker = "<!-- end of drafts -->";
  assertThrows(() => strategiesPage(page.replace(marker, "")), RangeError, marker);
});

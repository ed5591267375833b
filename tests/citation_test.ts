/**
 * `CITATION.cff`, by which the program is cited: it says what `deno.json` says.
 *
 * @module
 */
// @ts-types="./declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import project from "../deno.json" with { type: "json" };

Deno.test("CITATION.cff: has what CFF 1.2.0 requires, and the name, version and license of deno.json", () => {
  const text = Deno.readTextFileSync(new URL("../CITATION.cff", import.meta.url));
  const { message, abstract, ...citation } = parse(text);
  assertEquals([typeof message, typeof abstract], ["string", "string"]);
  assertEquals(citation, {
    "cff-version": "1.2.0",
    type: "software",
    title: project.name,
    authors: [{ name: "The microbeam authors" }],
    version: project.version,
    license: project.license,
  });
});

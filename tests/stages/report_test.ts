// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { report } from "../../src/stages/report.ts";

const whole = {
  "report.md": "# a\n",
  "report.html": "<!doctype html>",
  "findings.json": "{}",
  "results.csv": "",
  "charts/a-b.svg": "<svg/>",
  "charts/a-b.vl.json": "{}",
};

Deno.test("report: the files of a report are what its stored result gives", () => {
  assertEquals(report.decode(report.encode(whole)), whole);
});

/** Names that a stored result, which may be anybody's, must not put into a run's folder. */
const strange = [
  ".git/config",
  "notes.md",
  "../report.md",
  "charts/../../a.svg",
  "charts/a/b.svg",
  "charts\\a.svg",
  "charts/a.json",
  "manifest.json",
  "/etc/passwd",
];
for (const name of strange) {
  Deno.test(`report: a stored result with the file ${name} is damaged`, () => {
    assertThrows(() => report.decode(report.encode({ ...whole, [name]: "theirs" })), RangeError);
  });
}

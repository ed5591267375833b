// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { summarize } from "./rounds.ts";
import type { Result } from "./rows.ts";
import { type SpeculationCell, speculationTable } from "./speculation.ts";

function result(name: string, median: number): Result {
  const engine = summarize([median]);
  return { section: "speculation", name, unit: "µs", better: "lower", engine, peers: {} };
}

function cell(draftK: number): SpeculationCell {
  const rows = {
    plain: "plain",
    decoding: `by ${draftK}`,
    step: "step",
    verification: `verify ${draftK}`,
    draft: "draft",
  };
  return { draft: "big by small", draftK, alpha: 0.5, rows };
}

const text = speculationTable([cell(1), cell(2)], [
  result("plain", 1000),
  result("by 1", 900),
  result("by 2", 1400),
  result("step", 20),
  result("draft", 2),
  result("verify 1", 25),
  result("verify 2", 40),
]);

// Leviathan's theorem 3.8: 1.5 and 1.75 tokens a round, over 0.1 draft_k + v passes.
Deno.test("speculationTable: c, v and the speeds predicted by them, beside the measured one", () => {
  const rows = text.split("\n").filter((line) => line.startsWith("| big"))
    .map((line) => line.slice(1, -1).split("|").map((value) => value.trim()));
  assertEquals(rows, [
    ["big by small", "1", "0.50", "0.10", "1.25", "1.36", "1.11", "0.90"],
    ["big by small", "2", "0.50", "0.10", "2.00", "1.46", "0.80", "1.40"],
  ]);
});

Deno.test("speculationTable: the best draft_k by each of the three", () => {
  assertStringIncludes(
    text,
    "Best draft_k for big by small: 1 predicted (2 if verifying cost one step), 2 measured.",
  );
});

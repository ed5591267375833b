// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { cellPattern, cellsOf, chosenCells, nameOf } from "../../src/compare/cells.ts";
import { DiffError } from "../../src/diff/run_files.ts";
import { madeUpRun, speculative, topK } from "./made_up_run.ts";

const size = { prompts: ["a", "b"], samples: 3 };
const runs = [
  await madeUpRun({
    name: "outputs/a",
    cells: { ...topK({ 1: 5, 3: 9, 10: 20 }), ...speculative({ 1: 0.5, 2: 0.5 }) },
    ...size,
  }),
  await madeUpRun({ name: "outputs/b", cells: topK({ 3: 9 }), ...size, seed: 2 }),
];
const cells = runs.flatMap(cellsOf);
const names = runs.map(({ label }) => label);

const a = (label: string): string => `outputs/a:${label}`;

const chosen: readonly [patterns: readonly string[], expected: readonly string[]][] = [
  [["top_k(k=10)"], [a("top_k(k=10)")]],
  [["top_k(k=10)", "top_k(k=1)"], [a("top_k(k=10)"), a("top_k(k=1)")]],
  [["*=1*"], [a("top_k(k=1)"), a("top_k(k=10)"), a("speculative(draft_k=1)")]],
  [["top_k(k=?)"], [a("top_k(k=1)"), a("top_k(k=3)"), "outputs/b:top_k(k=3)"]],
  [["outputs/b:*"], ["outputs/b:top_k(k=3)"]],
  [["speculative"], [a("speculative(draft_k=1)"), a("speculative(draft_k=2)")]],
  [["spec*", "speculative"], [a("speculative(draft_k=1)"), a("speculative(draft_k=2)")]],
];

for (const [patterns, expected] of chosen) {
  Deno.test(`chosenCells: ${patterns.join(" and ")} chooses ${expected.length}, each once`, () => {
    const found = chosenCells(cells, patterns.map((text) => cellPattern(text, names)));
    assertEquals(found.map(nameOf), expected);
  });
}

const wrong: readonly [pattern: string, message: string][] = [
  ["top_k(k=2)", 'found "top_k(k=2)"; did you mean "top_k(k=1)"?'],
  ["speculatve*", 'did you mean "speculative"?'],
  ["top_k(k=[13])", "cannot find a cell for"],
  ["outputs/b:top_k(k=1)", 'expected one of top_k(k=3), top_k, found "top_k(k=1)"'],
  ["outputs/c:*", 'expected one of outputs/a, outputs/b, found "outputs/c"'],
  ["", 'found ""'],
];

for (const [pattern, message] of wrong) {
  Deno.test(`chosenCells: "${pattern}" means no cell, and what is near is named`, () => {
    assertThrows(() => chosenCells(cells, [cellPattern(pattern, names)]), DiffError, message);
  });
}

Deno.test("cellsOf: a cell's own settings and those of its run are told apart; a name is none", () => {
  const [first] = cells;
  assertEquals([...first?.own ?? []], [["strategy", "top_k"], ["k", "1"]]);
  assertEquals([...first?.ofRun ?? []], [["seed", "1"], ["corpus.sha256", "c0"]]);
});

// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type SpeculationCell, speculationTable } from "./speculation.ts";

const around = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });

function cell(
  draftK: number,
  passes: number,
  predicted: number,
  measured: number,
): SpeculationCell {
  return {
    draft: "big by small",
    draftK,
    alpha: 0.5,
    costs: {
      ...{ draftStep: 0.1, draftCatchUp: 0.2, verification: 1.2 },
      outside: { plain: 0.5, speculative: 0.4 },
    },
    speedUps: {
      ofPasses: around(passes),
      predicted: around(predicted),
      measured: around(measured),
    },
  };
}

const text = speculationTable([cell(1, 1.5, 1.11, 0.9), cell(2, 1.2, 0.8, 1.4)]);

// Leviathan's theorem 3.8: 1.5 and 1.75 tokens a round, over 0.1 draft_k + 1 passes; and with all costs,
// 1.5 · 1.5 / (0.1 + 0.5 · 0.1 + 1.2 + 0.4 · 1.5).
Deno.test("speculationTable: what theory, passes and parts predict, beside the measured speed", () => {
  const rows = text.split("\n").filter((line) => line.startsWith("| big"))
    .map((line) => line.slice(1, -1).split("|").map((value) => value.trim()));
  assertEquals(rows, [
    [
      "big by small",
      "1",
      "0.50",
      "0.10",
      "1.36",
      "1.15",
      "1.50 (1.40 to 1.60)",
      "1.11 (1.01 to 1.21)",
      "0.90 (0.80 to 1.00)",
    ],
    [
      "big by small",
      "2",
      "0.50",
      "0.10",
      "1.46",
      "1.24",
      "1.20 (1.10 to 1.30)",
      "0.80 (0.70 to 0.90)",
      "1.40 (1.30 to 1.50)",
    ],
  ]);
});

Deno.test("speculationTable: the best draft_k by each of the five", () => {
  assertStringIncludes(
    text,
    "Best draft_k for big by small: 2 measured, 1 predicted, 1 by passes alone, 2 by theory, 2 if verifying cost one step.",
  );
});

// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../../src/config/experiment.ts";
import { measureCell } from "../../../src/measure/cell_measures.ts";
import type { Estimate } from "../../../src/measure/estimate.ts";
import type { CellMeasures } from "../../../src/measure/measure.ts";
import { alone, sampleOf } from "../../measure/sample_of.ts";
import { searchSection } from "../../../src/report/run/search_section.ts";

function grid(strategies: string): CellMeasures[] {
  const { cells } = readExperiment(
    "c.yaml",
    `corpus: { path: names.txt }\ndecoding: { prompts: [a], strategies: ${strategies} }\n`,
  );
  return cells.map((cell) => measureCell(cell, [sampleOf("")], alone));
}

/** Numbers that are all different. */
function quality(scale: number): Record<string, Estimate> {
  const estimate = (value: number) => ({
    value,
    interval: { low: value - .01, high: value + .01 },
  });
  return {
    search_decodings: { value: 100 * scale },
    search_errors: { value: 10 * scale },
    search_error_share: estimate(.1 * scale),
    search_gap: estimate(.5 * scale),
    search_largest_gap: { value: 3 * scale },
    search_log_prob: estimate(-7 * scale),
    search_empty_share: estimate(.2 * scale),
  };
}

const unproved = grid(
  "[{strategy: greedy}, {strategy: beam, beam_width: [2, 4]}, {strategy: top_k}]",
);
const cells = unproved.map((measures, i): CellMeasures => ({
  ...measures,
  values: { ...measures.values, ...(i < 3 ? quality(3 - i) : {}) },
}));
const modes = {
  proved: 20,
  prompts: 20,
  empty: 16,
  emptyShare: { value: .8, interval: { low: .6, high: .9 } },
  meanLogProb: -4.5,
  meanLength: 1.25,
};

Deno.test("searchSection: one row per search, with every measure in its place", () => {
  const rows = searchSection({ cells, modes }).text.split("\n").filter((line) =>
    line.startsWith("| `")
  )
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(rows.length, 3);
  assertEquals(rows[1], [
    "`beam(beam_width=2)`",
    "200",
    "20",
    "20.0 % (19.0 to 21.0)",
    "1.000 (0.990 to 1.010)",
    "6.000",
    "-14.000 (-14.010 to -13.990)",
    "40.0 % (39.0 to 41.0)",
    "7.000",
  ]);
});

Deno.test("searchSection: says what the mode is like, and what the widest beam gains", () => {
  const { text } = searchSection({ cells, modes });
  assertStringIncludes(
    text,
    "the *mode*, of each of the 20 prompts was proved by `exact`. It is empty",
  );
  assertStringIncludes(
    text,
    "for 16 of them, 80.0 % (60.0 to 90.0); on average it has 1.25 tokens",
  );
  assertStringIncludes(
    text,
    "From `beam(beam_width=2)` to `beam(beam_width=4)`: that gains 7.000 nats on average; search " +
      "errors go from 20.0 % to 10.0 %.",
  );
});

Deno.test("searchSection: where not every mode was proved, it says of how many it speaks", () => {
  const some = { ...modes, proved: 12 };
  assertStringIncludes(
    searchSection({ cells, modes: some }).text,
    "of 12 of 20 prompts, to which this section is limited (a larger `budget` may prove more),",
  );
});

Deno.test("searchSection: without a proof it says how to get one; without a search it is not there", () => {
  const { text } = searchSection({ cells: unproved, modes: undefined });
  assertStringIncludes(text, "add `- strategy: exact`");
  const greedy = grid("[{strategy: greedy}]");
  assertEquals(searchSection({ cells: greedy, modes: undefined }).text, "");
});

// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../../src/config/load.ts";
// @ts-types="../../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { noCosts } from "../../../src/decode/strategy.ts";
import { measureCell } from "../../../src/measure/cell_measures.ts";
import type { SearchQuality } from "../../../src/measure/search_quality.ts";
import { resultsCsv } from "../../../src/report/csv.ts";
import { alone } from "../../measure/alone.ts";
import { searchSection } from "../../../src/report/run/search_section.ts";

function grid(strategies: string) {
  const { cells } = readExperiment(
    "c.yaml",
    `corpus: { path: names.txt }\ndecoding: { prompts: [a], strategies: ${strategies} }\n`,
  );
  const result = { tokens: [], stop: "eos", logProbs: [-1], warpedLogProbs: [0] } as const;
  return cells.map((cell) =>
    measureCell(cell, [
      {
        prompt: "a",
        draw: 0,
        number: 0,
        continuation: "",
        result: { ...result, costs: noCosts() },
      },
    ], alone)
  );
}

/** Numbers that are all different. */
function quality(scale: number): SearchQuality {
  const estimate = (value: number) => ({
    value,
    interval: { low: value - .01, high: value + .01 },
  });
  return {
    decodings: 100 * scale,
    errors: 10 * scale,
    errorShare: estimate(.1 * scale),
    gap: estimate(.5 * scale),
    largestGap: 3 * scale,
    logProb: estimate(-7 * scale),
    emptyShare: estimate(.2 * scale),
  };
}

const cells = grid("[{strategy: greedy}, {strategy: beam, beam_width: [2, 4]}, {strategy: top_k}]");
const differences = new Map();
const search = {
  modes: {
    proved: 20,
    prompts: 20,
    empty: 16,
    emptyShare: { value: .8, interval: { low: .6, high: .9 } },
    meanLogProb: -4.5,
    meanLength: 1.25,
  },
  cells: new Map([
    ["greedy", quality(3)],
    ["beam(beam_width=2)", quality(2)],
    ["beam(beam_width=4)", quality(1)],
  ]),
};

Deno.test("searchSection: a row a search, with every measure in its place", () => {
  const rows = searchSection({ cells, search }).split("\n").filter((line) => line.startsWith("| `"))
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
    "7.000",
    "40.0 % (39.0 to 41.0)",
  ]);
});

Deno.test("searchSection: says what the mode is like, and what the widest beam buys", () => {
  const text = searchSection({ cells, search });
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
    "From `beam(beam_width=2)` to `beam(beam_width=4)`: that buys 7.000 nats on average; search " +
      "errors go from 20.0 % to 10.0 %.",
  );
});

Deno.test("searchSection: where not every mode was proved, it says of how many it speaks", () => {
  const some = { ...search, modes: { ...search.modes, proved: 12 } };
  assertStringIncludes(
    searchSection({ cells, search: some }),
    "of 12 of 20 prompts, to which all that follows is limited (a larger `budget` may prove more),",
  );
});

Deno.test("searchSection: without a proof it says how to get one; without a search it is not there", () => {
  assertStringIncludes(searchSection({ cells, search: undefined }), "add `- strategy: exact`");
  assertEquals(searchSection({ cells: grid("[{strategy: greedy}]"), search: undefined }), "");
});

Deno.test("resultsCsv: search measures where there is something to compare with, empty for others", () => {
  const [greedy, , , topK] = parse(resultsCsv({ cells, differences, search }), {
    skipFirstRow: true,
  });
  const columns = (row: Record<string, string> | undefined): string[] =>
    Object.entries(row ?? {}).filter(([key]) => key.startsWith("search_")).map(([, value]) =>
      value
    );
  assertEquals(columns(greedy), [
    "300",
    "30",
    ...["0.300000", "0.290000", "0.310000"],
    ...["1.500000", "1.490000", "1.510000"],
    "9.000000",
    ...["-21.000000", "-21.010000", "-20.990000"],
    ...["0.600000", "0.590000", "0.610000"],
  ]);
  assertEquals(columns(topK), Array(15).fill(""));
  assert(!resultsCsv({ cells, differences, search: undefined }).includes("search_"));
});

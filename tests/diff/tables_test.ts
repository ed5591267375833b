// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { type CsvTable, parseTable } from "../../src/diff/csv_table.ts";
import { DiffError } from "../../src/diff/run_files.ts";
import { type CellFiles, cellTable } from "../../src/diff/tables.ts";

Deno.test("parseTable: values by their columns, each row with its line", () => {
  const { columns, rows } = parseTable("f", 'a,b\r\n1,"x, ""y""\nz"\r\n2,\r\n');
  assertEquals(columns, ["a", "b"]);
  assertEquals(rows.map((row) => [row.line, row.value("a"), row.value("b"), row.value("c")]), [
    [2, "1", 'x, "y"\nz', ""],
    [4, "2", "", ""],
  ]);
});

const damage: readonly [string, string, string][] = [
  ["a value too few", "a,b\r\n1,2\r\n3", "cannot use f: line 3: expected 2 values, found 1"],
  ["a value too many", "a,b\r\n1,2,3\r\n", "cannot use f: line 2: expected 2 values, found 3"],
  ["after a value of two lines", 'a,b\r\n1,"2\n2"\r\n3', "cannot use f: line 4: expected 2 values"],
  ["an open quote", 'a,b\r\n1,"2\r\n', "cannot use f: line 2: expected CSV, found "],
  ["a stray quote", 'a,b\r\n1,2"3\r\n', 'cannot use f: line 2: expected CSV, found bare "'],
  [
    "a column twice",
    "a,b,a\r\n",
    'cannot use f: line 1: expected each column once, found "a" again',
  ],
];

for (const [name, text, message] of damage) {
  Deno.test(`parseTable: ${name}: an error that names the line`, () => {
    assertThrows(() => parseTable("f", text), DiffError, message);
  });
}

Deno.test("parseTable: an empty file, or one line end, is an empty table", () => {
  for (const text of ["", "\r\n"]) {
    const { columns, rows } = parseTable("f", text);
    assertEquals([columns, rows], [[], []]);
  }
});

const results = (...lines: readonly string[]): CsvTable =>
  parseTable(
    "results.csv",
    ["variant,cell,strategy,k,groups,prompts,samples", ...lines].join("\n"),
  );
const older = (header: string, ...lines: readonly string[]): CsvTable =>
  parseTable("results.csv", [header, ...lines].join("\n"));
const nothingMore = new Map();

/** Names, settings and places of the rows of a table. */
function rowsOf(files: CellFiles) {
  return [...cellTable(files).rows.values()].map(({ name, settings, place }) => ({
    name,
    settings,
    place,
  }));
}

Deno.test("cellTable: a run of a sweep alone is identified by the settings of its cells", () => {
  const expected = [{
    name: "top_k(k=5)",
    settings: { strategy: "top_k", k: "5" },
    place: { variant: "", label: "top_k(k=5)" },
  }];
  const alone = results(",top_k(k=5),top_k,5,,2,10");
  const ofSweep = results("seed=1,top_k(k=5),top_k,5,,2,10");
  assertEquals(rowsOf({ results: alone, further: nothingMore }), expected);
  assertEquals(rowsOf({ results: ofSweep, further: nothingMore }), expected);
});

Deno.test("cellTable: a sweep has the settings that variants.csv tells, as older files have them in columns", () => {
  const swept = parseTable("variants.csv", "variant,setting,setting_value\nseed=1,seed,1\n");
  const [row] = rowsOf({
    results: results("seed=1,greedy,greedy,,,2,10"),
    swept,
    further: nothingMore,
  });
  assertEquals(row, {
    name: "seed=1: greedy",
    settings: { seed: "1", strategy: "greedy" },
    place: { variant: "seed=1", label: "greedy" },
  });
  const [before] = rowsOf({
    results: older("seed,cell,strategy,prompts", "1,greedy,greedy,2"),
    swept,
    further: nothingMore,
  });
  assertEquals([before?.name, before?.settings], [row?.name, row?.settings]);
  // It is of an older version.
  assertEquals(before?.place, { label: "greedy" });
});

Deno.test("cellTable: measures of comparisons.csv and lists of positions.csv are metrics of their cells", () => {
  const comparisons = parseTable(
    "comparisons.csv",
    "cell,measure,value,low,high\na,search_gap,0.5,0.25,0.75\na,samples,9,,\n",
  );
  const positions = parseTable(
    "positions.csv",
    "variant,cell,draft_position,proposed,tested,accepted,overlap\n,b,1,9,8,7,6.5\n,b,2,5,4,3,2.5\n",
  );
  const { metrics, rows } = cellTable({
    results: results(",a,x,,,2,10", ",b,y,,,2,10"),
    further: new Map([["", { comparisons, positions }]]),
  });
  assertEquals(metrics, [
    "prompts",
    "samples",
    "search_gap",
    "proposed_at",
    "tested_at",
    "accepted_at",
    "overlap_at",
  ]);
  const [a, b] = [...rows.values()];
  assertEquals(a?.measured("search_gap"), { text: "0.5", ends: { low: "0.25", high: "0.75" } });
  assertEquals(a?.measured("samples").text, "10");
  assertEquals([a?.measured("tested_at").text, b?.measured("tested_at").text], ["", "8 4"]);
  assertEquals(b?.measured("search_gap").text, "");
});

Deno.test("cellTable: a measure of a cell has one value in comparisons.csv, however many cells it is compared with", () => {
  const comparisons = parseTable(
    "comparisons.csv",
    "cell,measure,value\na,gap,1\na,gap,1\na,gap,2\n",
  );
  assertThrows(
    () =>
      cellTable({
        results: results(",a,x,,,2,10"),
        further: new Map([["", { comparisons, positions: undefined }]]),
      }),
    DiffError,
    'cannot use comparisons.csv: line 4: expected one value of each measure of a cell, found another of "gap"',
  );
});

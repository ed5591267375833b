// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { measureRows } from "./results.ts";
import type { Measure, Row } from "./rows.ts";
import { boundsTable, type Report, resultsTable } from "./table.ts";

/** Gives these numbers one after another, warm-up first, and notes down for how long it was asked. */
function from(values: readonly number[], log: number[] = []): Measure {
  const left = [...values];
  return (seconds) => {
    log.push(seconds);
    return left.shift() ?? NaN;
  };
}

const row: Row = {
  section: "training",
  name: "work",
  unit: "s",
  better: "lower",
  engine: from([99, 2, 4]),
  allCores: from([99, 1, 2]),
  strict: from([99, 3, 6]),
  before: { engine: from([99, 4, 16]), allCores: from([99, 3, 3]) },
  peers: {},
  bounds: [
    { kind: "arithmetic", what: "products", measure: from([99, 1, 1]) },
    { kind: "memory", what: "a copy", measure: from([99, 4, 2]) },
  ],
};

/** A report of these results. */
const report = (results: Report["results"]): Report => ({
  microbeam: "1",
  deno: "2",
  processor: "one",
  cores: 2,
  load: [0, 0],
  rounds: 2,
  seconds: 0,
  peers: [],
  results,
});

Deno.test("measureRows(): another checkout, strict arithmetic and bounds are compared within a round", async () => {
  const [result] = await measureRows([row], { rounds: 2, seconds: 1 });
  assertEquals(result?.before?.ratio.rounds, [2, 4]);
  assertEquals(result?.before?.allCores?.ratio.rounds, [3, 1.5]);
  assertEquals(result?.strict?.ratio.rounds, [1.5, 1.5]);
  assertEquals(result?.bounds?.map(({ reached }) => reached.rounds), [[0.5, 0.25], [2, 0.5]]);
  const table = resultsTable(report([result as NonNullable<typeof result>])).split("\n");
  const cells = table.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(cells[0], [
    ...["work", "unit", "microbeam", "of its bound", "strict", "ratio", "before", "ratio"],
    ...["2 cores", "before, 2 cores", "ratio"],
  ]);
  assertEquals(cells[2], [
    ...["work", "s", "3.00 (2.00 to 4.00)", "38 %", "4.50 (3.00 to 6.00)", "1.50×"],
    ...["10.0 (4.00 to 16.0)", "3.00×", "1.50 (1.00 to 2.00)", "3.00 (3.00 to 3.00)", "2.25×"],
  ]);
});

Deno.test("measureRows(): where more is better, a bound is the most", async () => {
  const [result] = await measureRows([{
    section: "decoding",
    name: "work",
    unit: "tokens/s",
    better: "higher",
    engine: from([0, 30]),
    peers: {},
    bounds: [{ kind: "JavaScript", what: "kernels", measure: from([0, 40]) }],
  }], { rounds: 1, seconds: 1 });
  assertEquals(result?.bounds?.map(({ reached }) => reached.median), [0.75]);
});

Deno.test("measureRows(): a row may take a share of the time, a bound takes a quarter of that", async () => {
  const [engine, bound]: [number[], number[]] = [[], []];
  await measureRows([{
    section: "warpers",
    name: "work",
    unit: "s",
    better: "lower",
    share: 0.5,
    peers: {},
    engine: from([1, 1], engine),
    bounds: [{ kind: "memory", what: "a copy", measure: from([1, 1], bound) }],
  }], { rounds: 1, seconds: 8 });
  assertEquals({ engine, bound }, { engine: [4, 4], bound: [1, 1] });
});

Deno.test("measureRows(): a row of processes has no warm-up", async () => {
  const log: number[] = [];
  const [result] = await measureRows([{
    section: "cold",
    name: "work",
    unit: "s",
    better: "lower",
    isProcess: true,
    peers: {},
    engine: from([3, 5], log),
  }], { rounds: 2, seconds: 1 });
  assertEquals([result?.engine.rounds, log.length], [[3, 5], 2]);
});

Deno.test("boundsTable(): a line for each bound, with its kind and what is reached", async () => {
  const measures = { engine: from([0, 4]), peers: {} };
  const bounds = [
    { kind: "arithmetic", what: "products", measure: from([0, 1]) },
    { kind: "memory", what: "a copy", measure: from([0, 2]) },
  ] as const;
  const rows: Row[] = [{ section: "training", name: "a", unit: "s", better: "lower", ...measures }];
  assertEquals(boundsTable(await measureRows(rows, { rounds: 1, seconds: 0 })), undefined);
  const [first] = rows as [Row];
  const results = await measureRows([{ ...first, engine: from([0, 4]), bounds }], {
    rounds: 1,
    seconds: 0,
  });
  const lines = (boundsTable(results) ?? "").replaceAll(/ +/g, " ").split("\n");
  assertStringIncludes(lines[2] ?? "", "| a | s | 4.00 | arithmetic | products | 1.00 | 25 % |");
  assertStringIncludes(lines[3] ?? "", "| | | | memory | a copy | 2.00 | 50 % |");
});

// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { summarize } from "./rounds.ts";
import { measureRows } from "./results.ts";
import type { Row } from "./rows.ts";
import { markdown, type Report, short } from "./table.ts";

for (
  const [rounds, median, min, max] of [
    [[7], 7, 7, 7],
    [[10, 9], 9.5, 9, 10],
    [[3, 100, 2], 3, 2, 100],
    [[4, 1, 3, 2], 2.5, 1, 4],
    [[2, 10, 1, 30, 4], 4, 1, 30],
  ] as const
) {
  Deno.test(`summarize() of ${rounds} is ${median}, from ${min} to ${max}`, () => {
    assertEquals(summarize(rounds), { median, min, max, rounds });
  });
}

Deno.test("summarize() refuses to make a median of nothing", () => {
  assertThrows(() => summarize([]), RangeError, "there are no values");
});

/** A row whose engine and peer give these numbers, warm-up first, and say when they are asked. */
function fakeRow(name: string, better: Row["better"], log: string[]): Row {
  const from = (who: string, values: number[]) => (): number => {
    log.push(`${name} ${who}`);
    return values.shift() ?? NaN;
  };
  return {
    section: "training",
    name,
    unit: "s",
    better,
    engine: from("ours", [99, 1, 2, 4]),
    peers: { other: from("other", [99, 10, 10, 10]) },
    gigaflops: (value) => 8 / value,
  };
}

/** A report without results. */
const report: Report = {
  microbeam: "1",
  deno: "2",
  processor: "one",
  cores: 8,
  load: [0, 0],
  rounds: 3,
  seconds: 0,
  peers: [{ name: "other", version: "7" }, { name: "third", absent: "there is no python3" }],
  results: [],
};

Deno.test("measureRows() goes round by round, drops the warm-up, compares within a round", async () => {
  const log: string[] = [];
  const rows = [fakeRow("a", "lower", log), fakeRow("b", "higher", log)];
  const [a, b] = await measureRows(rows, { rounds: 3, seconds: 0 });
  const round = ["a ours", "a other", "b ours", "b other"];
  assertEquals(log, [...round, ...round, ...round, ...round]);
  assertEquals(a?.engine, { median: 2, min: 1, max: 4, rounds: [1, 2, 4] });
  assertEquals(a?.gigaflops, 4);
  assertEquals(a?.peers["other"]?.ratio.rounds, [10, 5, 2.5]);
  assertEquals(b?.peers["other"]?.ratio.rounds, [0.1, 0.2, 0.4]);
});

Deno.test("measureRows() measures all cores where a row can use them, and markdown() shows it", async () => {
  const values = [99, 1, 3];
  const row = { ...fakeRow("a", "lower", []), allCores: () => values.shift() ?? NaN };
  const results = await measureRows([row, fakeRow("b", "lower", [])], { rounds: 2, seconds: 0 });
  assertEquals(results.map(({ allCores }) => allCores?.median), [2, undefined]);
  const [header, , a, b] = markdown({ ...report, results }).split("\n");
  assertStringIncludes(header ?? "", "| 8 cores ");
  assertStringIncludes(a ?? "", "| 2.00 (1.00 to 3.00) |");
  assertEquals(b?.includes("2.00 (1.00 to 3.00)"), false);
});

Deno.test("measureRows() measures once what one round says", async () => {
  const log: string[] = [];
  const row = { ...fakeRow("a", "lower", log), once: true };
  const [result] = await measureRows([row], { rounds: 3, seconds: 0 });
  assertEquals(log, ["a ours", "a other"]);
  assertEquals(result?.engine.rounds, [99]);
});

for (
  const [value, text] of [[0.76543, "0.765"], [7.5, "7.50"], [74.26, "74.3"], [999.7, "1,000"], [
    528_123,
    "528,000",
  ]] as const
) {
  Deno.test(`short() of ${value} is ${text}`, () => assertEquals(short(value), text));
}

Deno.test("markdown() shows a peer's column where it was measured and says where it is absent", async () => {
  const results = await measureRows([fakeRow("a", "lower", [])], { rounds: 3, seconds: 0 });
  const text = markdown({ ...report, results });
  const cells = text.split("\n").slice(0, 3).map((line) => line.split("|").map((s) => s.trim()));
  assertEquals(cells[0]?.slice(1, -1), ["work", "unit", "microbeam", "GFLOPS", "other", "ratio"]);
  assertEquals(cells[2]?.slice(1, -1), [
    "a",
    "s",
    "2.00 (1.00 to 4.00)",
    "4.0",
    "10.0 (10.0 to 10.0)",
    "5.00×",
  ]);
  assertEquals(text.includes("other 7.\nthird: not measured (there is no python3)."), true);
});

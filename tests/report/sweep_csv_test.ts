// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Variant } from "../../src/config/sweep.ts";
import { sweepCsv } from "../../src/report/csv.ts";

function variant(
  ...settings: [path: string, value: Variant["settings"][number]["value"]][]
): Variant {
  return {
    label: settings.map(([path, value]) => `${path}=${value}`).join(),
    settings: settings.map(([path, value]) => ({ path, value })),
  };
}

function csv(...lines: string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}

const [one, two] = [variant(["seed", 1]), variant(["seed", 2])];

Deno.test("sweepCsv: the rows of all variants, behind the swept settings", () => {
  const table = sweepCsv([
    { variant: one, csv: csv("cell,k,unique", '"top_k(k=5, x)",5,0.500000', "greedy,,0.1") },
    { variant: two, csv: csv("cell,k,unique", "greedy,,0.250000") },
  ]);
  assertEquals(
    table,
    csv(
      "seed,cell,k,unique",
      '1,"top_k(k=5, x)",5,0.500000',
      "1,greedy,,0.1",
      "2,greedy,,0.250000",
    ),
  );
});

/** Headers of two variants and of the table of both. */
const headers: readonly [what: string, first: string, second: string, both: string][] = [
  ["that only the second has stands where it stands there", "a,b,d", "a,b,c,d", "a,b,c,d"],
  ["that the second has first stands first", "b", "a,b", "a,b"],
  ["that only the first has stays", "a,b,c", "a,c", "a,b,c"],
  ["of two in a row stays behind the other", "a,d", "a,b,c,d", "a,b,c,d"],
];

for (const [what, first, second, both] of headers) {
  Deno.test(`sweepCsv: a column ${what}, and is empty for the other`, () => {
    const row = (header: string) => header.split(",").map((column) => `${column}!`).join();
    const table = sweepCsv([
      { variant: one, csv: csv(first, row(first)) },
      { variant: two, csv: csv(second, row(second)) },
    ]);
    const cells = (header: string) =>
      both.split(",").map((column) => header.split(",").includes(column) ? `${column}!` : "");
    const rows = [`1,${cells(first)}`, `2,${cells(second)}`];
    assertEquals(table, csv(`seed,${both}`, ...rows));
  });
}

Deno.test("sweepCsv: settings keep the values of the config, whatever they are", () => {
  const settings = variant(["engine", "simd"], ["corpus.held_out", 0.1], ["models.draft", null]);
  const table = sweepCsv([{ variant: settings, csv: csv("cell", "greedy") }]);
  assertEquals(table, csv("engine,corpus.held_out,models.draft,cell", "simd,0.1,,greedy"));
});

Deno.test("sweepCsv: a variant without a row adds none", () => {
  const table = sweepCsv([{ variant: one, csv: "\r\n" }, {
    variant: two,
    csv: csv("cell", "greedy"),
  }]);
  assertEquals(table, csv("seed,cell", "2,greedy"));
});

// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { sweepCsv, variantsCsv } from "../../src/report/sweep_csv.ts";

function csv(...lines: string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}

Deno.test("sweepCsv: the rows of all variants, with their variant first", () => {
  const table = sweepCsv([
    {
      variant: "seed=1",
      csv: csv("variant,cell,k,unique_share", ',"top_k(k=5, x)",5,0.500000', ",greedy,,"),
    },
    { variant: "seed=2,a=b", csv: csv("variant,cell,k,unique_share", ",greedy,,0.250000") },
  ]);
  assertEquals(
    table,
    csv(
      "variant,cell,k,unique_share",
      'seed=1,"top_k(k=5, x)",5,0.500000',
      "seed=1,greedy,,",
      '"seed=2,a=b",greedy,,0.250000',
    ),
  );
});

Deno.test("sweepCsv: a variant without a row adds none", () => {
  const [variant, other] = ["seed=1", "seed=2"];
  const table = sweepCsv([
    { variant, csv: csv("variant,cell") },
    { variant: other, csv: csv("variant,cell", ",greedy") },
  ]);
  assertEquals(table, csv("variant,cell", "seed=2,greedy"));
});

Deno.test("sweepCsv: further columns that some variants have are empty in the rows of the others", () => {
  const table = sweepCsv([
    { variant: "a", csv: csv("variant,cell", ",greedy") },
    { variant: "b", csv: csv("variant,cell,bits,bits_low", ",greedy,1,0") },
    { variant: "c", csv: csv("variant,cell") },
  ]);
  assertEquals(table, csv("variant,cell,bits,bits_low", "a,greedy,,", "b,greedy,1,0"));
});

Deno.test("sweepCsv: tables with other columns are refused", () => {
  const tables = ["variant,a", "variant,b"].map((header) => ({ variant: "x", csv: csv(header) }));
  assertThrows(() => sweepCsv(tables), RangeError, "the same columns");
});

Deno.test("variantsCsv: a row for each variant and setting, with the values of the config", () => {
  const table = variantsCsv([
    {
      label: "engine=simd,held_out=0.1",
      settings: [{ path: "engine", value: "simd" }, { path: "corpus.held_out", value: 0.1 }],
    },
    { label: "draft=null", settings: [{ path: "models.draft", value: null }] },
  ]);
  assertEquals(
    table,
    csv(
      "variant,setting,value",
      '"engine=simd,held_out=0.1",engine,simd',
      '"engine=simd,held_out=0.1",corpus.held_out,0.1',
      "draft=null,models.draft,",
    ),
  );
});

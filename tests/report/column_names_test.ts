// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { trainingColumns } from "../../src/report/training_csv.ts";
import { lossColumns } from "../../src/report/losses_csv.ts";
import { modelColumns, positionColumns, resultColumns } from "../../src/report/results_csv.ts";
import { sampleColumns } from "../../src/report/samples_csv.ts";
import { variantColumns } from "../../src/report/sweep_csv.ts";
import { timingColumns } from "../../src/report/timings_csv.ts";

/**
 * Words that are no names of columns, unless in quotes: those that DuckDB 1.5 lists as other than
 * unreserved (`duckdb_keywords()`), and those that PostgreSQL 17, SQLite 3.50, MySQL 8.4 or all
 * versions of the SQL standard since 1992 reserve, as far as they are words that one would name a
 * column by.
 */
const reserved = new Set(
  `all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint
  binary bit boolean both by case cast char character check coalesce collate collation column columns
  concurrently constraint create cross cume_dist current cursor database day dec decimal default
  deferrable delete dense_rank desc describe distinct div do double drop each else empty end escape
  except exists explain extract false fetch first_value float for foreign freeze from full function
  generated glob grant group grouping grouping_id groups having hour if ignore ilike in index initially
  inner inout insert int integer intersect interval into is isnull join key keys kill lag lambda
  last_value lateral lead leading left like limit lines load lock long loop map match minute mod month
  national natural nchar not notnull nth_value ntile null nullif numeric of offset on only option or
  order out outer over overlaps overlay partition percent_rank pivot pivot_longer pivot_wider placing
  position positional precision primary procedure qualify range rank read real recursive references
  release rename repeat replace require returning right row row_number rows schema second select semi
  set setof show signal similar smallint some sql struct substring summarize symmetric system table
  tablesample then time timestamp to trailing treat trigger trim true try_cast union unique unpack unpivot
  unsigned update usage user using values varchar variadic varying verbose when where window with write
  year zone`.split(/\s+/),
);

const files: Readonly<Record<string, readonly string[]>> = {
  "results.csv": resultColumns(),
  "models.csv": modelColumns,
  "positions.csv": positionColumns.map(({ name }) => name),
  "losses.csv": lossColumns.map(({ name }) => name),
  "samples.csv": sampleColumns.map(({ name }) => name),
  "training.csv": trainingColumns.map(({ name }) => name),
  "timings.csv": timingColumns.map(({ name }) => name),
  "variants.csv": variantColumns.map(({ name }) => name),
};

for (const [file, columns] of Object.entries(files)) {
  Deno.test(`${file}: every column has a name of its own, which SQL takes without quotes`, () => {
    assertEquals(columns.filter((column) => reserved.has(column)), []);
    assertEquals(columns.filter((column) => !/^[a-z]\w*$/.test(column)), []);
    assertEquals(columns.length, new Set(columns).size);
  });
}

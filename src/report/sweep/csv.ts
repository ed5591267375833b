// @ts-types="../../declarations/csv.d.ts"
import { parse, stringify } from "@std/csv";
import type { Variant } from "../../config/sweep.ts";

/** A table of one variant's run. */
export interface VariantTable {
  /** Which variant. */
  readonly variant: Variant;
  /** The text of its `results.csv` or `models.csv`. */
  readonly csv: string;
}

/**
 * The same table of all variants as one: the rows of each as they stand there, behind the values of
 * the swept settings. A column that only some have is empty for the others.
 */
export function sweepCsv(tables: readonly VariantTable[]): string {
  const settings = tables[0]?.variant.settings.map(({ path }) => path) ?? [];
  const columns: string[] = [];
  const rows = tables.flatMap(({ variant, csv }) => {
    // A table without rows may have no header either, which is no CSV to the parser.
    const own = csv.trim() === "" ? [] : parse(csv, { skipFirstRow: true });
    addColumns(columns, Object.keys(own[0] ?? {}));
    const values = Object.fromEntries(variant.settings.map(({ path, value }) => [path, value]));
    return own.map((row) => ({ ...values, ...row }));
  });
  return stringify(rows, { columns: [...settings, ...columns] });
}

/** Adds to `columns` those of `header` that it lacks, each after the one that it follows there. */
function addColumns(columns: string[], header: readonly string[]): void {
  header.forEach((column, i) => {
    if (columns.includes(column)) return;
    columns.splice(columns.indexOf(header[i - 1] ?? "") + 1, 0, column);
  });
}

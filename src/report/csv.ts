/**
 * Tables of CSV from rows that are held in memory.
 *
 * @module
 */
// @ts-types="../declarations/csv.d.ts"
import { stringify } from "@std/csv";
import type { RowColumn } from "./csv_columns.ts";

/** The fields of a row by their columns. */
export type CsvRow = Readonly<Record<string, string | number>>;

/** The table of `items` with these columns. */
export function fieldsTable<Item>(
  columns: readonly RowColumn<Item>[],
  items: readonly Item[],
): string {
  return csvTable(
    columns.map(({ name }) => name),
    items.map((item) => Object.fromEntries(columns.map(({ name, of }) => [name, of(item)]))),
  );
}

/** A table; a field that a row lacks is empty. */
export function csvTable(columns: readonly string[], rows: readonly CsvRow[]): string {
  return stringify(rows, { columns });
}

/** A number as files have it: with six decimals. */
export function decimals(value: number): string {
  return value.toFixed(6);
}

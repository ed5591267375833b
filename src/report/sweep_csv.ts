/**
 * The tables of a sweep's folder: the rows of all its variants, and what each variant is.
 *
 * @module
 */
import type { Variant } from "../config/sweep.ts";
import { fieldsTable } from "./csv.ts";
import { csvField } from "./csv_bytes.ts";
import type { RowColumn } from "./csv_columns.ts";

/** The tables that a sweep's folder has of all variants, by their names in a variant's folder. */
export const SWEPT_TABLES: readonly string[] = [
  "results.csv",
  "comparisons.csv",
  "models.csv",
  "positions.csv",
];

/** A table of one variant's run. */
export interface VariantTable {
  /** The variant's label. */
  readonly variant: string;
  /** The table, whose first column, `variant`, is empty, and whose fields have no line ends in them. */
  readonly csv: string;
}

/**
 * The rows of all `tables`, with their variants, below the header that they have in common: some may have
 * further columns, last, which are empty in the rows of the others.
 */
export function sweepCsv(tables: readonly VariantTable[]): string {
  const parts = tables.map(({ variant, csv }) => {
    const [header = "", ...rows] = csv.trimEnd().split(LINE_END);
    return { variant, header, rows };
  });
  const longest = parts.reduce(
    (most, { header }) => header.length > most.length ? header : most,
    "",
  );
  const columns = longest.split(",").length;
  const rows = parts.flatMap(({ variant, header, rows }) => {
    if (header !== longest && !longest.startsWith(`${header},`)) {
      throw new RangeError("Cannot join tables: expected the same columns in all, found others");
    }
    const missing = ",".repeat(columns - header.split(",").length);
    return rows.map((row) => `${csvField(variant)}${row}${missing}`);
  });
  return [...longest === "" ? [] : [longest], ...rows].map((row) => `${row}${LINE_END}`).join("");
}

const LINE_END = "\r\n";

/** One setting of a variant. */
export type VariantRow = Variant["settings"][number] & { readonly variant: string };

/** The columns of `variants.csv`. */
export const variantColumns: readonly RowColumn<VariantRow>[] = [
  {
    name: "variant",
    type: "text",
    unit: "",
    meaning: "the variant, as the other tables and its subfolder name it",
    of: ({ variant }) => variant,
  },
  {
    name: "setting",
    type: "text",
    unit: "",
    meaning: "the path of a setting that the sweep varies, such as `models.target.n_embd`",
    of: ({ path }) => path,
  },
  {
    name: "value",
    type: "text",
    unit: "",
    meaning: "its value in this variant; empty where it is `null`",
    of: ({ value }) => value === null ? "" : String(value),
  },
];

/** `variants.csv`: one row per variant and swept setting. */
export function variantsCsv(variants: readonly Variant[]): string {
  return fieldsTable(
    variantColumns,
    variants.flatMap(({ label, settings }) => settings.map((one) => ({ ...one, variant: label }))),
  );
}

/**
 * The columns of CSV files: each says what it is and gives its field of a row.
 *
 * @module
 */

/** A column of a file that is no measure. */
export interface FileColumn {
  /** Its header. */
  readonly name: string;
  /** The type of its fields. */
  readonly type: "text" | "whole number" | "number";
  /** Its unit, or the things that it counts; empty for text. */
  readonly unit: string;
  /** Its meaning. */
  readonly meaning: string;
}

/** A column whose field is computed from a row. */
export interface RowColumn<Item> extends FileColumn {
  /** Its field in a row. */
  readonly of: (row: Item) => string | number;
}

/** A column of a file that may have millions of rows, whose fields are written as bytes. */
export interface ByteColumn<Item> extends FileColumn {
  /** Its field in a row; a text may be in UTF-8. */
  readonly of: (row: Item) => string | number | Uint8Array;
  /** The digits of numbers after the point; as many as they have if left out. */
  readonly decimals?: number;
}

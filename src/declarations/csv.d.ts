// Types for the part of @std/csv that is used: the npm build ships none.

/** Options of {@linkcode stringify}. */
export interface StringifyOptions {
  /** The header row, and the properties read from each record. */
  columns: readonly string[];
  /** Whether the header row is written; default `true`. */
  headers?: boolean;
}
/** Writes records as RFC 4180 CSV, with `\r\n` line ends. */
export declare function stringify(
  data: readonly Readonly<Record<string, unknown>>[],
  options: StringifyOptions,
): string;
/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** Takes the first row as the names of the columns. */
  skipFirstRow: true;
}
/** Reads RFC 4180 CSV into one record a row. */
export declare function parse(text: string, options: ParseOptions): Record<string, string>[];
/** Reads RFC 4180 CSV into one list a row, the first row among them. */
export declare function parse(text: string): string[][];

/**
 * CSV files that are small enough to be in memory as a whole.
 *
 * @module
 */
// @ts-types="../declarations/csv.d.ts"
import { parse } from "@std/csv";
import { messageOf } from "../text/message_of.ts";
import { shown } from "../text/suggestions.ts";
import { DiffError } from "./run_files.ts";

/** One row of a CSV file. */
export interface CsvRow {
  /** The line of the file that it begins on, from 1. */
  readonly line: number;
  /** The value in a column; empty if there is no such column. */
  readonly value: (column: string) => string;
}

/** A CSV file. */
export interface CsvTable {
  /** The file, for messages: `results.csv of outputs/a`. */
  readonly file: string;
  /** The names in its first line, all different. */
  readonly columns: readonly string[];
  /** The rows, in order. */
  readonly rows: readonly CsvRow[];
}

/**
 * Parses RFC 4180 CSV; an empty file gives an empty table. `file` is for messages.
 *
 * @throws {DiffError} If it is damaged, with the line.
 */
export function parseTable(file: string, text: string): CsvTable {
  const fail = (line: number, message: string): DiffError =>
    new DiffError(`cannot use ${file}: line ${line}: ${message}`);
  const [columns = [], ...records] = recordsOf(file, text);
  const positions = new Map(columns.map((column, position) => [column, position]));
  const twice = columns.find((column, position) => positions.get(column) !== position);
  if (twice !== undefined) {
    throw fail(1, `expected each column once, found ${shown(twice)} again`);
  }
  let line = 2;
  const rows = records.map((record): CsvRow => {
    if (record.length !== columns.length) {
      throw fail(line, `expected ${columns.length} values, found ${record.length}`);
    }
    const row = { line, value: (column: string) => record[positions.get(column) ?? -1] ?? "" };
    line += 1 + linesWithin(record);
    return row;
  });
  return { file, columns, rows };
}

function recordsOf(file: string, text: string): string[][] {
  try {
    return parse(text);
  } catch (error) {
    const { line, message } = placeOf(error);
    throw new DiffError(`cannot use ${file}: ${line}expected CSV, found ${message}`);
  }
}

/** The line of a parser's error, for a message, and its reason. */
function placeOf(error: unknown): { readonly line: string; readonly message: string } {
  const text = messageOf(error);
  const [, line, message] = /^Syntax error on line (\d+);.*?: (.*)$/s.exec(text) ?? [];
  return line === undefined || message === undefined
    ? { line: "", message: text }
    : { line: `line ${line}: `, message };
}

/** The number of line ends in the values of a record. */
function linesWithin(record: readonly string[]): number {
  return record.reduce((sum, value) => sum + value.split("\n").length - 1, 0);
}

/**
 * Reads CSV (RFC 4180) that may be too large for the memory, part by part; quick, since samples come by
 * the million.
 *
 * @module
 */
import type { Bytes } from "../runs/run_folder.ts";
import { shown } from "../text/suggestions.ts";
import { DiffError } from "./run_files.ts";

/** A large CSV file. */
export interface CsvSource {
  /** The file, for messages: `samples.csv of outputs/a`. */
  readonly file: string;
  /** Its bytes, UTF-8, part by part. */
  readonly parts: Bytes;
}

/** A row whose first field is wanted. */
export interface LongRow {
  /** The line of the file that it begins on, from 1. */
  readonly line: number;
  /** Its fields, one for each column. */
  readonly fields: readonly string[];
}

/**
 * Some rows at a time: the first row of the file, which names the columns, and those whose first field
 * is `wanted`.
 *
 * @throws {DiffError} If the file is damaged, with the line; of rows that are not wanted only their ends
 * are looked for.
 */
export async function* csvRows(
  { file, parts }: CsvSource,
  wanted: (first: string) => boolean,
): AsyncGenerator<readonly LongRow[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const rows = new RowReader(file, wanted);
  const textOf = (part?: Uint8Array): string => {
    try {
      return part === undefined ? decoder.decode() : decoder.decode(part, { stream: true });
    } catch {
      throw rows.failure("expected UTF-8 text, found other bytes");
    }
  };
  for await (const part of parts) yield rows.read(textOf(part));
  yield rows.end(textOf());
}

/** Splits text that comes in parts into rows. */
class RowReader {
  readonly #file: string;
  readonly #wanted: (first: string) => boolean;
  /** Text of a row whose end has not come yet, and what follows it. */
  #text = "";
  /** The next quote in it; −1 if there is none. */
  #quote = -1;
  #line = 1;
  #columns: number | undefined;
  #isLast = false;

  constructor(file: string, wanted: (first: string) => boolean) {
    this.#file = file;
    this.#wanted = wanted;
  }

  /** The rows that end in `text`, which continues what came before. */
  read(text: string): LongRow[] {
    this.#text += text;
    this.#quote = this.#text.indexOf('"');
    const rows: LongRow[] = [];
    let at = 0;
    while (at < this.#text.length) {
      const end = this.#endOfRow(at);
      if (end === undefined) break;
      const line = this.#line;
      const row = this.#row(at, end);
      if (row !== undefined) rows.push({ line, fields: row });
      at = end + 1;
    }
    this.#text = this.#text.slice(at);
    return rows;
  }

  /** The last row, where no line end follows it. */
  end(text: string): LongRow[] {
    this.#isLast = true;
    return this.read(text);
  }

  /** The error of the row that comes next. */
  failure(message: string): DiffError {
    return new DiffError(`cannot use ${this.#file}: line ${this.#line}: ${message}`);
  }

  /** Where the line end of the row that begins `at` is; `undefined` if it has not come yet. */
  #endOfRow(at: number): number | undefined {
    const text = this.#text;
    let end = text.indexOf("\n", at);
    for (;;) {
      const opening = this.#quoteFrom(at);
      if (opening < 0 || end >= 0 && end < opening) break;
      const closing = text.indexOf('"', opening + 1);
      if (closing < 0) {
        if (this.#isLast) throw this.failure('expected CSV, found a quote " that nothing closes');
        return undefined;
      }
      at = closing + 1;
      // Within quotes a line end is a character.
      if (end < closing) end = text.indexOf("\n", closing);
    }
    return end >= 0 ? end : this.#isLast ? text.length : undefined;
  }

  /** The first quote from `at` on; it is looked for once, however many rows come before it. */
  #quoteFrom(at: number): number {
    if (this.#quote >= 0 && this.#quote < at) this.#quote = this.#text.indexOf('"', at);
    return this.#quote;
  }

  /** The fields of the row from `at` to `end`, if it is wanted. */
  #row(at: number, end: number): string[] | undefined {
    const fields: string[] = [];
    const last = this.#text[end - 1] === "\r" && end < this.#text.length ? end - 1 : end;
    let next = at - 1;
    let lines = 1;
    while (next < last) {
      const from = next + 1;
      next = this.#endOfField(from, last);
      const field = this.#field(from, next);
      fields.push(field);
      if (fields.length === 1 && this.#columns !== undefined && !this.#wanted(field)) {
        this.#line += 1 + linesWithin(this.#text.slice(at, last));
        return undefined;
      }
      if (field.length > 0 && field.includes("\n")) lines += linesWithin(field);
    }
    this.#columns ??= fields.length;
    if (fields.length !== this.#columns) {
      throw this.failure(`expected ${this.#columns} values, found ${fields.length}`);
    }
    this.#line += lines;
    return fields;
  }

  /** Where the comma after the field is, or the end of the row. */
  #endOfField(from: number, last: number): number {
    const text = this.#text;
    let at = from;
    if (text[from] === '"') {
      at = text.indexOf('"', from + 1);
      while (text[at + 1] === '"') at = text.indexOf('"', at + 2);
    }
    const comma = text.indexOf(",", at);
    return comma < 0 || comma > last ? last : comma;
  }

  #field(from: number, to: number): string {
    const field = this.#text.slice(from, to);
    if (!field.includes('"')) return field;
    const inner = field.slice(1, -1);
    const isQuoted = field.length > 1 && field.startsWith('"') && field.endsWith('"');
    if (isQuoted && !inner.includes('"')) return inner;
    const plain = inner.replaceAll('""', "");
    if (isQuoted && !plain.includes('"')) return inner.replaceAll('""', '"');
    throw this.failure(`expected CSV, found a stray quote in ${shown(field)}`);
  }
}

function linesWithin(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

import { shownBytes } from "../text/bytes.ts";
import type { ByteColumn } from "./csv_columns.ts";

/** Bytes that one piece has room for at first: enough for a write to be worth it. */
const ROOM = 2 ** 18;
/** Bytes that a number takes at most beside the decimals asked for, with the comma before it. */
const NUMBER_BYTES = 32;
/** The most UTF-8 bytes of a code unit. */
const UNIT_BYTES = 3;
/** Signs in ASCII; none below CR but tabs and line ends is common in texts. */
const [LF, CR, QUOTE, COMMA, MINUS, POINT, ZERO] = [10, 13, 34, 44, 45, 46, 48];
/** Numbers below so many units of their last decimal are rounded here: such products are exact to 2⁻¹³. */
const MOST_UNITS = 2 ** 40;
/** Powers of ten by their exponents: numbers with more decimals are not rounded here. */
const POWERS: readonly number[] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/** The largest integer of 32 bits. */
const MOST_FAST = 2 ** 31 - 1;
/** Nearer than that to a half, the product may be on its other side. */
const DOUBT = 2 ** -10;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Rows of CSV (RFC 4180) as UTF-8. Texts with a comma, a quote or a line's end are quoted, a CR by
 * itself too, which pandas takes for one. Millions of rows as strings would take several times as
 * long, most of it for collecting garbage.
 */
export class CsvBytes {
  #bytes = new Uint8Array(ROOM);
  #length = 0;
  #isFirst = true;
  /** The last text that was not written unit by unit, and what was written for it. */
  #quotedText = "";
  #quoted: Uint8Array = new Uint8Array();

  /** Adds the row of `item`: a field for each of `columns`. */
  row<Item>(columns: readonly ByteColumn<Item>[], item: Item): void {
    for (const { of, decimals } of columns) this.field(of(item), decimals);
    this.endRow();
  }

  /** Adds a field to the row: a text, which may be in UTF-8, or a number, with so many decimals if given. */
  field(value: string | number | Uint8Array, decimals?: number): void {
    const varying = typeof value === "number" ? decimals ?? 0 : UNIT_BYTES * value.length;
    this.#makeRoom(NUMBER_BYTES + varying);
    if (!this.#isFirst) this.#bytes[this.#length++] = COMMA;
    this.#isFirst = false;
    if (typeof value === "string") this.#text(value);
    else if (typeof value !== "number") this.#utf8(value);
    else if (decimals !== undefined) this.#fixed(value, decimals);
    else if (Number.isSafeInteger(value) && value >= 0) this.#whole(value);
    else this.#text(`${value}`);
  }

  /** Ends the row. */
  endRow(): void {
    this.#makeRoom(2);
    this.#bytes[this.#length++] = CR;
    this.#bytes[this.#length++] = LF;
    this.#isFirst = true;
  }

  /** Whether there is enough for a piece. */
  get isFull(): boolean {
    return this.#length >= ROOM / 2;
  }

  /** All that was added since the last piece. */
  take(): Uint8Array {
    const piece = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return piece;
  }

  #whole(value: number): void {
    let digits = 1;
    for (let more = 10; more <= value; more *= 10) digits++;
    this.#digits(value, digits);
  }

  /** The last `digits` digits of a whole number, which may begin with zeros. */
  #digits(value: number, digits: number): void {
    const bytes = this.#bytes;
    const start = this.#length;
    let at = start + digits - 1;
    let rest = value;
    // Integers of 32 bits are divided several times as fast as others.
    while (rest > MOST_FAST) {
      const tenth = Math.floor(rest / 10);
      bytes[at--] = ZERO + (rest - 10 * tenth);
      rest = tenth;
    }
    for (let fast = rest | 0; at >= start; at--) {
      const tenth = fast / 10 | 0;
      bytes[at] = ZERO + (fast - 10 * tenth);
      fast = tenth;
    }
    this.#length = start + digits;
  }

  /** As `toFixed` writes it, which takes several times as long. */
  #fixed(value: number, decimals: number): void {
    const one = POWERS[decimals] ?? Infinity;
    const units = Math.abs(value) * one;
    const rounded = Math.round(units);
    const isSure = units < MOST_UNITS && Math.abs(Math.abs(units - rounded) - 0.5) > DOUBT;
    if (!isSure || value === 0) return this.#text(value.toFixed(decimals));
    if (value < 0) this.#bytes[this.#length++] = MINUS;
    const whole = Math.floor(rounded / one);
    this.#whole(whole);
    if (decimals === 0) return;
    this.#bytes[this.#length++] = POINT;
    this.#digits(rounded - whole * one, decimals);
  }

  #text(text: string): void {
    const bytes = this.#bytes;
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 128 || isSpecial(unit)) return this.#anyText(text);
      bytes[start + i] = unit;
    }
    this.#length = start + text.length;
  }

  #utf8(text: Uint8Array): void {
    const bytes = this.#bytes;
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const byte = text[i] as number;
      if (isSpecial(byte)) return this.#anyText(decoder.decode(text));
      bytes[start + i] = byte;
    }
    this.#length = start + text.length;
  }

  #anyText(text: string): void {
    // The same name stands in many rows, one after another.
    if (text !== this.#quotedText) {
      this.#quotedText = text;
      this.#quoted = encoder.encode(csvField(text));
    }
    this.#makeRoom(this.#quoted.length);
    this.#bytes.set(this.#quoted, this.#length);
    this.#length += this.#quoted.length;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * needed);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Whether a text with that unit, of ASCII or of UTF-8, may need quotes. */
function isSpecial(unit: number): boolean {
  return unit <= CR || unit === QUOTE || unit === COMMA;
}

/** A text as a field of CSV, in quotes where it needs them; `\xE2` for a byte that is no UTF-8. */
export function csvField(text: string): string {
  const field = shownBytes(text);
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

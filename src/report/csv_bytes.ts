import { shownBytes } from "../text/bytes.ts";

/** Bytes that one piece has room for at first: enough for a write to be worth it. */
const ROOM = 2 ** 18;
/** Bytes that each number and each sign takes at most. */
const NUMBER_BYTES = 32;
/** The most UTF-8 bytes of a code unit. */
const UNIT_BYTES = 3;
/** Signs in ASCII; none below CR but tabs and line ends is common in texts. */
const [LF, CR, QUOTE, COMMA, ZERO] = [10, 13, 34, 44, 48];

const encoder = new TextEncoder();

/**
 * Rows of CSV (RFC 4180) as UTF-8. Texts with a comma, a quote or a line's end are quoted, a CR by
 * itself too, which pandas takes for one. Millions of rows as strings would take several times as
 * long, most of it for collecting garbage.
 */
export class CsvBytes {
  #bytes = new Uint8Array(ROOM);
  #length = 0;
  #isFirst = true;

  /** Adds a field to the row. */
  field(value: string | number): void {
    this.#makeRoom(NUMBER_BYTES + (typeof value === "string" ? UNIT_BYTES * value.length : 0));
    if (!this.#isFirst) this.#bytes[this.#length++] = COMMA;
    this.#isFirst = false;
    if (typeof value === "string") this.#text(value);
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
    let unit = 1;
    while (10 * unit <= value) unit *= 10;
    for (; unit >= 1; unit /= 10) {
      this.#bytes[this.#length++] = ZERO + Math.floor(value / unit) % 10;
    }
  }

  #text(text: string): void {
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 128 || unit <= CR || unit === QUOTE || unit === COMMA) {
        this.#length = start;
        return this.#anyText(text);
      }
      this.#bytes[this.#length++] = unit;
    }
  }

  #anyText(text: string): void {
    const quoted = csvField(text);
    this.#makeRoom(UNIT_BYTES * quoted.length);
    this.#length += encoder.encodeInto(quoted, this.#bytes.subarray(this.#length)).written;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * needed);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** A text as a field of CSV, in quotes where it needs them; `\xE2` for a byte that is no UTF-8. */
export function csvField(text: string): string {
  const field = shownBytes(text);
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

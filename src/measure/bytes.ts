/**
 * Bytes that counts and numbers are written to and read from again.
 *
 * @module
 */

/** Bytes in a piece: pieces are joined once, at the end, instead of copying all whenever there are more. */
const PIECE = 2 ** 16;

/** Bytes that grow at their end. */
export class ByteWriter {
  readonly #full: Uint8Array[] = [];
  #bytes = new Uint8Array(PIECE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Bytes in full pieces. */
  #before = 0;

  /** How many bytes there are so far. */
  get length(): number {
    return this.#before + this.#length;
  }

  /** Appends a count, at least 0: seven bits to a byte, the lowest first, a high bit where more follow. */
  whole(value: number): void {
    if (!(Number.isSafeInteger(value) && value >= 0)) {
      throw new RangeError(`Cannot write a count: expected a safe integer from 0, found ${value}`);
    }
    if (PIECE - this.#length < 8) this.#startPiece();
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = 128 | rest % 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Appends a number as it is: eight bytes, little-endian. */
  real(value: number): void {
    if (PIECE - this.#length < 8) this.#startPiece();
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Appends `bytes`, which must not change any more. */
  raw(bytes: Uint8Array): void {
    this.#startPiece();
    this.#full.push(bytes);
    this.#before += bytes.length;
  }

  /** All bytes so far, piece by piece. */
  pieces(): readonly Uint8Array[] {
    return [...this.#full, this.#bytes.subarray(0, this.#length)];
  }

  #startPiece(): void {
    this.#full.push(this.#bytes.subarray(0, this.#length));
    this.#before += this.#length;
    this.#bytes = new Uint8Array(PIECE);
    this.#view = new DataView(this.#bytes.buffer);
    this.#length = 0;
  }
}

/** Reads what a `ByteWriter` wrote; throws a {@linkcode RangeError} for what it cannot have written. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** Reads `bytes` from their beginning. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the next byte is. */
  get at(): number {
    return this.#at;
  }

  /** Goes to a place where it has been. */
  goTo(at: number): void {
    this.#at = at;
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A count. */
  whole(): number {
    // Nearly all are of one byte.
    const first = this.#bytes[this.#at];
    if (first === undefined || first >= 128) return this.#longWhole();
    this.#at++;
    return first;
  }

  #longWhole(): number {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      if (this.#at === this.#bytes.length) throw this.#cutOff();
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128 && value <= Number.MAX_SAFE_INTEGER) return value;
    }
    throw new RangeError("expected a count, found a larger number");
  }

  /** A count of items of at least `size` bytes each, all of which must follow. */
  count(size: number): number {
    const count = this.whole();
    if (count * size > this.left) throw this.#cutOff();
    return count;
  }

  /** A count below `end`: an index into a list of that length. */
  index(end: number): number {
    const index = this.whole();
    if (index >= end) throw new RangeError(`expected a place below ${end}, found ${index}`);
    return index;
  }

  /** A number. */
  real(): number {
    if (this.left < 8) throw this.#cutOff();
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  /** A view of the next `length` bytes. */
  raw(length: number): Uint8Array {
    if (this.left < length) throw this.#cutOff();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #cutOff(): RangeError {
    return new RangeError(`expected more than there is in ${this.#bytes.length} bytes`);
  }
}

/** Bytes in a piece: all are put together once, at the end, and not again whenever there are more. */
const PIECE = 2 ** 16;

/** Bytes that numbers are put to the end of. */
export class ByteWriter {
  readonly #full: Uint8Array[] = [];
  #bytes = new Uint8Array(PIECE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Puts a count, at least 0: seven bits to a byte, the lowest first, a high bit where more follow. */
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

  /** Puts a number as it is: eight bytes, little-endian. */
  real(value: number): void {
    if (PIECE - this.#length < 8) this.#startPiece();
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Puts `bytes`, which must not change any more. */
  raw(bytes: Uint8Array): void {
    this.#startPiece();
    this.#full.push(bytes);
  }

  /** All bytes so far, piece by piece. */
  pieces(): readonly Uint8Array[] {
    return [...this.#full, this.#bytes.subarray(0, this.#length)];
  }

  #startPiece(): void {
    this.#full.push(this.#bytes.subarray(0, this.#length));
    this.#bytes = new Uint8Array(PIECE);
    this.#view = new DataView(this.#bytes.buffer);
    this.#length = 0;
  }
}

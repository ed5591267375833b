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

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A count. */
  whole(): number {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      if (this.#at === this.#bytes.length) throw this.#cutOff();
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128 && value <= Number.MAX_SAFE_INTEGER) return value;
    }
    throw new RangeError("expected a count, found a larger number");
  }

  /** A count of things of at least `size` bytes each, which must be there. */
  count(size: number): number {
    const count = this.whole();
    if (count * size > this.left) throw this.#cutOff();
    return count;
  }

  /** A count below `end`: where something stands in a list of so many. */
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

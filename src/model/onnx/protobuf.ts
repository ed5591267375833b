/**
 * Writing messages of Protocol Buffers: fields with their numbers, varints, and what has a length. The
 * encoding is that of protobuf.dev/programming-guides/encoding.
 *
 * @module
 */

/** The two kinds of fields that are written: a number, or bytes after their length. */
const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

/** A message that is being written, in parts that are joined at the end. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  /** Adds an integer from 0 to 2^53. */
  integer(field: number, value: number): this {
    return this.#add(varint(field * 8 + VARINT)).#add(varint(value));
  }

  /** Adds a number in f32. */
  float(field: number, value: number): this {
    return this.#add(varint(field * 8 + FIXED32)).#add(
      new Uint8Array(new Float32Array([value]).buffer),
    );
  }

  /** Adds a text. */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** Adds bytes, which must not change any more. */
  bytes(field: number, value: Uint8Array): this {
    return this.#add(varint(field * 8 + LENGTH)).#add(varint(value.length)).#add(value);
  }

  /** Adds a message. */
  message(field: number, value: Message): this {
    this.#add(varint(field * 8 + LENGTH)).#add(varint(value.#size));
    for (const part of value.#parts) this.#add(part);
    return this;
  }

  /** The bytes of the message. */
  encoded(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #add(part: Uint8Array): this {
    this.#parts.push(part);
    this.#size += part.length;
    return this;
  }
}

/** Seven bits a byte, the lowest first; all bytes but the last have the highest bit. */
function varint(value: number): Uint8Array {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError(`Cannot write ${value} as an integer of Protocol Buffers`);
  }
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push(rest % 128 + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

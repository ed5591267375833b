import type { RandomStream } from "./random_stream.ts";

// A path is folded into the 128-bit id in blocks of 64 bits, in an encoding in which no element is
// the beginning of another: a number is one block; a string is one block that holds its length, then
// its UTF-8 bytes, eight to a block. The tags stand above the 22 bits that a safe integer takes of
// the block's upper word.
const NUMBER_TAG = 1 << 22;
const STRING_TAG = 2 << 22;
const UPPER_MASK = (1 << 22) - 1;
const TWO_32 = 2 ** 32;

const utf8 = new TextEncoder();
// Scratch, filled before it is read within one call: nothing is allocated per draw or per fold.
const block = new Int32Array(4);
const folded = new Int32Array(4);

/** Davies–Meyer: `folded` is encrypted under the 64-bit block as key, and added to the result. */
function fold(lower: number, upper: number): void {
  const id0 = folded[0] as number;
  const id1 = folded[1] as number;
  const id2 = folded[2] as number;
  const id3 = folded[3] as number;
  philox4x32(id0, id1, id2, id3, lower, upper, block);
  folded[0] = id0 ^ (block[0] as number);
  folded[1] = id1 ^ (block[1] as number);
  folded[2] = id2 ^ (block[2] as number);
  folded[3] = id3 ^ (block[3] as number);
}

function foldNumber(value: number): void {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`Cannot derive a random stream: expected a safe integer, got '${value}'`);
  }
  fold(value | 0, (Math.floor(value / TWO_32) & UPPER_MASK) | NUMBER_TAG);
}

function foldString(value: string): void {
  // Lone surrogates would all become the same replacement character.
  if (!value.isWellFormed()) {
    throw new RangeError(
      `Cannot derive a random stream: expected well-formed text, got '${value}'`,
    );
  }
  const bytes = utf8.encode(value);
  fold(bytes.length, STRING_TAG);
  const word = (from: number): number =>
    (bytes[from] ?? 0) | (bytes[from + 1] ?? 0) << 8 | (bytes[from + 2] ?? 0) << 16 |
    (bytes[from + 3] ?? 0) << 24;
  for (let i = 0; i < bytes.length; i += 8) fold(word(i), word(i + 4));
}

/** A double in [0, 1) from 53 of the 64 bits of two words. */
function unitInterval(a: number, b: number): number {
  return ((a >>> 5) * 67108864 + (b >>> 6)) / 9007199254740992;
}

/**
 * A random stream that is a name and a position, so that a stream costs almost nothing to make and
 * any two paths give independent numbers.
 *
 * The name is a 128-bit id, folded from the seed and the path. Block `i` of the stream is Philox
 * with the id's lower half as key and the counter `[i, upper half]`; it gives two numbers.
 */
export class CounterStream implements RandomStream {
  readonly #id0: number;
  readonly #id1: number;
  readonly #id2: number;
  readonly #id3: number;
  #nextBlock = 0;
  /** The second number of the last block, or −1 if it has been given out. */
  #second = -1;

  /** Takes the id from `folded`: the two static ways in are the only callers. */
  private constructor() {
    this.#id0 = folded[0] as number;
    this.#id1 = folded[1] as number;
    this.#id2 = folded[2] as number;
    this.#id3 = folded[3] as number;
  }

  /**
   * The root stream of a seed.
   *
   * @throws {RangeError} If the seed is not a safe integer.
   */
  static fromSeed(seed: number): CounterStream {
    folded.fill(0);
    foldNumber(seed);
    return new CounterStream();
  }

  /**
   * The stream at `path` below this one; see {@linkcode RandomStream.child}. The number 12 and the
   * text "12" are different elements.
   *
   * @throws {RangeError} If a number is not a safe integer, or a text holds a lone surrogate.
   */
  child(...path: (string | number)[]): CounterStream {
    folded[0] = this.#id0;
    folded[1] = this.#id1;
    folded[2] = this.#id2;
    folded[3] = this.#id3;
    for (let i = 0; i < path.length; i++) {
      const element = path[i];
      if (typeof element === "number") foldNumber(element);
      else if (element !== undefined) foldString(element);
    }
    return new CounterStream();
  }

  /** The next uniform number in [0, 1): a multiple of 2⁻⁵³. */
  next(): number {
    const second = this.#second;
    if (second >= 0) {
      this.#second = -1;
      return second;
    }
    const i = this.#nextBlock++;
    philox4x32(i | 0, (i / TWO_32) | 0, this.#id2, this.#id3, this.#id0, this.#id1, block);
    this.#second = unitInterval(block[2] as number, block[3] as number);
    return unitInterval(block[0] as number, block[1] as number);
  }

  /** The 128-bit id as an integer: a seed for a generator of another kind, as `PythonRandom`. */
  seedBits(): bigint {
    return [this.#id3, this.#id2, this.#id1, this.#id0]
      .reduce((bits, word) => (bits << 32n) | BigInt(word >>> 0), 0n);
  }
}

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
/** The golden ratio and √3 − 1 in 32 bits: what the key grows by in every round. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of the 64-bit product of two unsigned words, as a signed int32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Each sum stays below 2^32, so the unsigned reading of its low 32 bits is the sum itself.
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const cross = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (cross >>> 16)) | 0;
}

/**
 * The Philox4x32-10 block function: a counter and a key give four random words (J. Salmon, M. Moraes,
 * R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11; checked against the known
 * answers published with their Random123 library).
 *
 * Writes the four words for a 128-bit counter and a 64-bit key (least significant word first) into
 * `out`. Words may be given as signed or unsigned 32-bit integers.
 */
export function philox4x32(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array | Int32Array,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c2 = high0 ^ c3 ^ k1;
    c1 = low1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * The samples of a cell as bytes, exactly:
 *
 * | bytes | hold                                                                             |
 * |-------|----------------------------------------------------------------------------------|
 * | 8     | the format's name                                                                |
 * | 1     | its version                                                                      |
 * | …     | the different prompts and continuations: how long each is, and all in UTF-8      |
 * | …     | the different results, those that are `others` of one before it                  |
 * | …     | for each sample: its numbers, and which of the texts and results it has          |
 * | 32    | SHA-256 of all before                                                            |
 *
 * @module
 */
import { Sha256 } from "../files/sha256.ts";
import type { DecodeResult } from "../decode/strategy.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { putResult, RESULT_BYTES, resultIn } from "./result_bytes.ts";
import { type Sample, type Samples, sum } from "./sample.ts";

/** Bytes are not samples: damaged, cut off, or of something else. */
export class SampleBytesError extends Error {
  /** The name of the class. */
  override readonly name = "SampleBytesError";
}

const FORMAT = new TextEncoder().encode("mbtrace\n");
const VERSION = 1;
const DIGEST_BYTES = 32;
/** The fewest bytes that a sample takes. */
const SAMPLE_BYTES = 5;

/**
 * The bytes of `samples`, which need not be in memory at once. A result that several of them share, or
 * that is one of another's `others`, is written once where they are not some thousands apart.
 *
 * @throws {RangeError} If a count is no safe integer from 0, or a text has a lone surrogate.
 */
export function encodeSamples(samples: Iterable<Sample>): Uint8Array<ArrayBuffer> {
  const texts = new Map<string, number>();
  const numbers = new RecentMap<DecodeResult, number>();
  const results = new ByteWriter();
  const rows = new ByteWriter();
  let resultCount = 0;
  let count = 0;
  /** The number of `result`: its others come before it, so that they are known when it is read. */
  const numberOf = (result: DecodeResult): number => {
    const known = numbers.get(result);
    if (known !== undefined) return known;
    const others = result.others?.map(numberOf);
    putResult(results, result, others);
    numbers.set(result, resultCount);
    return resultCount++;
  };
  const textNumber = (text: string): number => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, texts.size);
    return texts.size - 1;
  };
  for (const { prompt, draw, number, continuation, result } of samples) {
    rows.whole(draw);
    rows.whole(number);
    rows.whole(textNumber(prompt));
    rows.whole(textNumber(continuation));
    rows.whole(numberOf(result));
    count++;
  }
  const bytes = new ByteWriter();
  bytes.raw(FORMAT);
  bytes.whole(VERSION);
  putTexts(bytes, texts);
  bytes.whole(resultCount);
  for (const piece of results.pieces()) bytes.raw(piece);
  bytes.whole(count);
  for (const piece of rows.pieces()) bytes.raw(piece);
  bytes.raw(digest(bytes.pieces()));
  return joined(bytes.pieces());
}

/**
 * The samples that {@linkcode encodeSamples} wrote as `bytes`, all of which have been read once. Throws
 * a {@linkcode SampleBytesError} for any other bytes.
 */
export function decodeSamples(bytes: Uint8Array): EncodedSamples {
  if (!equal(bytes.subarray(0, FORMAT.length), FORMAT)) {
    throw refused("expected the format mbtrace, found another");
  }
  const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  if (!equal(digest([body]), bytes.subarray(body.length))) {
    throw refused(
      "expected the checksum of what is there, found another: it is damaged or cut off",
    );
  }
  try {
    return new EncodedSamples(bytes);
  } catch (error) {
    // Anyone can write nonsense with a right checksum.
    if (error instanceof RangeError || error instanceof TypeError) throw refused(error.message);
    throw error;
  }
}

/**
 * Samples as bytes, of which each is made when it is its turn: millions of them as objects would take
 * gigabytes. Those that shared a result share it again, as far as they are not some thousands apart.
 */
export class EncodedSamples implements Samples {
  /** How many there are. */
  readonly length: number;
  /** How many different results they have. */
  readonly results: number;
  /** The bytes. */
  readonly bytes: Uint8Array;
  readonly #body: Uint8Array;
  readonly #texts: EncodedTexts;
  /** `[results]` where each begins in the body. */
  readonly #places: Float64Array;
  readonly #rows: number;

  /** Of what `encodeSamples` gives; throws a `RangeError` or a `TypeError` for what it cannot give. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#body = bytes.subarray(
      FORMAT.length,
      Math.max(FORMAT.length, bytes.length - DIGEST_BYTES),
    );
    const reader = new ByteReader(this.#body);
    const version = reader.whole();
    if (version !== VERSION) {
      throw new RangeError(`expected version ${VERSION}, found ${version}`);
    }
    this.#texts = new EncodedTexts(reader);
    this.results = reader.count(RESULT_BYTES);
    this.#places = new Float64Array(this.results);
    for (let i = 0; i < this.results; i++) {
      this.#places[i] = reader.at;
      resultIn(reader, i);
    }
    this.length = reader.count(SAMPLE_BYTES);
    this.#rows = reader.at;
    for (let left = this.length; left > 0; left--) rowIn(reader, this.#texts.length, this.results);
    if (reader.left > 0) throw new RangeError(`expected no more, found ${reader.left} bytes`);
  }

  /** The samples, in order. */
  *[Symbol.iterator](): Generator<Sample> {
    const rows = new ByteReader(this.#body);
    const reader = new ByteReader(this.#body);
    const recent = new RecentMap<number, DecodeResult>();
    const resultAt = (number: number): DecodeResult => {
      const known = recent.get(number);
      if (known !== undefined) return known;
      reader.goTo(this.#places[number] as number);
      const { result, others } = resultIn(reader, number);
      const whole = others === undefined ? result : { ...result, others: others.map(resultAt) };
      recent.set(number, whole);
      return whole;
    };
    rows.goTo(this.#rows);
    for (let left = this.length; left > 0; left--) {
      const { draw, number, prompt, continuation, result } = rowIn(
        rows,
        this.#texts.length,
        this.results,
      );
      yield {
        prompt: this.#texts.at(prompt),
        draw,
        number,
        continuation: this.#texts.at(continuation),
        result: resultAt(result),
      };
    }
  }
}

/** The numbers of a sample: its own, and which texts and result it has. */
function rowIn(bytes: ByteReader, texts: number, results: number) {
  return {
    draw: bytes.whole(),
    number: bytes.whole(),
    prompt: bytes.index(texts),
    continuation: bytes.index(texts),
    result: bytes.index(results),
  };
}

/** Entries that a {@linkcode RecentMap} keeps at least. */
const RECENT = 4096;

/** A map that forgets what was neither set nor got lately. */
class RecentMap<Key, Value> {
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size === RECENT) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}

function putTexts(bytes: ByteWriter, texts: ReadonlyMap<string, number>): void {
  bytes.whole(texts.size);
  for (const text of texts.keys()) {
    if (!text.isWellFormed()) {
      throw new RangeError("Cannot write a text: expected no lone surrogate, found one");
    }
    bytes.whole(text.length);
  }
  const encoded = new TextEncoder().encode([...texts.keys()].join(""));
  bytes.whole(encoded.length);
  bytes.raw(encoded);
}

/** The different texts of samples: one string, of which each is a part. */
class EncodedTexts {
  readonly #all: string;
  /** Where each ends. */
  readonly #ends: Uint32Array;

  /** The next ones of `bytes`. */
  constructor(bytes: ByteReader) {
    this.#ends = new Uint32Array(bytes.count(1));
    let end = 0;
    for (let i = 0; i < this.#ends.length; i++) this.#ends[i] = end += bytes.whole();
    const encoded = bytes.raw(bytes.whole());
    // A decoder for each would take as long as all the rest.
    this.#all = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoded);
    if (end !== this.#all.length) {
      throw new RangeError(`expected texts of ${end} characters in all, found ${this.#all.length}`);
    }
  }

  get length(): number {
    return this.#ends.length;
  }

  at(i: number): string {
    return this.#all.slice(i === 0 ? 0 : this.#ends[i - 1], this.#ends[i]);
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function digest(pieces: readonly Uint8Array[]): Uint8Array {
  const hash = new Sha256();
  for (const piece of pieces) hash.update(piece);
  return hash.bytes();
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sum(pieces.map(({ length }) => length)));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

function refused(message: string): SampleBytesError {
  return new SampleBytesError(`cannot read the samples: ${message}`);
}

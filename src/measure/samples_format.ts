/**
 * The samples of a cell as bytes, exactly:
 *
 * | bytes | hold                                                                             |
 * |-------|----------------------------------------------------------------------------------|
 * | 8     | the format's name                                                                |
 * | 1     | its version: 2 where a text has bytes that are no UTF-8, else 1                   |
 * | …     | the different prompts and continuations: how long each is, and all in UTF-8; in   |
 * |       | version 2 as a list in JSON, which has such bytes as lone surrogates              |
 * | …     | the different results, those that are `others` of one before it                  |
 * | …     | for each sample: its numbers, and which of the texts and results it has          |
 * | 32    | SHA-256 of all before                                                            |
 *
 * @module
 */
import { Sha256 } from "../files/sha256.ts";
import type { DecodeResult } from "../decode/strategy.ts";
import { isTextOfBytes } from "../text/bytes.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { putResult, RESULT_BYTES, resultIn } from "./result_bytes.ts";
import { type Sample, type Samples, sum } from "./sample.ts";

/** Bytes are not samples: damaged, cut off, or of something else. */
export class SampleBytesError extends Error {
  /** The name of the class. */
  override readonly name = "SampleBytesError";
}

const FORMAT = new TextEncoder().encode("mbtrace\n");
/** The versions: of texts that are all UTF-8, and of any. */
const [PLAIN, ESCAPED] = [1, 2];
const DIGEST_BYTES = 32;
/** The fewest bytes that a sample takes. */
const SAMPLE_BYTES = 5;

/**
 * `samples` as bytes; they need not be in memory at once. A result that several of them share, or
 * that is one of another's `others`, is written once where they are not some thousands apart.
 *
 * @throws {RangeError} If a count is no safe integer from 0, or a text is not that of any bytes.
 */
export function encodeSamples(samples: Iterable<Sample>): EncodedSamples {
  const texts = new Map<string, number>();
  const numbers = new RecentMap<DecodeResult, number>();
  const results = new ByteWriter();
  const rows = new ByteWriter();
  const places: number[] = [];
  let count = 0;
  /** The number of `result`: its others come before it, so that they are known when it is read. */
  const numberOf = (result: DecodeResult): number => {
    const known = numbers.get(result);
    if (known !== undefined) return known;
    const others = result.others?.map(numberOf);
    numbers.set(result, places.length);
    places.push(results.length);
    putResult(results, result, others);
    return places.length - 1;
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
  const version = [...texts.keys()].every((text) => text.isWellFormed()) ? PLAIN : ESCAPED;
  bytes.whole(version);
  if (version === PLAIN) putTexts(bytes, texts);
  else putEscaped(bytes, texts);
  bytes.whole(places.length);
  const firstResult = bytes.length - FORMAT.length;
  for (const piece of results.pieces()) bytes.raw(piece);
  bytes.whole(count);
  const firstRow = bytes.length - FORMAT.length;
  for (const piece of rows.pieces()) bytes.raw(piece);
  bytes.raw(digest(bytes.pieces()));
  return new EncodedSamples(joined(bytes.pieces()), {
    texts: EncodedTexts.of([...texts.keys()]),
    results: Float64Array.from(places, (place) => firstResult + place),
    rows: firstRow,
    length: count,
  });
}

/**
 * The samples that {@linkcode encodeSamples} wrote as `bytes`, all of which are read once. Throws
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
    return new EncodedSamples(bytes, partsIn(bodyOf(bytes)));
  } catch (error) {
    // Anyone can write nonsense with a right checksum.
    if (error instanceof RangeError || error instanceof TypeError) throw refused(error.message);
    throw error;
  }
}

/** The parts of the body of encoded samples, known by who has written it or read all of it. */
interface Parts {
  readonly texts: EncodedTexts;
  /** `[results]` where each result begins. */
  readonly results: Float64Array;
  /** Where the rows begin. */
  readonly rows: number;
  /** How many rows there are. */
  readonly length: number;
}

/** The bytes between the name of the format and the checksum. */
function bodyOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(FORMAT.length, Math.max(FORMAT.length, bytes.length - DIGEST_BYTES));
}

/** Reads all of a body; throws a `RangeError` or a `TypeError` for what no writer gives. */
function partsIn(body: Uint8Array): Parts {
  const reader = new ByteReader(body);
  const version = reader.whole();
  if (version !== PLAIN && version !== ESCAPED) {
    throw new RangeError(`expected version ${PLAIN} or ${ESCAPED}, found ${version}`);
  }
  const texts = version === PLAIN ? EncodedTexts.in(reader) : EncodedTexts.of(escapedIn(reader));
  const results = new Float64Array(reader.count(RESULT_BYTES));
  for (let i = 0; i < results.length; i++) {
    results[i] = reader.at;
    resultIn(reader, i);
  }
  const length = reader.count(SAMPLE_BYTES);
  const rows = reader.at;
  for (let left = length; left > 0; left--) rowIn(reader, texts.length, results.length);
  if (reader.left > 0) throw new RangeError(`expected no more, found ${reader.left} bytes`);
  return { texts, results, rows, length };
}

/**
 * Samples as bytes, of which each is made when it is its turn: millions of them as objects would take
 * gigabytes. Those that shared a result share it again, as far as they are not some thousands apart.
 */
export class EncodedSamples implements Samples {
  /** The bytes. */
  readonly bytes: Uint8Array;
  readonly #body: Uint8Array;
  readonly #parts: Parts;

  /** @internal What `encodeSamples` or `decodeSamples` gives. */
  constructor(bytes: Uint8Array, parts: Parts) {
    this.bytes = bytes;
    this.#body = bodyOf(bytes);
    this.#parts = parts;
  }

  /** How many there are. */
  get length(): number {
    return this.#parts.length;
  }

  /** How many different results they have. */
  get results(): number {
    return this.#parts.results.length;
  }

  /** The samples, in order. */
  *[Symbol.iterator](): Generator<Sample> {
    const rows = new ByteReader(this.#body);
    const reader = new ByteReader(this.#body);
    // By number: samples beside one another have results with numbers near to one another.
    const recent: { number: number; result: DecodeResult }[] = [];
    const { texts, results } = this.#parts;
    const resultAt = (number: number): DecodeResult => {
      const known = recent[number % (2 * RECENT)];
      if (known?.number === number) return known.result;
      reader.goTo(results[number] as number);
      const { result, others } = resultIn(reader, number);
      const whole = others === undefined ? result : { ...result, others: others.map(resultAt) };
      recent[number % (2 * RECENT)] = { number, result: whole };
      return whole;
    };
    rows.goTo(this.#parts.rows);
    const { length } = texts;
    // Samples of a prompt are beside one another.
    let promptNumber = -1;
    let promptText = "";
    for (let left = this.length; left > 0; left--) {
      const { draw, number, prompt, continuation, result } = rowIn(rows, length, results.length);
      if (prompt !== promptNumber) [promptNumber, promptText] = [prompt, texts.at(prompt)];
      yield {
        prompt: promptText,
        draw,
        number,
        continuation: texts.at(continuation),
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
  for (const text of texts.keys()) bytes.whole(text.length);
  putText(bytes, [...texts.keys()].join(""));
}

function putEscaped(bytes: ByteWriter, texts: ReadonlyMap<string, number>): void {
  const all = [...texts.keys()];
  if (!all.every(isTextOfBytes)) {
    throw new RangeError(
      "Cannot write a text: expected no lone surrogate but of a byte, found one",
    );
  }
  putText(bytes, JSON.stringify(all));
}

function putText(bytes: ByteWriter, text: string): void {
  const encoded = new TextEncoder().encode(text);
  bytes.whole(encoded.length);
  bytes.raw(encoded);
}

/** The next text of `bytes`; a `TypeError` where it is no UTF-8. */
function textIn(bytes: ByteReader): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
    bytes.raw(bytes.whole()),
  );
}

/** The next texts of `bytes` as a list in JSON, of which one at least has a lone surrogate. */
function escapedIn(bytes: ByteReader): readonly string[] {
  let texts: unknown;
  try {
    texts = JSON.parse(textIn(bytes));
  } catch (error) {
    throw new RangeError("expected texts as JSON", { cause: error });
  }
  const isText = (text: unknown): text is string => typeof text === "string" && isTextOfBytes(text);
  if (!Array.isArray(texts) || !texts.every(isText)) {
    throw new RangeError("expected a list of texts");
  }
  if (texts.some((text) => !text.isWellFormed())) return texts;
  throw new RangeError(`expected version ${PLAIN} of texts that are all UTF-8, found ${ESCAPED}`);
}

/** The different texts of samples: one string, of which each is a part. */
class EncodedTexts {
  readonly #all: string;
  /** Where each ends. */
  readonly #ends: Uint32Array;

  private constructor(all: string, ends: Uint32Array) {
    this.#all = all;
    this.#ends = ends;
  }

  static of(texts: readonly string[]): EncodedTexts {
    let end = 0;
    return new EncodedTexts(texts.join(""), Uint32Array.from(texts, ({ length }) => end += length));
  }

  /** The next ones of `bytes`. */
  static in(bytes: ByteReader): EncodedTexts {
    const ends = new Uint32Array(bytes.count(1));
    let end = 0;
    for (let i = 0; i < ends.length; i++) ends[i] = end += bytes.whole();
    // A decoder for each would take as long as all the rest.
    const all = textIn(bytes);
    if (end === all.length) return new EncodedTexts(all, ends);
    throw new RangeError(`expected texts of ${end} characters in all, found ${all.length}`);
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

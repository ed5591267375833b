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
import { createHash } from "node:crypto";
import type { DecodeResult } from "../decode/strategy.ts";
import { ByteReader } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";
import { putResult, RESULT_BYTES, resultIn } from "./result_codec.ts";
import { type Sample, sum } from "./sample.ts";

/** Bytes that are no samples: damaged, cut off, or of something else. */
export class SampleBytesError extends Error {
  /** Of the class. */
  override readonly name = "SampleBytesError";
}

const FORMAT = new TextEncoder().encode("mbtrace\n");
const VERSION = 1;
const DIGEST_BYTES = 32;
/** The least that a sample takes. */
const SAMPLE_BYTES = 5;

/**
 * The bytes of `samples`. A result that several of them share, or that is one of another's `others`,
 * is there once.
 *
 * @throws {RangeError} If a count is no safe integer from 0, or a text has a lone surrogate.
 */
export function encodeSamples(samples: readonly Sample[]): Uint8Array<ArrayBuffer> {
  const texts = new Map<string, number>();
  const results = new Map<DecodeResult, number>();
  for (const { prompt, continuation, result } of samples) {
    if (!texts.has(prompt)) texts.set(prompt, texts.size);
    if (!texts.has(continuation)) texts.set(continuation, texts.size);
    giveNumber(result, results);
  }
  const bytes = new ByteWriter();
  bytes.raw(FORMAT);
  bytes.whole(VERSION);
  putTexts(bytes, [...texts.keys()]);
  bytes.whole(results.size);
  for (const result of results.keys()) putResult(bytes, result, results);
  bytes.whole(samples.length);
  for (const { prompt, draw, number, continuation, result } of samples) {
    bytes.whole(draw);
    bytes.whole(number);
    bytes.whole(texts.get(prompt) ?? NaN);
    bytes.whole(texts.get(continuation) ?? NaN);
    bytes.whole(results.get(result) ?? NaN);
  }
  bytes.raw(digest(bytes.pieces()));
  return joined(bytes.pieces());
}

/**
 * The samples that {@linkcode encodeSamples} made `bytes` of; those that shared a result share it
 * again. Throws a {@linkcode SampleBytesError} for any other bytes.
 */
export function decodeSamples(bytes: Uint8Array): Sample[] {
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
    return samplesIn(new ByteReader(body.subarray(FORMAT.length)));
  } catch (error) {
    // A checksum does not keep anyone from writing nonsense.
    if (error instanceof RangeError || error instanceof TypeError) throw refused(error.message);
    throw error;
  }
}

function samplesIn(bytes: ByteReader): Sample[] {
  const version = bytes.whole();
  if (version !== VERSION) throw new RangeError(`expected version ${VERSION}, found ${version}`);
  const texts = textsIn(bytes);
  const results: DecodeResult[] = [];
  for (let left = bytes.count(RESULT_BYTES); left > 0; left--) {
    results.push(resultIn(bytes, results));
  }
  const samples: Sample[] = [];
  for (let left = bytes.count(SAMPLE_BYTES); left > 0; left--) {
    const draw = bytes.whole();
    const number = bytes.whole();
    const prompt = texts[bytes.index(texts.length)] as string;
    const continuation = texts[bytes.index(texts.length)] as string;
    const result = results[bytes.index(results.length)] as DecodeResult;
    samples.push({ prompt, draw, number, continuation, result });
  }
  if (bytes.left > 0) throw new RangeError(`expected no more, found ${bytes.left} bytes`);
  return samples;
}

/** Gives `result` the next number, after its others, so that they are known when it is read. */
function giveNumber(result: DecodeResult, numbers: Map<DecodeResult, number>): void {
  if (numbers.has(result)) return;
  for (const other of result.others ?? []) giveNumber(other, numbers);
  numbers.set(result, numbers.size);
}

function putTexts(bytes: ByteWriter, texts: readonly string[]): void {
  bytes.whole(texts.length);
  for (const text of texts) {
    if (!text.isWellFormed()) {
      throw new RangeError("Cannot write a text: expected no lone surrogate, found one");
    }
    bytes.whole(text.length);
  }
  const encoded = new TextEncoder().encode(texts.join(""));
  bytes.whole(encoded.length);
  bytes.raw(encoded);
}

function textsIn(bytes: ByteReader): string[] {
  const lengths = Array.from({ length: bytes.count(1) }, () => bytes.whole());
  const encoded = bytes.raw(bytes.whole());
  // One string, cut up: a decoder for each would take as long as all the rest.
  const all = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoded);
  let end = 0;
  const texts = lengths.map((length) => all.slice(end, end += length));
  if (end !== all.length) {
    throw new RangeError(`expected texts of ${end} characters in all, found ${all.length}`);
  }
  return texts;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function digest(pieces: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
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

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
import type { Costs, DecodeResult, Speculation, StopReason } from "../decode/strategy.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { type Sample, sum } from "./sample.ts";

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
 * The bytes of `samples`. A result that several of them share, or that is one of another's `others`,
 * is written once.
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
 * The samples that {@linkcode encodeSamples} wrote as `bytes`; those that shared a result share it
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
    // Anyone can write nonsense with a right checksum.
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

/** The fewest bytes that a result takes. */
const RESULT_BYTES = 13;

/** The optional parts of a result, as bits above the reason that it stopped. */
const HAS = { warped: 4, others: 8, search: 16, optimal: 32, speculation: 64 } as const;
const STOPS: readonly StopReason[] = ["eos", "max_new_tokens", "block_size"];

/**
 * Appends `result`: which parts it has; tokens; log-probabilities; warped ones where they differ;
 * costs; the other parts. Its others come before it and have these `numbers`.
 */
function putResult(
  bytes: ByteWriter,
  { tokens, stop, logProbs, warpedLogProbs, costs, others, search, speculation }: DecodeResult,
  numbers: ReadonlyMap<DecodeResult, number>,
): void {
  const warped = !sameBits(logProbs, warpedLogProbs);
  bytes.whole(
    STOPS.indexOf(stop) + (warped ? HAS.warped : 0) + (others ? HAS.others : 0) +
      (search ? HAS.search : 0) + (search?.optimal ? HAS.optimal : 0) +
      (speculation ? HAS.speculation : 0),
  );
  putWholes(bytes, tokens);
  putReals(bytes, logProbs);
  if (warped) putReals(bytes, warpedLogProbs);
  putCosts(bytes, costs);
  if (others) putWholes(bytes, others.map((other) => numbers.get(other) ?? NaN));
  if (search) bytes.real(search.bound);
  if (speculation) putSpeculation(bytes, speculation);
}

/** Reads a result whose others are among those `before` it; throws a `RangeError` if there is none. */
function resultIn(bytes: ByteReader, before: readonly DecodeResult[]): DecodeResult {
  const parts = bytes.whole();
  const stop = STOPS[parts & 3];
  if (stop === undefined || parts > 127) {
    throw new RangeError(`expected the parts of a result, found ${parts}`);
  }
  const tokens = wholesIn(bytes);
  const logProbs = realsIn(bytes);
  const warpedLogProbs = parts & HAS.warped ? realsIn(bytes) : logProbs;
  const result = { tokens, stop, logProbs, warpedLogProbs, costs: costsIn(bytes) };
  // Nearly all results have no more parts.
  return parts < HAS.others ? result : { ...result, ...optionalIn(bytes, parts, before) };
}

function optionalIn(
  bytes: ByteReader,
  parts: number,
  before: readonly DecodeResult[],
): Pick<DecodeResult, "others" | "search" | "speculation"> {
  const other = (): DecodeResult => before[bytes.index(before.length)] as DecodeResult;
  const optimal = (parts & HAS.optimal) !== 0;
  return {
    ...(parts & HAS.others ? { others: Array.from({ length: bytes.count(1) }, other) } : {}),
    ...(parts & HAS.search ? { search: { optimal, bound: bytes.real() } } : {}),
    ...(parts & HAS.speculation ? { speculation: speculationIn(bytes) } : {}),
  };
}

function putCosts(bytes: ByteWriter, costs: Readonly<Costs>): void {
  bytes.whole(costs.targetCalls);
  bytes.whole(costs.targetRows);
  bytes.whole(costs.draftCalls);
  bytes.whole(costs.draftRows);
  bytes.whole(costs.proposed);
  bytes.whole(costs.tested);
  bytes.whole(costs.accepted);
  bytes.whole(costs.resampled);
  bytes.whole(costs.bonus);
  bytes.whole(costs.rounds);
}

function costsIn(bytes: ByteReader): Costs {
  return {
    targetCalls: bytes.whole(),
    targetRows: bytes.whole(),
    draftCalls: bytes.whole(),
    draftRows: bytes.whole(),
    proposed: bytes.whole(),
    tested: bytes.whole(),
    accepted: bytes.whole(),
    resampled: bytes.whole(),
    bonus: bytes.whole(),
    rounds: bytes.whole(),
  };
}

function putSpeculation(
  bytes: ByteWriter,
  { proposedAt, testedAt, acceptedAt, overlapAt }: Speculation,
): void {
  for (const counts of [proposedAt, testedAt, acceptedAt]) putWholes(bytes, counts);
  putReals(bytes, overlapAt);
}

function speculationIn(bytes: ByteReader): Speculation {
  return {
    proposedAt: wholesIn(bytes),
    testedAt: wholesIn(bytes),
    acceptedAt: wholesIn(bytes),
    overlapAt: realsIn(bytes),
  };
}

function putWholes(bytes: ByteWriter, values: readonly number[]): void {
  bytes.whole(values.length);
  for (const value of values) bytes.whole(value);
}

function wholesIn(bytes: ByteReader): number[] {
  // Not Array.from, which is three times slower: there are millions of values.
  const values = new Array<number>(bytes.count(1));
  for (let i = 0; i < values.length; i++) values[i] = bytes.whole();
  return values;
}

function putReals(bytes: ByteWriter, values: readonly number[]): void {
  bytes.whole(values.length);
  for (const value of values) bytes.real(value);
}

function realsIn(bytes: ByteReader): number[] {
  const values = new Array<number>(bytes.count(8));
  for (let i = 0; i < values.length; i++) values[i] = bytes.real();
  return values;
}

function sameBits(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => Object.is(value, b[i])));
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

/**
 * One result as a file of the store: a first line with the format, the SHA-256 and the length of the
 * head; the head, a line of JSON that says what the result is and which SHA-256 and length its bytes
 * have; and the bytes.
 *
 * @module
 */
import { sha256Hex } from "../files/sha256.ts";

/** JSON data; a key whose value is `undefined` is left out. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** Which result: enough to find it. */
export interface ResultRef {
  /** The name of the stage that makes it. */
  readonly stage: string;
  /** The model or cell that it belongs to, for a reader. */
  readonly name: string;
  /** SHA-256 of its stage and inputs, by which the store finds it. */
  readonly key: string;
}

/** Which result, and everything that it depends on. */
export interface ResultId extends ResultRef {
  /** Everything that it depends on. Another result is named by its key, which stands for its bytes. */
  readonly inputs: { readonly [name: string]: Json | undefined };
}

/** The cost of a result: wall-clock time, on which no key depends. */
export interface Effort {
  /** Wall-clock time, seconds. */
  readonly seconds: number;
  /** How many units were done. */
  readonly count: number;
  /** The unit: `documents`. */
  readonly unit: string;
}

/** A result as the store has it. */
export interface StoredResult {
  /** Which result. */
  readonly id: ResultId;
  /** Its cost. */
  readonly effort: Effort;
  /** Its bytes. */
  readonly body: Uint8Array;
}

/** A stored result without its bytes. */
export interface StoredHead extends Omit<StoredResult, "body"> {
  /** The size of the whole file, bytes. */
  readonly bytes: number;
  /** SHA-256 of the bytes of the result. */
  readonly sha256: string;
}

/** A file that does not hold a whole result; the message is the reason, without the file. */
export class DamagedResultError extends Error {
  /** The name of the class. */
  override readonly name = "DamagedResultError";
}

/** The version of the format: part of every key, so that no version finds the results of another. */
export const FORMAT_VERSION = 2;
const FORMAT = "microbeam-store-";
const FIRST_LINE = /^microbeam-store-(\d+) ([0-9a-f]{64}) ([1-9]\d{0,9})$/;
/** The beginning of a file of version 1: the digest of the rest, and the head. */
const VERSION_1 = /^[0-9a-f]{64}\n\{"format":"microbeam-store-1",/;
const NEWLINE = 10;
/** The most bytes of a first line, and enough to recognise every version. */
export const FIRST_BYTES = 128;

/** The id of the result of `stage` that depends on `inputs`. */
export function resultId(stage: string, name: string, inputs: ResultId["inputs"]): ResultId {
  const key = sha256Hex(canonicalJson({ format: FORMAT_VERSION, stage, inputs }));
  return { stage, name, inputs, key };
}

/** An id without the inputs. */
export function refOf({ stage, name, key }: ResultRef): ResultRef {
  return { stage, name, key };
}

/** The bytes of the file of a result, in parts. */
export function encodeStored({ id, effort, body }: StoredResult): Uint8Array[] {
  const { stage, name, inputs } = id;
  const { seconds, count, unit } = effort;
  const head = new TextEncoder().encode(
    JSON.stringify({
      stage,
      name,
      inputs,
      effort: { seconds, count, unit },
      body: { bytes: body.length, sha256: sha256Hex(body) },
    }) + "\n",
  );
  const line = `${FORMAT}${FORMAT_VERSION} ${sha256Hex(head)} ${head.length}\n`;
  const first = new TextEncoder().encode(line);
  const begin = new Uint8Array(first.length + head.length);
  begin.set(first);
  begin.set(head, first.length);
  return [begin, body];
}

/**
 * The result in the `bytes` of a file; throws a {@linkcode DamagedResultError} unless they are exactly
 * what was written.
 */
export function decodeStored(bytes: Uint8Array): StoredResult {
  const { id, effort, bytes: size, sha256 } = decodeHead(bytes);
  if (size !== bytes.length) throw wrongSize(size, bytes.length);
  const body = bytes.subarray(headEnd(bytes));
  if (sha256Hex(body) !== sha256) throw new DamagedResultError("its content was changed");
  return { id, effort, body };
}

/** The error of a file that has not the size that its head names. */
export function wrongSize(expected: number, found: number): DamagedResultError {
  return new DamagedResultError(`expected ${expected} bytes, found ${found}`);
}

/**
 * How many bytes the first line and the head have in the file that `bytes` begin. Throws a
 * {@linkcode DamagedResultError} where the first line is no such line.
 */
export function headEnd(bytes: Uint8Array): number {
  return firstLine(bytes).end;
}

/**
 * The head of the file that `bytes` begin. Throws a {@linkcode DamagedResultError} unless all of it is
 * there as it was written.
 */
export function decodeHead(bytes: Uint8Array): StoredHead {
  const { begin, end, sha256 } = firstLine(bytes);
  const line = bytes.subarray(begin, end);
  if (line.length < end - begin) throw new DamagedResultError("its head is cut off");
  if (sha256Hex(line) !== sha256) throw new DamagedResultError("its head was changed");
  const head = parsedJson(line);
  if (!isHead(head)) throw new DamagedResultError("its head has other fields than this version's");
  const { stage, name, inputs, effort, body } = head;
  return {
    id: resultId(stage, name, inputs),
    effort,
    bytes: end + body.bytes,
    sha256: body.sha256,
  };
}

/** The JSON in `line`; `undefined` where it is none. */
function parsedJson(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(line));
  } catch {
    return undefined;
  }
}

/** The digest of the head and where it is, by the first line. */
function firstLine(
  bytes: Uint8Array,
): { readonly sha256: string; readonly begin: number; readonly end: number } {
  const begin = bytes.subarray(0, FIRST_BYTES).indexOf(NEWLINE) + 1;
  const [, version, sha256, length] =
    FIRST_LINE.exec(new TextDecoder().decode(bytes.subarray(0, Math.max(begin - 1, 0)))) ?? [];
  if (Number(version) !== FORMAT_VERSION || sha256 === undefined) {
    throw new DamagedResultError(
      bytes.length === 0 ? "it is empty" : "its first line is not that of a result",
    );
  }
  return { sha256, begin, end: begin + Number(length) };
}

/** The version of the format of the file that `bytes` begin; `undefined` where it is none of ours. */
export function formatVersion(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder().decode(bytes.subarray(0, FIRST_BYTES));
  if (VERSION_1.test(text)) return 1;
  const [, version] = FIRST_LINE.exec(text.split("\n")[0] ?? "") ?? [];
  return version === undefined ? undefined : Number(version);
}

/** The JSON of a head. */
interface HeadFields {
  readonly stage: string;
  readonly name: string;
  readonly inputs: ResultId["inputs"];
  readonly effort: Effort;
  readonly body: { readonly bytes: number; readonly sha256: string };
}

/** Whether every field has its type: a digest vouches for what was written, not for who wrote it. */
function isHead(value: unknown): value is HeadFields {
  if (!isMap(value)) return false;
  const { stage, name, inputs, effort, body } = value;
  return typeof stage === "string" && typeof name === "string" && isMap(inputs) &&
    isMap(effort) && isAmount(effort["seconds"]) && isAmount(effort["count"]) &&
    typeof effort["unit"] === "string" &&
    isMap(body) && Number.isSafeInteger(body["bytes"]) && isAmount(body["bytes"]) &&
    typeof body["sha256"] === "string";
}

function isMap(value: unknown): value is { readonly [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/**
 * `value` as JSON in the one form that equal values share: keys sorted, no white space, numbers as
 * ECMAScript prints them (as in RFC 8785). Throws a `RangeError` for a number that is not finite.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`Cannot write ${value} as JSON: expected a finite number`);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  // Keys are made of thousands of values, so this is written for speed.
  if (isList(value)) {
    if (value.every((item) => typeof item === "string")) return JSON.stringify(value);
    return `[${value.map(canonicalJson).join(",")}]`;
  }
  let pairs = "";
  for (const key of Object.keys(value).sort()) {
    const item = value[key];
    if (item === undefined) continue;
    pairs += `${pairs === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(item)}`;
  }
  return `{${pairs}}`;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * One result as a file of the store: a line with the SHA-256 of all that follows, a line of JSON that
 * says what it is, and the result itself.
 *
 * @module
 */
import { Sha256, sha256Hex } from "../files/sha256.ts";

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
}

const FORMAT = "microbeam-store-1";
const NEWLINE = 10;

/** The id of the result of `stage` that depends on `inputs`. */
export function resultId(stage: string, name: string, inputs: ResultId["inputs"]): ResultId {
  return { stage, name, inputs, key: sha256Hex(canonicalJson({ stage, inputs })) };
}

/** An id without the inputs. */
export function refOf({ stage, name, key }: ResultRef): ResultRef {
  return { stage, name, key };
}

/** The bytes of the file of a result, in parts. */
export function encodeStored({ id, effort, body }: StoredResult): Uint8Array[] {
  const { stage, name, inputs } = id;
  const line = JSON.stringify({ format: FORMAT, stage, name, inputs, effort, body: body.length });
  const head = new TextEncoder().encode(`${line}\n`);
  const digest = new Sha256().update(head).update(body).hex();
  return [new TextEncoder().encode(`${digest}\n`), head, body];
}

/** The result in the `bytes` of a file; `undefined` unless they are exactly what was written. */
export function decodeStored(bytes: Uint8Array): StoredResult | undefined {
  const head = decodeHead(bytes);
  if (head === undefined || head.bytes !== bytes.length) return undefined;
  const begin = bytes.indexOf(NEWLINE) + 1;
  const expected = new TextDecoder().decode(bytes.subarray(0, begin - 1));
  if (sha256Hex(bytes.subarray(begin)) !== expected) return undefined;
  const body = bytes.subarray(bytes.indexOf(NEWLINE, begin) + 1);
  return { id: head.id, effort: head.effort, body };
}

/** The head of the file that `bytes` begin; `undefined` where it is damaged or incomplete. */
export function decodeHead(bytes: Uint8Array): StoredHead | undefined {
  const begin = bytes.indexOf(NEWLINE) + 1;
  const end = bytes.indexOf(NEWLINE, begin);
  if (begin === 0 || end < 0) return undefined;
  try {
    const { format, stage, name, inputs, effort, body } = JSON.parse(
      new TextDecoder().decode(bytes.subarray(begin, end)),
    );
    const isHead = format === FORMAT && typeof stage === "string" && typeof name === "string" &&
      typeof effort?.seconds === "number" && typeof effort.count === "number" &&
      typeof inputs === "object" && inputs !== null && Number.isSafeInteger(body);
    return isHead
      ? { id: resultId(stage, name, inputs), effort, bytes: end + 1 + body }
      : undefined;
  } catch {
    return undefined;
  }
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

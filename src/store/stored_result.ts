/**
 * How the store keeps one result: a line with the digest of all that follows, a line of JSON that
 * says what it is, and the result itself.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { canonicalJson, digest, type Json } from "./canonical_json.ts";

/** The stages whose results are kept. */
export const STAGES = ["train", "loss", "decode", "measure", "time", "report"] as const;

/** One of {@linkcode STAGES}. */
export type Stage = typeof STAGES[number];

/** A result, before or after it is there: what it is of, and the digest that it is found by. */
export interface StageId {
  /** The stage that makes it. */
  readonly stage: Stage;
  /** What it is of, for a reader: a model or a cell. */
  readonly name: string;
  /** Everything that it depends on. */
  readonly inputs: { readonly [name: string]: Json | undefined };
  /** SHA-256 of stage and inputs. */
  readonly key: string;
}

/** What it took to make a result: wall-clock time, which its key knows nothing of. */
export interface Effort {
  /** Wall-clock time. */
  readonly seconds: number;
  /** How many of `unit` were done. */
  readonly count: number;
  /** What was counted. */
  readonly unit: string;
}

/** A result as the store keeps it. */
export interface Entry {
  /** What it is. */
  readonly id: StageId;
  /** What it took. */
  readonly effort: Effort;
  /** The result. */
  readonly body: Uint8Array;
}

/** The first part of an entry: all but the result. */
export interface EntryHead extends Omit<Entry, "body"> {
  /** Size of the whole entry, bytes. */
  readonly bytes: number;
}

const FORMAT = "microbeam-store-1";
const NEWLINE = 10;

/** The id of what `stage` makes of `inputs`. */
export function stageId(stage: Stage, name: string, inputs: StageId["inputs"]): StageId {
  return { stage, name, inputs, key: digest(canonicalJson({ stage, inputs })) };
}

/** The bytes of an entry, in parts. */
export function encodeEntry({ id, effort, body }: Entry): Uint8Array[] {
  const { stage, name, inputs } = id;
  const line = JSON.stringify({ format: FORMAT, stage, name, inputs, effort, body: body.length });
  const head = new TextEncoder().encode(`${line}\n`);
  return [new TextEncoder().encode(`${digestOf(head, body)}\n`), head, body];
}

/** The entry in `bytes`; nothing where they are not all, and exactly, what was written. */
export function decodeEntry(bytes: Uint8Array): Entry | undefined {
  const head = decodeHead(bytes);
  if (head === undefined || head.bytes !== bytes.length) return undefined;
  const begin = bytes.indexOf(NEWLINE) + 1;
  const expected = new TextDecoder().decode(bytes.subarray(0, begin - 1));
  if (digest(bytes.subarray(begin)) !== expected) return undefined;
  return {
    id: head.id,
    effort: head.effort,
    body: bytes.subarray(bytes.indexOf(NEWLINE, begin) + 1),
  };
}

/** The head of the entry that `bytes` begin; nothing where it is none, or not whole. */
export function decodeHead(bytes: Uint8Array): EntryHead | undefined {
  const begin = bytes.indexOf(NEWLINE) + 1;
  const end = bytes.indexOf(NEWLINE, begin);
  if (begin === 0 || end < 0) return undefined;
  try {
    const { format, stage, name, inputs, effort, body } = JSON.parse(
      new TextDecoder().decode(bytes.subarray(begin, end)),
    );
    if (format !== FORMAT || !STAGES.includes(stage)) return undefined;
    return { id: stageId(stage, name, inputs), effort, bytes: end + 1 + body };
  } catch {
    return undefined;
  }
}

function digestOf(head: Uint8Array, body: Uint8Array): string {
  return createHash("sha256").update(head).update(body).digest("hex");
}

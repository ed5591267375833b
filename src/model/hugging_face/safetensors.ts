/**
 * Files in the form `safetensors`: eight bytes with the length of a header, little-endian; the header,
 * JSON with the type, the shape and the place of each tensor; the numbers, without gaps. Only headers
 * are read here.
 *
 * @see https://github.com/huggingface/safetensors#format
 * @module
 */
import { kindIn } from "../../files/kind.ts";
import { isAbsent, reasonOf } from "../../files/system_error.ts";
import { shown } from "../../text/suggestions.ts";
import { isObject, jsonObject, ModelFolderError } from "./json_object.ts";

/** The types of numbers that such a file may have. */
export const numberTypes = [
  "F64",
  "F32",
  "F16",
  "BF16",
  "F8_E4M3",
  "F8_E5M2",
  "I64",
  "I32",
  "I16",
  "I8",
  "U64",
  "U32",
  "U16",
  "U8",
  "BOOL",
] as const;

/** The name of a type of numbers. */
export type NumberType = typeof numberTypes[number];

/** How many bytes a number takes; a type's name has its bits. */
function bytesOf(type: NumberType): number {
  return type === "BOOL" ? 1 : Number(/\d+/.exec(type)?.[0]) / 8;
}

/** The longest header, in bytes; the library of the form allows no longer one, either. */
const LONGEST_HEADER = 100_000_000;

/** What a file's header says of a tensor. */
export interface TensorEntry {
  /** The path of its file. */
  readonly path: string;
  /** The file as messages call it. */
  readonly file: string;
  /** The type of its numbers. */
  readonly type: NumberType;
  /** Its lengths, as it is stored. */
  readonly shape: readonly number[];
  /** The byte of the file at which its numbers begin. */
  readonly offset: number;
  /** How many bytes they take. */
  readonly bytes: number;
}

/**
 * The tensors of the file at `path`, called `file` in messages, by their names. Throws a
 * {@linkcode ModelFolderError} unless the file is as long as its header says, and its tensors lie one
 * behind the other.
 */
export function readHeader(path: string, file: string): Map<string, TensorEntry> {
  const { size, header } = readHeaderBytes(path, file);
  const begin = 8 + header.length;
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of jsonObject(file, header).entries()) {
    if (name !== "__metadata__") entries.set(name, entryOf(path, file, name, value, begin));
  }
  let end = begin;
  const inOrder = [...entries].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  for (const [name, { offset, bytes }] of inOrder) {
    if (offset !== end) {
      throw new ModelFolderError(
        file,
        `expected tensor ${shown(name)} to begin at byte ${end - begin} of the numbers, ` +
          `where the one before it ends, found ${offset - begin}`,
      );
    }
    end += bytes;
  }
  if (end !== size) {
    const what = size < end ? "; it is cut off, or was not fetched to its end" : "";
    throw new ModelFolderError(
      file,
      `expected ${end} bytes, as its header says, found ${size}${what}`,
    );
  }
  return entries;
}

/** A file's size and its header's bytes. */
function readHeaderBytes(path: string, file: string): { size: number; header: Uint8Array } {
  try {
    const info = Deno.statSync(path);
    const kind = kindIn(info);
    if (kind !== "a file") throw new ModelFolderError(file, `expected a file, found ${kind}`);
    using open = Deno.openSync(path);
    const start = new Uint8Array(8);
    if (!fill(open, start)) {
      throw new ModelFolderError(file, `expected safetensors, found a file of ${info.size} bytes`);
    }
    const length = headerLength(file, start, info.size);
    const header = new Uint8Array(length);
    if (!fill(open, header)) throw new ModelFolderError(file, "it ended while it was read");
    return { size: info.size, header };
  } catch (error) {
    if (error instanceof ModelFolderError) throw error;
    const reason = isAbsent(error)
      ? "there is no such file"
      : error instanceof Deno.errors.NotCapable
      ? "it is where this task may not read"
      : reasonOf(error);
    throw new ModelFolderError(file, reason, { cause: error });
  }
}

/** The length of the header, from a file's first eight bytes. */
function headerLength(file: string, start: Uint8Array, size: number): number {
  const text = String.fromCharCode(...start);
  const length = new DataView(start.buffer).getBigUint64(0, true);
  const isTooLong = length > BigInt(LONGEST_HEADER);
  if (text.startsWith("version ")) {
    throw new ModelFolderError(
      file,
      "it is a pointer of Git LFS in place of the file: fetch the file, for example by `git lfs pull`",
    );
  }
  if (text.startsWith("PK\x03\x04") || isTooLong && text.startsWith("\x80")) {
    throw new ModelFolderError(file, `expected safetensors, found a pickle${PICKLE}`);
  }
  if (isTooLong) {
    throw new ModelFolderError(
      file,
      `expected safetensors, with a header of at most ${LONGEST_HEADER} bytes, found ${length}`,
    );
  }
  if (Number(length) > size - 8) {
    throw new ModelFolderError(
      file,
      `expected a header of ${length} bytes, found ${size - 8} behind its length; ` +
        "it is cut off, or no safetensors",
    );
  }
  return Number(length);
}

/** Why a pickle is refused, and what to do. */
export const PICKLE: string =
  ", which can run any code when it is loaded; save the model as safetensors: " +
  "`model.save_pretrained(FOLDER, safe_serialization=True)` in transformers";

/** Reads until `bytes` is full; false where the file ends before. */
export function fill(file: Deno.FsFile, bytes: Uint8Array): boolean {
  for (let length = 0; length < bytes.length;) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) return false;
    length += count;
  }
  return true;
}

/** The entry of a tensor, checked in itself; `begin` is where a file's numbers begin. */
function entryOf(
  path: string,
  file: string,
  name: string,
  value: unknown,
  begin: number,
): TensorEntry {
  const fail = (what: string, expected: string, found: unknown): ModelFolderError =>
    new ModelFolderError(
      file,
      `tensor ${shown(name)}: ${what}: expected ${expected}, found ${
        Array.isArray(found) ? `[${found.slice(0, 8).map(shown)}]` : shown(found)
      }`,
    );
  if (!isObject(value)) {
    throw new ModelFolderError(
      file,
      `tensor ${shown(name)}: expected a map with dtype, shape and data_offsets, found ${
        shown(value)
      }`,
    );
  }
  const { dtype, shape, data_offsets: offsets } = value;
  const type = numberTypes.find((known) => known === dtype);
  if (type === undefined) {
    throw fail("dtype", `one of ${numberTypes.join(", ")}`, dtype);
  }
  if (!(Array.isArray(shape) && shape.length <= 8 && shape.every(isSize))) {
    throw fail("shape", "a list of at most 8 whole numbers", shape);
  }
  const bytes = shape.reduce((product: number, length: number) => product * length, bytesOf(type));
  if (!isSize(bytes)) throw fail("shape", "fewer numbers", shape);
  if (!(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isSize))) {
    throw fail("data_offsets", "two whole numbers", offsets);
  }
  const [from, to] = offsets as [number, number];
  if (to - from !== bytes) {
    throw fail("data_offsets", `${bytes} bytes for ${type} [${shape}]`, offsets);
  }
  return { path, file, type, shape, offset: begin + from, bytes };
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

import { parseVocabulary } from "../data/character_vocabulary.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import { sha256Hex } from "../files/sha256.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { parameterCount, tensorCount, tensorShapes, Weights } from "../model/weights.ts";

/** A checkpoint that is damaged, foreign, or cannot be written. */
export class CheckpointError extends Error {
  /** The name of the class. */
  override readonly name = "CheckpointError";
}

/** A trained model with what it takes to use it: its weights, its vocabulary, how it was trained. */
export interface Checkpoint {
  /** The tokens that it reads. */
  readonly vocabulary: Vocabulary;
  /** The settings of its training by name. */
  readonly training: Readonly<Record<string, string | number>>;
  /** The parameters, and with them the sizes. */
  readonly weights: Weights;
}

const FORMAT = "microbeam-checkpoint";
const VERSION = 1;
const SIZES = ["vocabSize", "blockSize", "nEmbd", "nHead", "nLayer"] as const;

/** The most bytes of a checkpoint: what fits in one string. */
export const MOST_CHECKPOINT_BYTES = 2 ** 29 - 2 ** 20;

/** The most bytes, about, that the checkpoint of a model of these sizes takes: 24 per number. */
export function checkpointBytes(spec: ModelSpec): number {
  return 24 * parameterCount(spec);
}

/**
 * Writes a checkpoint as JSON, one line per tensor. Every number is written with as many digits as it
 * takes to read the same bits back; a weight that is not finite throws a
 * {@linkcode CheckpointError}.
 */
export function serializeCheckpoint({ vocabulary, training, weights }: Checkpoint): string {
  const { spec } = weights;
  const content = [
    `"model":${JSON.stringify(Object.fromEntries(SIZES.map((size) => [size, spec[size]])))}`,
    `"tokenizer":${JSON.stringify(vocabulary.data)}`,
    `"training":${JSON.stringify(training)}`,
    `"tensors":[\n${tensorShapes(spec).map((shape) => tensorText(shape, weights)).join(",\n")}\n]`,
  ].join(",\n");
  return `{"format":"${FORMAT}","version":${VERSION},"sha256":"${
    sha256Hex(content)
  }",\n${content}}\n`;
}

function tensorText(
  { name, rows, columns }: { name: string; rows: number; columns: number },
  weights: Weights,
): string {
  const data = weights.tensor(name);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new CheckpointError(
      `cannot write a checkpoint: tensor ${name} holds ${data[bad]} at row ${
        Math.floor(bad / columns)
      }, column ${bad % columns}; expected finite weights (did the training diverge?)`,
    );
  }
  // JSON.stringify would write −0 as 0.
  const numbers = Array.from(data, (value) => Object.is(value, -0) ? "-0" : String(value));
  return `{"name":"${name}","shape":[${rows},${columns}],"dtype":"float64",` +
    `"data":[${numbers.join(",")}]}`;
}

/** Reads the checkpoint `file`; throws a {@linkcode CheckpointError} that names it where it cannot. */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  let text: string;
  try {
    const bytes = await readBounded(file, MOST_CHECKPOINT_BYTES);
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof UnreadableError) {
      throw new CheckpointError(`cannot read the checkpoint ${file}: ${error.message}`);
    }
    throw new CheckpointError(
      `cannot use the checkpoint ${file}: expected UTF-8 text, found other bytes`,
    );
  }
  return parseCheckpoint(file, text);
}

/**
 * Reads what {@linkcode serializeCheckpoint} wrote; `file` is for the messages. Throws a
 * {@linkcode CheckpointError} for anything else.
 */
export function parseCheckpoint(file: string, text: string): Checkpoint {
  const fail = (message: string): CheckpointError =>
    new CheckpointError(`cannot use the checkpoint ${file}: ${message}`);
  checkHeader(text, fail);
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw fail("expected JSON, found other text");
  }
  const spec = specOf(field(root, "model"), fail);
  const vocabulary = vocabularyIn(field(root, "tokenizer"), spec, fail);
  const training = field(root, "training");
  if (!isSettings(training)) throw fail("expected training settings, found none");
  const weights = weightsOf(spec, field(root, "tensors"), fail);
  const checkpoint = { vocabulary, training, weights };
  // A key given twice, or one too many, would have a meaning that not every reader gives it.
  if (serializeCheckpoint(checkpoint) === text) return checkpoint;
  throw fail("expected it as microbeam writes it, found the same content written differently");
}

type Fail = (message: string) => CheckpointError;

/** The start of every checkpoint, whatever its version. */
const BEGINNING = new RegExp(`^\\{"format":"${FORMAT}","version":(\\d{1,9}),`);
const HEADER = /^.{0,100},"sha256":"([0-9a-f]{64})",\n/;
const END = "}\n";

/** Refuses what is no checkpoint, or no longer the one that was written, before it is taken apart. */
function checkHeader(text: string, fail: Fail): void {
  const beginning = text.slice(0, 300);
  const [, version] = BEGINNING.exec(beginning) ?? [];
  if (version === undefined) throw fail(`expected the format "${FORMAT}", found another`);
  if (Number(version) > VERSION) {
    throw fail(`it was made by a newer version (${version}); this one reads up to ${VERSION}`);
  }
  if (Number(version) < VERSION) throw fail(`expected version ${VERSION}, found ${version}`);
  const [header, sha256] = HEADER.exec(beginning) ?? [];
  if (header === undefined || !text.endsWith(END)) {
    throw fail("expected a whole file, found one that is damaged or cut off");
  }
  if (sha256 !== sha256Hex(text.slice(header.length, -END.length))) {
    throw fail("expected the checksum of its content, found another: it was changed or damaged");
  }
}

function vocabularyIn(tokenizer: unknown, { vocabSize }: ModelSpec, fail: Fail): Vocabulary {
  try {
    return parseVocabulary(tokenizer, vocabSize);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw fail(error.message);
  }
}

function specOf(model: unknown, fail: Fail): ModelSpec {
  const size = (name: typeof SIZES[number]): number => {
    const value = field(model, name);
    if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
    throw fail(`expected a whole number for model.${name}, found ${described(value)}`);
  };
  const spec = {
    vocabSize: size("vocabSize"),
    blockSize: size("blockSize"),
    nEmbd: size("nEmbd"),
    nHead: size("nHead"),
    nLayer: size("nLayer"),
  };
  if (spec.nEmbd % spec.nHead !== 0) throw fail("expected model.nEmbd to be a multiple of nHead");
  return spec;
}

function weightsOf(spec: ModelSpec, tensors: unknown, fail: Fail): Weights {
  const count = tensorCount(spec);
  // Before anything is sized by what the file says.
  if (!Array.isArray(tensors) || tensors.length !== count) {
    const found = Array.isArray(tensors) ? tensors.length : "none";
    throw fail(`expected ${count} tensors, found ${found}`);
  }
  const data = tensorShapes(spec).map(({ name, rows, columns }, i): number[] => {
    const tensor: unknown = tensors[i];
    const shape = field(tensor, "shape");
    const found = isArrayOf(shape, isFiniteNumber) && shape.length === 2 ? shape : [];
    if (field(tensor, "name") !== name || found[0] !== rows || found[1] !== columns) {
      throw fail(
        `expected tensor ${i} to be ${name} [${rows},${columns}], found ${
          described(field(tensor, "name"))
        } [${found}]`,
      );
    }
    const dtype = field(tensor, "dtype");
    if (dtype !== "float64") throw fail(`expected ${name} in float64, found ${described(dtype)}`);
    const numbers = field(tensor, "data");
    if (!isArrayOf(numbers, isFiniteNumber) || numbers.length !== rows * columns) {
      throw fail(`expected ${rows * columns} finite numbers in ${name}`);
    }
    return numbers;
  });
  return new Weights(spec, Float64Array.from(data.flat()));
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function isArrayOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isSettings(value: unknown): value is Record<string, string | number> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((setting) => isString(setting) || isFiniteNumber(setting));
}

/** A value of a foreign file, in a few words. */
function described(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (value === undefined || value === null) return "nothing";
  return Array.isArray(value) ? "a list" : "a map";
}

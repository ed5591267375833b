/**
 * Folders with a model in the form of Hugging Face's transformers: `config.json`, `model.safetensors` or
 * its shards with their index, `generation_config.json`, and the files of a tokenizer. All is checked from
 * JSON and headers; numbers are read when a tensor is asked for them.
 *
 * @module
 */
import { Sha256, sha256Hex } from "../../files/sha256.ts";
import { reasonOf } from "../../files/system_error.ts";
import { shown } from "../../text/suggestions.ts";
import type { Token } from "../language_model.ts";
import type { Tensor, Transformer } from "../transformer.ts";
import { describedBy } from "./architectures.ts";
import type { ModelDescription } from "./description.ts";
import { type JsonObject, ModelFolderError } from "./json_object.ts";
import { tensorIn } from "./stored_numbers.ts";
import { FolderFiles, type WeightFiles, weightFiles } from "./weight_files.ts";

export { ModelFolderError } from "./json_object.ts";

/** Settings of {@linkcode openModelFolder}. */
export interface ModelFolderOptions {
  /** The longest sequence to read, in tokens; by default as long as the model is made for. */
  readonly blockSize?: number;
  /**
   * Whether a file outside the folder may be read, where a link in the folder leads to it (as in the
   * cache of Hugging Face's hub); by default none may.
   */
  readonly mayRead?: (path: string) => boolean;
  /** The {@linkcode CheckedFolder.state} that the folder must still have; by default it may have any. */
  readonly state?: string;
}

/** A model in a folder, checked; no weights have been read. */
export interface CheckedFolder {
  /** The folder's path, behind all links. */
  readonly folder: string;
  /** The names of the files that the model and its tokenizer are read from, sorted. */
  readonly files: readonly string[];
  /**
   * The sizes of these files and when they were written: equal where none was written in between, so that
   * what was checked and what is loaded later can be told to be the same, without reading all of it twice.
   */
  readonly state: string;
  /** Its sizes, parts and tensors, whose numbers are read when they are asked for. */
  readonly transformer: Transformer;
  /** The tokens that end a text, by `generation_config.json`, or else `config.json`. */
  readonly stops: readonly Token[];
  /** The token that begins a text, where there is one. */
  readonly bos: Token | undefined;
  /** The longest sequence that the model is made for, in tokens. */
  readonly maxPositions: number;
}

/** What a folder holds, checked. */
export interface ModelFolder extends CheckedFolder {
  /** The digest of its {@linkcode CheckedFolder.files}: see {@linkcode digestOfFiles}. */
  readonly digest: string;
}

/** The most bytes of `config.json` and `generation_config.json`. */
const LONGEST_CONFIG = 2 ** 22;

/** Bytes that are read at a time for a digest. */
const CHUNK = 2 ** 20;

/** Files of a folder that are no weights. */
const OTHER_FILES = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
] as const;

/**
 * What `folder` holds, checked, and its digest, for which all of it is read once. Throws a
 * {@linkcode ModelFolderError}.
 */
export async function openModelFolder(
  folder: string,
  options: ModelFolderOptions = {},
): Promise<ModelFolder> {
  const files = new FolderFiles(folder, options.mayRead ?? (() => false));
  const checked = await check(files, options.blockSize);
  const digests: FileDigest[] = [];
  for (const name of checked.files) digests.push(await digestIn(files, name));
  return { ...checked, digest: digestOfFiles(digests) };
}

/** As {@linkcode openModelFolder}, but only headers and JSON are read, and there is no digest. */
export async function checkModelFolder(
  folder: string,
  options: ModelFolderOptions = {},
): Promise<CheckedFolder> {
  const files = new FolderFiles(folder, options.mayRead ?? (() => false));
  const checked = await check(files, options.blockSize);
  if (options.state === undefined || options.state === checked.state) return checked;
  throw new ModelFolderError(
    files.shown,
    "a file of it was changed after it was checked; start again to use the folder as it is now",
  );
}

async function check(files: FolderFiles, blockSize: number | undefined): Promise<CheckedFolder> {
  const config = await files.json("config.json", LONGEST_CONFIG);
  if (config === undefined) {
    throw new ModelFolderError(
      files.shown,
      "expected config.json, as transformers saves a model, found none",
    );
  }
  const description = describedBy(config, blockSize);
  const generation = await files.json("generation_config.json", LONGEST_CONFIG);
  const weights = await weightFiles(files);
  const names = [...OTHER_FILES.filter((name) => files.find(name) !== undefined), ...weights.names];
  const { vocabSize } = description.spec;
  /** The tokens of that name, which the later file has the say in. */
  const tokens = (name: string): readonly Token[] =>
    tokensIn(generation?.has(name) ? generation : config, name, vocabSize);
  return {
    folder: files.path,
    files: names.sort(),
    state: names.map((name) => files.state(name)).join("\n"),
    transformer: transformerIn(files, description, weights),
    stops: tokens("eos_token_id"),
    bos: tokens("bos_token_id")[0],
    maxPositions: description.maxPositions,
  };
}

/** The tokens of a setting that has one, a list, or none. */
function tokensIn(settings: JsonObject, name: string, vocabSize: number): readonly Token[] {
  const value = settings.value(name) ?? [];
  const tokens: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (tokens.every((token): token is Token => isToken(token, vocabSize))) return tokens;
  throw settings.error(name, `expected tokens from 0 to ${vocabSize - 1}`);
}

function isToken(value: unknown, vocabSize: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < vocabSize;
}

/** The transformer of a folder; throws for tensors that are missing, misshapen or unknown. */
function transformerIn(
  files: FolderFiles,
  description: ModelDescription,
  weights: WeightFiles,
): Transformer {
  const tensors = new Map<string, Tensor>();
  const used = new Set<string>();
  for (const [name, stored] of description.tensors(new Set(weights.tensors.keys()))) {
    const entry = weights.tensors.get(stored.name);
    if (entry === undefined) {
      throw new ModelFolderError(
        files.shown,
        `expected tensor ${stored.name}, [${stored.shape.join(", ")}], found none of that name ` +
          `among ${weights.tensors.size}`,
      );
    }
    tensors.set(name, tensorIn(entry, stored));
    used.add(stored.name);
  }
  for (const [name, { file }] of weights.tensors) {
    if (used.has(name) || description.isUnused(name)) continue;
    throw new ModelFolderError(
      file,
      `expected only tensors that config.json has a place for, found ${shown(name)}`,
    );
  }
  return {
    spec: description.spec,
    tensorNames: [...tensors.keys()],
    tensor: (name) => tensors.get(name),
  };
}

/** What is known of a file of a folder. */
export interface FileDigest {
  /** Its name. */
  readonly name: string;
  /** Its size. */
  readonly bytes: number;
  /** Of its content, lower-case hexadecimal. */
  readonly sha256: string;
}

/** The digest of a folder with these files, whatever their order. */
export function digestOfFiles(files: readonly FileDigest[]): string {
  const lines = files.map(({ name, bytes, sha256 }) => `${name} ${bytes} ${sha256}\n`);
  return sha256Hex(lines.sort().join(""));
}

async function digestIn(files: FolderFiles, name: string): Promise<FileDigest> {
  const path = files.find(name);
  if (path === undefined) {
    throw new ModelFolderError(files.shownName(name), "it was removed while it was read");
  }
  try {
    using open = await Deno.open(path);
    const digest = new Sha256();
    const chunk = new Uint8Array(CHUNK);
    let bytes = 0;
    for (let count = await open.read(chunk); count !== null; count = await open.read(chunk)) {
      digest.update(chunk.subarray(0, count));
      bytes += count;
    }
    return { name, bytes, sha256: digest.hex() };
  } catch (error) {
    throw new ModelFolderError(files.shownName(name), reasonOf(error), { cause: error });
  }
}

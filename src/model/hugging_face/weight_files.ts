import { join } from "node:path";
import { fileNames } from "../../files/listing.ts";
import { isWithin, PlaceError, realPath } from "../../files/place.ts";
import { isAbsent, reasonOf } from "../../files/system_error.ts";
import { shown } from "../../text/suggestions.ts";
import { type JsonObject, ModelFolderError, readJsonObject } from "./json_object.ts";
import { PICKLE, readHeader, type TensorEntry } from "./safetensors.ts";

/** The file with all tensors of a folder. */
export const WEIGHTS_FILE = "model.safetensors";
/** The file that says which shard has which tensor. */
export const INDEX_FILE = "model.safetensors.index.json";
/** The longest index, in bytes. */
const LONGEST_INDEX = 2 ** 25;

/** The names of files that have weights in another form. */
const PICKLES = /\.(bin|pt|pth|ckpt|pkl|pickle)$/;

/** A folder's files, of which only those that lie in it are read, unless others are allowed. */
export class FolderFiles {
  /** The folder, as it was named. */
  readonly shown: string;
  /** The folder behind all links. */
  readonly path: string;
  readonly #mayRead: (path: string) => boolean;

  /** `mayRead` says whether a file outside the folder, which a link in it leads to, may be read. */
  constructor(folder: string, mayRead: (path: string) => boolean) {
    this.shown = folder;
    this.#mayRead = mayRead;
    this.path = pathOf(folder, folder);
    const info = statOf(this.path, folder);
    if (info === undefined) throw new ModelFolderError(folder, "there is no such folder");
    if (!info.isDirectory) {
      throw new ModelFolderError(folder, "expected a folder, as transformers saves a model");
    }
  }

  /** The file `name` as messages call it. */
  shownName(name: string): string {
    return join(this.shown, name);
  }

  /** The path of the file `name` behind all links; `undefined` where there is none of that name. */
  find(name: string): string | undefined {
    const path = join(this.path, name);
    const real = pathOf(path, this.shownName(name));
    if (statOf(real, this.shownName(name)) === undefined) return undefined;
    if (!isWithin(this.path, real) && !this.#mayRead(real)) {
      throw new ModelFolderError(
        this.shownName(name),
        `it is a link that leads out of the folder, to ${real}; put the file itself there`,
      );
    }
    return real;
  }

  /**
   * What is known of the file `name` without reading it: other text where it was written since. Throws a
   * {@linkcode ModelFolderError} where there is none.
   */
  state(name: string): string {
    const path = this.find(name);
    const info = path === undefined ? undefined : statOf(path, this.shownName(name));
    if (info !== undefined) return [name, info.size, info.mtime?.getTime(), info.ino].join(" ");
    throw new ModelFolderError(this.shownName(name), "it was removed while it was read");
  }

  /** The JSON object in the file `name`, of at most `mostBytes`; `undefined` where there is none. */
  async json(name: string, mostBytes: number): Promise<JsonObject | undefined> {
    const path = this.find(name);
    if (path === undefined) return undefined;
    return await readJsonObject(path, this.shownName(name), mostBytes);
  }
}

/** The path behind all links of `path`, which messages call `shown`. */
function pathOf(path: string, shown: string): string {
  try {
    return realPath(path);
  } catch (error) {
    if (!(error instanceof PlaceError)) throw error;
    throw new ModelFolderError(shown, error.message.replace(`cannot use ${path}: `, ""), {
      cause: error,
    });
  }
}

function statOf(path: string, shown: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new ModelFolderError(shown, reasonOf(error), { cause: error });
  }
}

/** The files with a folder's weights, and the tensors that they have. */
export interface WeightFiles {
  /** Their names, sorted, the index among them. */
  readonly names: readonly string[];
  /** Every tensor by its name in them. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** Reads the headers of `model.safetensors`, or of the shards that the index names. */
export async function weightFiles(files: FolderFiles): Promise<WeightFiles> {
  const whole = files.find(WEIGHTS_FILE);
  if (whole !== undefined) {
    return { names: [WEIGHTS_FILE], tensors: readHeader(whole, files.shownName(WEIGHTS_FILE)) };
  }
  const index = await files.json(INDEX_FILE, LONGEST_INDEX);
  if (index === undefined) throw await noWeights(files);
  const shardOf = shardsIn(index);
  const shards = [...new Set(shardOf.values())].sort().map((shard) => {
    const [path, file] = [files.find(shard), files.shownName(shard)];
    if (path !== undefined) return { shard, path, file };
    throw new ModelFolderError(file, `there is no such file, which ${INDEX_FILE} names`);
  });
  const tensors = new Map<string, TensorEntry>();
  for (const { shard, path, file } of shards) {
    for (const [name, entry] of readHeader(path, file)) {
      if (shardOf.get(name) !== shard) {
        throw new ModelFolderError(
          file,
          `expected only tensors that ${INDEX_FILE} says it has, found ${shown(name)}`,
        );
      }
      tensors.set(name, entry);
    }
  }
  for (const [name, shard] of shardOf) {
    if (tensors.has(name)) continue;
    throw new ModelFolderError(
      files.shownName(shard),
      `expected tensor ${shown(name)}, as ${INDEX_FILE} says, found none`,
    );
  }
  return { names: [INDEX_FILE, ...shards.map(({ shard }) => shard)], tensors };
}

/** Which shard has which tensor, by an index; each is a file of the folder itself. */
function shardsIn(index: JsonObject): Map<string, string> {
  const map = index.object("weight_map");
  if (map === undefined) throw index.error("weight_map", "expected a map of tensors to files");
  const shards = new Map<string, string>();
  for (const [tensor, shard] of map.entries()) {
    if (typeof shard !== "string" || !/^(?!\.)[^/\\:\p{C}\p{Z}]+\.safetensors$/u.test(shard)) {
      throw new ModelFolderError(
        index.file,
        `weight_map: tensor ${shown(tensor)}: expected the name of a .safetensors file in the ` +
          `folder, found ${shown(shard)}`,
      );
    }
    shards.set(tensor, shard);
  }
  return shards;
}

/** Why a folder has no weights that can be read. */
async function noWeights(files: FolderFiles): Promise<ModelFolderError> {
  const names = await fileNames(files.path);
  const pickle = names.find((name) => PICKLES.test(name));
  const found = pickle === undefined
    ? names.some((name) => name.endsWith(".gguf")) ? ", found GGUF, which is not supported" : ""
    : `, found ${shown(pickle)}: a pickle${PICKLE}`;
  return new ModelFolderError(files.shown, `expected ${WEIGHTS_FILE} or ${INDEX_FILE}${found}`);
}

/**
 * The files of a model of the hub that are needed, chosen from what the hub says of it, which is not
 * trusted. Pickles are never among them.
 *
 * @module
 */
import { formatBytes } from "../text/format.ts";
import { isObject } from "../model/hugging_face/json_object.ts";
import { INDEX_FILE, WEIGHTS_FILE } from "../model/hugging_face/weight_files.ts";
import type { ExpectedDigest } from "./file_digest.ts";

/** A model of the hub that lacks what is needed, or is too large; the message is the reason alone. */
export class ListingRefusal extends Error {
  /** The name of the class. */
  override readonly name = "ListingRefusal";
}

/** A file of a model. */
export interface HubFile {
  /** Its name, without folders. */
  readonly name: string;
  /** Its size. */
  readonly bytes: number;
  /** Its digest. */
  readonly digest: ExpectedDigest;
}

/** A model at one commit. */
export interface HubListing {
  /** The commit: 40 hexadecimal digits. */
  readonly commit: string;
  /** The file of that name; `undefined` where it has none. */
  file(name: string): HubFile | undefined;
  /** Names of files, for messages. */
  readonly names: readonly string[];
}

const REQUIRED = ["config.json", "tokenizer.json"];
const OPTIONAL = ["generation_config.json", "tokenizer_config.json"];

/** The most bytes of a file that is not weights. */
export const MOST_JSON_BYTES = 64 * 2 ** 20;
/** The most bytes of all files of a model. */
const MOST_MODEL_BYTES = 16 * 2 ** 30;
/** The most files of weights. */
const MOST_SHARDS = 1000;

/** Reads what the hub answers to `/api/models/OWNER/NAME/revision/REVISION?blobs=true`. */
export function readListing(json: string): HubListing {
  const answer = parsed(json, "the hub's list of files");
  const { sha, siblings } = isObject(answer) ? answer : {};
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) {
    throw new ListingRefusal("expected a commit and a list of files from the hub, found neither");
  }
  const files = new Map<string, unknown>();
  for (const entry of siblings) {
    if (isObject(entry) && typeof entry.rfilename === "string") files.set(entry.rfilename, entry);
  }
  return {
    commit: sha,
    names: [...files.keys()],
    file: (name) => files.has(name) ? fileIn(name, files.get(name)) : undefined,
  };
}

/** Of an LFS file, the entry's own size and digest may be those of its pointer. */
function fileIn(name: string, entry: unknown): HubFile {
  const { size, blobId, lfs } = isObject(entry) ? entry : {};
  const [bytes, digest, length, digits] = isObject(lfs)
    ? [lfs.size, lfs.sha256 ?? lfs.oid, 64, "sha256"] as const
    : [size, blobId, 40, "gitBlob"] as const;
  const isDigest = typeof digest === "string" && digest.length === length &&
    /^[0-9a-f]*$/.test(digest);
  if (!isDigest || typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw new ListingRefusal(`expected a size and a digest of ${name} from the hub, found none`);
  }
  return {
    name,
    bytes,
    digest: digits === "sha256" ? { sha256: digest } : { gitBlob: digest },
  };
}

/** The files that come before the weights: those that say what they are, and where. */
export function describingFiles(listing: HubListing): HubFile[] {
  const found = [...REQUIRED, ...OPTIONAL].flatMap((name) => listing.file(name) ?? []);
  const missing = REQUIRED.find((name) => !found.some((file) => file.name === name));
  if (missing !== undefined) throw lacks(listing, missing);
  const index = listing.file(WEIGHTS_FILE) === undefined ? listing.file(INDEX_FILE) : undefined;
  if (listing.file(WEIGHTS_FILE) === undefined && index === undefined) {
    throw lacks(listing, WEIGHTS_FILE);
  }
  const files = index === undefined ? found : [...found, index];
  for (const { name, bytes } of files) {
    if (bytes <= MOST_JSON_BYTES) continue;
    throw new ListingRefusal(
      `expected at most ${formatBytes(MOST_JSON_BYTES)} of ${name}, found ${formatBytes(bytes)}`,
    );
  }
  return files;
}

/** The files with the weights: the one, or those that the content of the index names. */
export function weightFiles(listing: HubListing, index: string | undefined): HubFile[] {
  const names = index === undefined ? [WEIGHTS_FILE] : shardsIn(index);
  return names.map((name) => {
    const file = listing.file(name);
    if (file === undefined) throw lacks(listing, name);
    return file;
  });
}

/** The bytes of all `files`; throws a {@linkcode ListingRefusal} for more than a model may have. */
export function checkSize(files: readonly HubFile[]): number {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes <= MOST_MODEL_BYTES) return bytes;
  throw new ListingRefusal(
    `expected a model of at most ${formatBytes(MOST_MODEL_BYTES)}, found ${formatBytes(bytes)}`,
  );
}

function shardsIn(index: string): string[] {
  const content = parsed(index, INDEX_FILE);
  const map = isObject(content) && isObject(content.weight_map) ? content.weight_map : {};
  const names = [...new Set(Object.values(map))];
  const strange = names.find((name) =>
    typeof name !== "string" || !/^[\w-][\w.-]{0,200}\.safetensors$/.test(name)
  );
  if (strange !== undefined || names.length === 0 || names.length > MOST_SHARDS) {
    const found = strange === undefined ? `${names.length} files` : JSON.stringify(strange);
    throw new ListingRefusal(
      `cannot use ${INDEX_FILE}: expected 1 to ${MOST_SHARDS} files of safetensors beside it, ` +
        `found ${found}`,
    );
  }
  return names.filter((name) => typeof name === "string").sort();
}

function lacks({ names }: HubListing, missing: string): ListingRefusal {
  const isPickled = missing === WEIGHTS_FILE &&
    names.some((name) => /\.(bin|pt|pth|ckpt)$/.test(name));
  const hint = isPickled
    ? "; its weights are pickles, which can run code and are not read: look for a revision or a " +
      "copy with safetensors"
    : missing === "tokenizer.json"
    ? "; its tokenizer may be of an older form: look for a copy with tokenizer.json"
    : "";
  return new ListingRefusal(`expected ${missing} in it, found none${hint}`);
}

function parsed(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ListingRefusal(`cannot use ${what}: expected JSON, found other text`);
  }
}

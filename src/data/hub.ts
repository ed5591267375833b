/**
 * Models of the Hugging Face hub, downloaded once. `HF_ENDPOINT` names another hub, and `HF_TOKEN` is
 * sent to it where it is set, over https, or to this machine.
 *
 * @module
 */
import { readBounded } from "../files/read_bounded.ts";
import { describedBy } from "../model/hugging_face/architectures.ts";
import { readJsonObject } from "../model/hugging_face/json_object.ts";
import type { FileDigest } from "../model/hugging_face/model_folder.ts";
import { INDEX_FILE } from "../model/hugging_face/weight_files.ts";
import { messageOf } from "../text/message_of.ts";
import type { DownloadWatch } from "./download.ts";
import { type World, world } from "./guarded_request.ts";
import {
  checkSize,
  describingFiles,
  type HubFile,
  MOST_JSON_BYTES,
  weightFiles,
} from "./hub_listing.ts";
import { Hub, isOfNetwork } from "./hub_requests.ts";
import { hubName, type HubSource } from "./hub_source.ts";
import { ModelCache } from "./model_cache.ts";

/** A model of the hub that cannot be used; the message says what to do. */
export class HubError extends Error {
  /** The name of the class. */
  override readonly name = "HubError";
}

/** How to fetch a model. */
export interface FetchOptions {
  /** The folder that models are kept in. */
  readonly folder: string;
  /** Told how a download goes. */
  readonly watch?: DownloadWatch | undefined;
}

/** A model of the hub that is there. */
export interface FetchedModel {
  /** The folder with its files. */
  readonly folder: string;
  /** The commit that it is of. */
  readonly commit: string;
  /** The name that always means the same files: `hf:OWNER/NAME@COMMIT`. */
  readonly name: string;
  /** The digest of its files as they were downloaded: that of the folder, unless one was changed. */
  readonly digest: string;
}

/**
 * The model `source`, which the first call downloads; one that is interrupted is resumed by the next. A
 * branch or a tag is resolved by the first call, and stays that commit. Throws a {@linkcode HubError}.
 */
export async function fetchModel(
  source: HubSource,
  { folder, watch }: FetchOptions,
  around: World = world,
): Promise<FetchedModel> {
  const { repository, revision } = source;
  const cache = new ModelCache(folder, repository);
  try {
    const known = await cache.commitOf(revision);
    const digest = known === undefined ? undefined : await cache.digestOf(known);
    if (known !== undefined && digest !== undefined) {
      return fetched(cache, repository, { commit: known, digest });
    }
    const found = await fill(cache, { repository, revision: known ?? revision }, around, watch);
    if (known === undefined) await cache.keepRevision(revision, found.commit);
    return fetched(cache, repository, found);
  } catch (error) {
    throw new HubError(`cannot fetch the model ${hubName(source)}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A commit, and the digest of its files. */
interface Found {
  readonly commit: string;
  readonly digest: string;
}

function fetched(cache: ModelCache, repository: string, found: Found): FetchedModel {
  const name = hubName({ repository, revision: found.commit });
  return { folder: cache.folderOf(found.commit), name, ...found };
}

function reasonOf(error: unknown): string {
  const remedy =
    "; the next run goes on where this one stopped, and without a network, bring the " +
    "model's files and name their folder";
  return messageOf(error) + (isOfNetwork(error) ? remedy : "");
}

/** Downloads what the cache lacks of the model. */
async function fill(
  cache: ModelCache,
  source: HubSource,
  around: World,
  watch: DownloadWatch | undefined,
): Promise<Found> {
  const hub = new Hub(source, around);
  const listing = await hub.listing();
  const { commit } = listing;
  const folder = cache.folderOf(commit);
  const received: FileDigest[] = [];
  const get = async (file: HubFile, watch?: DownloadWatch): Promise<void> => {
    const sha256 = await hub.download(commit, file, folder, watch);
    received.push({ name: file.name, bytes: file.bytes, sha256 });
  };

  const describing = describingFiles(listing);
  for (const file of describing) await get(file);
  // A model that cannot be read is not worth the download of its weights.
  const config = await cache.pathOf(commit, "config.json");
  const read = await readJsonObject(config, "config.json", MOST_JSON_BYTES);
  if (read !== undefined) describedBy(read, undefined);
  const index = describing.some(({ name }) => name === INDEX_FILE)
    ? await readBounded(await cache.pathOf(commit, INDEX_FILE), MOST_JSON_BYTES)
    : undefined;
  const weights = weightFiles(listing, index && new TextDecoder().decode(index));
  const whole = new WholeWatch(checkSize(weights), watch);
  try {
    for (const file of weights) await get(file, whole.of(file));
  } finally {
    whole.end();
  }
  return { commit, digest: await cache.finish(commit, received) };
}

/** Tells of the downloads of several files, one after another, as of one. */
class WholeWatch {
  readonly #total: number;
  readonly #watch: DownloadWatch | undefined;
  #before = 0;
  #begun = false;

  constructor(total: number, watch: DownloadWatch | undefined) {
    this.#total = total;
    this.#watch = watch;
  }

  /** What is told of the next file. */
  of({ bytes }: HubFile): DownloadWatch {
    const before = this.#before;
    this.#before += bytes;
    return {
      wait: (what) => this.#watch?.wait(what),
      begin: (what, _most, there) => {
        if (!this.#begun) this.#watch?.begin(what, this.#total, before + there, true);
        this.#begun = true;
      },
      advance: (there) => this.#watch?.advance(before + there),
      end() {},
    };
  }

  /** All ended, well or not. */
  end(): void {
    if (this.#begun) this.#watch?.end();
  }
}

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
import { messageOf } from "../text/message_of.ts";
import { download, type DownloadWatch } from "./download.ts";
import { DownloadError, fetchBytes, StatusError, type World, world } from "./guarded_request.ts";
import {
  checkSize,
  describingFiles,
  type HubFile,
  type HubListing,
  INDEX,
  MOST_JSON_BYTES,
  readListing,
  weightFiles,
} from "./hub_listing.ts";
import { hubName, type HubSource, isCommit } from "./hub_source.ts";
import { ModelCache } from "./model_cache.ts";
import { hostOf, isLoopback } from "./public_address.ts";
import { withoutSecrets, WRITTEN_URL } from "./secret_url.ts";

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

/** The most connections for a file, each of which has to bring something. */
const MOST_ATTEMPTS = 20;
/** The most bytes of the hub's list of files. */
const MOST_LISTING = 32 * 2 ** 20;

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

/** Whether it was a connection that failed, or that this process may not make. */
function isOfNetwork(error: unknown): boolean {
  return error instanceof DownloadError &&
    (error.cause instanceof TypeError || error.cause instanceof Deno.errors.NotCapable);
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
  const index = describing.some(({ name }) => name === INDEX)
    ? await readBounded(await cache.pathOf(commit, INDEX), MOST_JSON_BYTES)
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

/** The hub's own place. */
const HUB = "https://huggingface.co";

/** Requests about one model. */
class Hub {
  readonly #source: HubSource;
  readonly #around: World;
  /** The hub's address, with credentials. */
  readonly #endpoint: string;

  constructor(source: HubSource, around: World) {
    this.#source = source;
    this.#around = around;
    this.#endpoint = endpointIn(around);
  }

  /** The files at the source's revision. */
  async listing(): Promise<HubListing> {
    const { repository, revision } = this.#source;
    const path = `api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
    const json = await this.#asked(() =>
      fetchBytes(`${this.#endpoint}/${path}`, MOST_LISTING, this.#around)
    );
    const listing = readListing(new TextDecoder().decode(json));
    if (!isCommit(revision) || listing.commit === revision) return listing;
    throw new DownloadError(`expected the commit that was asked for, found ${listing.commit}`);
  }

  /** Downloads a file as it is at `commit` into `folder`, and gives its SHA-256. */
  async download(
    commit: string,
    { name, bytes, digest }: HubFile,
    folder: string,
    watch: DownloadWatch | undefined,
  ): Promise<string> {
    const { repository } = this.#source;
    const url = `${this.#endpoint}/${repository}/resolve/${commit}/${name}`;
    const what = `${repository} from the hub`;
    for (let attempt = 1;; attempt++) {
      let came = false;
      const told: DownloadWatch = {
        wait: (what) => watch?.wait(what),
        begin: (...progress) => watch?.begin(...progress),
        advance(bytes) {
          came = true;
          watch?.advance(bytes);
        },
        end: () => watch?.end(),
      };
      const asked = { what, url, digest, folder, name, mostBytes: bytes, watch: told };
      try {
        return await this.#asked(() => download(asked, this.#around));
      } catch (error) {
        // Hours of a download outlast few connections.
        if (!came || !isOfNetwork(error) || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  async #asked<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    try {
      return await request();
    } catch (error) {
      throw error instanceof StatusError ? new DownloadError(this.#advice(error)) : error;
    }
  }

  /**
   * The reason and the remedy for an answer with an error. A model that is not there is answered by 401
   * to who has no token, as one is that is private.
   */
  #advice({ status, headers, origin }: StatusError): string {
    if (origin !== new URL(withoutSecrets(this.#endpoint)).origin) {
      return `${origin} answered ${status}, which the hub sent on to: try again later`;
    }
    const { repository, revision } = this.#source;
    const address = withoutSecrets(this.#endpoint).replace(/\/\/.*@/, "//");
    const page = `${address}/${repository}`;
    const answered = `(${address} answered ${status})`;
    const isKnown = this.#endpoint.includes("@");
    const setToken = `set HF_TOKEN to a token from ${address}/settings/tokens`;
    switch (headers.get("x-error-code")) {
      case "GatedRepo":
        return `it is gated ${answered}: ask for access at ${page}, ` +
          (isKnown ? "with the account that HF_TOKEN is of" : `and ${setToken}`);
      case "RevisionNotFound":
        return `it has no revision ${revision} ${answered}: ${page}/tree/main lists its branches`;
    }
    if (status === 401 && isKnown) {
      return `the token in HF_TOKEN was refused ${answered}: renew it, or unset it for a model ` +
        "that is public";
    }
    if (status === 401 || status === 404) {
      const token = isKnown ? "the account that HF_TOKEN is of may not see it" : setToken;
      return `there is no such model, or it is private ${answered}: look at ${page}; ` +
        (isKnown ? `if it is there, ${token}` : `if it is private, ${token}`);
    }
    if (status === 403) return `it may not be read ${answered}: see ${page}; or ${setToken}`;
    if (status === 429) {
      const seconds = /^\d{1,6}$/.exec(headers.get("retry-after") ?? "")?.[0];
      return `there were too many requests ${answered}: try again ` +
        (seconds === undefined ? "later" : `in ${seconds} s`) +
        (isKnown ? "" : `; more are allowed with a token: ${setToken}`);
    }
    return `${address} answered ${status}${status >= 500 ? ": try again later" : ""}`;
  }
}

/** The address of the hub, with the credentials that are sent there. */
function endpointIn({ environment }: World): string {
  const named = environment("HF_ENDPOINT") ?? "";
  const endpoint = (named === "" ? HUB : named).replace(/\/+$/, "");
  const url = URL.parse(endpoint);
  if (url === null || !WRITTEN_URL.test(endpoint) || /[?#]/.test(endpoint)) {
    throw new DownloadError(
      `expected a web address in HF_ENDPOINT, such as ${HUB}, found ${withoutSecrets(endpoint)}`,
    );
  }
  const hasToken = (environment("HF_TOKEN") ?? "") !== "";
  const mayHave = url.protocol === "https:" || isLoopback(hostOf(url));
  return hasToken && mayHave && !endpoint.includes("@")
    ? endpoint.replace("//", "//${HF_TOKEN}@")
    : endpoint;
}

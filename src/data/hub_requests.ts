/**
 * Requests to the Hugging Face hub about one model, and what to do about the errors that it answers.
 *
 * @module
 */
import { download, type DownloadWatch } from "./download.ts";
import { DownloadError, fetchBytes, StatusError, type World } from "./guarded_request.ts";
import { type HubFile, type HubListing, readListing } from "./hub_listing.ts";
import { type HubSource, isCommit } from "./hub_source.ts";
import { hostOf, isLoopback } from "./public_address.ts";
import { withoutSecrets, WRITTEN_URL } from "./secret_url.ts";

/** The most connections for a file, each of which has to bring something. */
const MOST_ATTEMPTS = 20;
/** The most bytes of the hub's list of files. */
const MOST_LISTING = 32 * 2 ** 20;
/** The hub's own place. */
const HUB = "https://huggingface.co";

/** Requests about one model. */
export class Hub {
  readonly #source: HubSource;
  readonly #around: World;
  /** The hub's address, with credentials. */
  readonly #endpoint: string;

  /** About the model `source`; throws a {@linkcode DownloadError} for an unusable `HF_ENDPOINT`. */
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

/** Whether it was a connection that failed. */
export function isOfNetwork(error: unknown): boolean {
  return error instanceof DownloadError && error.cause instanceof TypeError;
}

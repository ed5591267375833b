/**
 * Downloads a file whose digest is known, from a server that is not trusted: it may send too much, too
 * slowly or for ever, something packed that unpacks to far more, or a redirect to a machine that only
 * this one can reach.
 *
 * A redirect is followed to any public host over https, at most five times and without credentials; to
 * a host that is not public only where the config or `HF_ENDPOINT` names it, or from a named host that is
 * not public itself to this machine. The address of a public name is asked for beforehand; that it could
 * be another one a moment later is harmless, as the certificate would be of another host. `http:` is
 * for the host that the config names, if its own URL has it, and for this machine.
 *
 * @module
 */
import { environmentVariable } from "../files/environment.ts";
import { WriteError, writeWhole } from "../files/write_whole.ts";
import { sha256Hex } from "../files/sha256.ts";
import { formatBytes } from "../text/format.ts";
import { PartialFile } from "./partial_file.ts";
import { addressesOf, hostOf, isAddress, isLoopback, isPublic } from "./public_address.ts";
import { requestOf, withoutSecrets, withoutSecretsIn } from "./secret_url.ts";

/** A file that could not be downloaded; the message says the reason alone. */
export class DownloadError extends Error {
  /** The name of the class. */
  override readonly name = "DownloadError";
}

/** A file to download. */
export interface Download {
  /** Where it is, with secrets and variables as in {@linkcode requestOf}. */
  readonly url: string;
  /** SHA-256 that it must have, lower-case hexadecimal. */
  readonly sha256: string;
  /** The folder that it comes to. */
  readonly folder: string;
  /** Its name there. */
  readonly name: string;
  /** The most bytes that it may have. */
  readonly mostBytes: number;
  /** Told how it goes. */
  readonly watch?: DownloadWatch | undefined;
}

/** Told how a download goes, in bytes. */
export interface DownloadWatch {
  /**
   * It begins: there will be `most` bytes, or, unless the server says it `exactly`, at most so many;
   * `before` were there.
   */
  begin(most: number, before: number, exactly: boolean): void;
  /** So many bytes are there. */
  advance(bytes: number): void;
  /** It ended, well or not. */
  end(): void;
}

/** The parts of the world around it that a download needs. */
export interface World {
  /** A variable of the environment. */
  environment(name: string): string | undefined;
  /** The addresses of a host. */
  addresses(host: string): Promise<readonly string[]>;
  /** Does `action` after so many milliseconds, unless the result is called. */
  after(milliseconds: number, action: () => void): () => void;
}

/** The world as it is. */
const world: World = {
  environment: environmentVariable,
  addresses: addressesOf,
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** The most redirects. */
const MOST_REDIRECTS = 5;
/** Milliseconds in which a server has to answer. */
const ANSWER_TIME = 60_000;
/** Milliseconds in which the next so many bytes have to come. */
const PACE_TIME = 60_000;
const PACE_BYTES = 64 * 1024;

/**
 * Downloads a file. One that is interrupted is resumed by the next call, if the server says how to know
 * the same file again (a strong ETag or the time of its last change). The file is there once its digest
 * is right, and whole. Throws a {@linkcode DownloadError}, a `CredentialsError`, or a `WriteError`.
 */
export async function download(what: Download, around: World = world): Promise<void> {
  const { url, authorization } = requestOf(
    what.url,
    around.environment,
    (name, target) => variableRefusal(name, target, around.environment),
  );
  const partial = await opened(what);
  let done = true;
  try {
    // A file that was resumed and came out wrong is asked for once more, from its beginning.
    for (let attempt = 0;; attempt++) {
      const resumed = partial.validator !== undefined;
      done = false;
      await receive(what, { url, authorization }, partial, around);
      done = true;
      const bytes = await partial.content();
      const found = sha256Hex(bytes);
      if (found === what.sha256) return await writeWhole(`${what.folder}/${what.name}`, [bytes]);
      if (!resumed || attempt > 0) {
        throw new DownloadError(`expected SHA-256 ${what.sha256}, found ${found}`);
      }
      await partial.restart();
    }
  } catch (error) {
    if (error instanceof Refused) done = true;
    if (error instanceof DownloadError || error instanceof WriteError) throw error;
    throw new DownloadError(withoutSecretsIn(reasonOf(error)), { cause: error });
  } finally {
    await partial.close({ done });
  }
}

/** The hosts of the hub that a token of HF_TOKEN is for, unless `HF_ENDPOINT` names another. */
const HUB = /^(.+\.)?huggingface\.co$/;

/**
 * Why the variable `name` is not sent to `target`: a config may be anybody's. What the environment has
 * goes over https alone, but to this machine, and the hub's token to the hub.
 */
export function variableRefusal(
  name: string,
  target: URL,
  environment: (name: string) => string | undefined,
): string | undefined {
  const host = hostOf(target);
  if (isLoopback(host)) return undefined;
  if (target.protocol !== "https:") {
    return `expected https for \${${name}}, which is the environment's, found http`;
  }
  const endpoint = URL.parse(environment("HF_ENDPOINT") ?? "");
  const isHub = HUB.test(host) || endpoint !== null && hostOf(endpoint) === host;
  return name !== "HF_TOKEN" || isHub
    ? undefined
    : `expected \${HF_TOKEN} for huggingface.co or the host of HF_ENDPOINT alone, found ${host}`;
}

/** The answer is of no use. */
class Refused extends DownloadError {}

async function opened({ folder, name, url }: Download): Promise<PartialFile> {
  try {
    return await PartialFile.open(folder, name, withoutSecrets(url));
  } catch (error) {
    throw new WriteError(`cannot write ${folder}/${name}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return error.message + inner;
}

/** A request with what it must not be sent without. */
interface Request {
  readonly url: URL;
  readonly authorization: string | undefined;
}

/** Fills `partial` with all bytes of the answer. */
async function receive(
  { mostBytes, watch }: Download,
  request: Request,
  partial: PartialFile,
  around: World,
): Promise<void> {
  const limit = new TimeLimit(around);
  try {
    const response = await answerTo(request, partial, limit, around);
    const left = Number(response.headers.get("content-length") ?? NaN);
    const encoding = response.headers.get("content-encoding") ?? "identity";
    const total = encoding === "identity" ? partial.bytes + left : NaN;
    if (total > mostBytes) throw await tooLarge(response, mostBytes, total);
    const isKnown = !Number.isNaN(total);
    watch?.begin(isKnown ? total : mostBytes, partial.bytes, isKnown);
    try {
      limit.set(PACE_TIME, `fewer than ${formatBytes(PACE_BYTES)} came in ${PACE_TIME / 1000} s`);
      let since = 0;
      for await (const bytes of unpacked(response, encoding, limit)) {
        if (partial.bytes + bytes.length > mostBytes) throw await tooLarge(response, mostBytes);
        await partial.write(bytes);
        watch?.advance(partial.bytes);
        since += bytes.length;
        if (since < PACE_BYTES) continue;
        since = 0;
        limit.renew();
      }
    } finally {
      watch?.end();
    }
  } catch (error) {
    throw limit.error ?? error;
  } finally {
    limit.clear();
  }
}

async function tooLarge(response: Response, most: number, total?: number): Promise<Refused> {
  await response.body?.cancel().catch(() => {});
  const found = total === undefined ? "more" : formatBytes(total);
  return new Refused(`expected at most ${formatBytes(most)}, found ${found}`);
}

/** The bytes of an answer, unpacked where the server packed them although it was asked not to. */
async function* unpacked(
  response: Response,
  encoding: string,
  { signal }: TimeLimit,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  if (encoding === "identity") return yield* response.body;
  if (encoding !== "gzip" && encoding !== "deflate") {
    await response.body.cancel();
    throw new Refused(`expected the file as it is or packed by gzip, found ${encoding}`);
  }
  yield* response.body.pipeThrough(new DecompressionStream(encoding), { signal });
}

/** The answer with the file, or with the rest of it where `partial` has its beginning. */
async function answerTo(
  request: Request,
  partial: PartialFile,
  limit: TimeLimit,
  around: World,
): Promise<Response> {
  const { validator, bytes } = partial;
  const range: Record<string, string> = validator === undefined
    ? {}
    : { range: `bytes=${bytes}-`, "if-range": validator };
  limit.set(ANSWER_TIME, `the server did not answer in ${ANSWER_TIME / 1000} s`);
  const response = await followed(request, range, limit, around);
  const begin = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]);
  if (validator !== undefined && response.status === 206 && begin === bytes) return response;
  if (response.status === 200) {
    await partial.restart(validatorOf(response));
    return response;
  }
  await response.body?.cancel();
  // What there is has another end than the file, or the rest of something else came.
  if (validator !== undefined && [206, 416].includes(response.status)) {
    await partial.restart();
    return await answerTo(request, partial, limit, around);
  }
  throw new DownloadError(`the server answered ${response.status}`);
}

/** The validator by which the server knows the same file again, where nothing was packed. */
function validatorOf({ headers }: Response): string | undefined {
  if ((headers.get("content-encoding") ?? "identity") !== "identity") return undefined;
  const etag = headers.get("etag");
  return etag !== null && !etag.startsWith("W/") ? etag : headers.get("last-modified") ?? undefined;
}

/** The answer at the end of all redirects. */
async function followed(
  { url: start, authorization }: Request,
  range: Record<string, string>,
  { signal }: TimeLimit,
  around: World,
): Promise<Response> {
  const rules = new RedirectRules(start, around);
  let url = start;
  for (let redirects = 0;; redirects++) {
    const response = await fetch(url, {
      redirect: "manual",
      signal,
      headers: {
        // Packed, it could not be resumed.
        "accept-encoding": "identity",
        ...range,
        ...(redirects === 0 && authorization !== undefined ? { authorization } : {}),
      },
    });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
      return response;
    }
    await response.body?.cancel();
    if (redirects === MOST_REDIRECTS) {
      throw new DownloadError(`expected at most ${MOST_REDIRECTS} redirects, found more`);
    }
    url = await rules.next(url, location);
  }
}

/** Which redirects are followed. */
class RedirectRules {
  readonly #start: URL;
  readonly #named: ReadonlySet<string>;
  readonly #around: World;

  constructor(start: URL, around: World) {
    const endpoint = URL.parse(around.environment("HF_ENDPOINT") ?? "");
    this.#start = start;
    this.#named = new Set([start, ...(endpoint === null ? [] : [endpoint])].map(hostOf));
    this.#around = around;
  }

  /** Where `from` redirects to; throws a {@linkcode DownloadError} if it may not. */
  async next(from: URL, location: string): Promise<URL> {
    const to = URL.parse(location, from);
    if (to === null) throw new DownloadError("the server redirected to no valid address");
    to.username = to.password = to.hash = "";
    const problem = await this.#problem(from, to);
    if (problem === undefined) return to;
    throw new DownloadError(
      `the server redirected to ${withoutSecrets(to.href)}, ${problem}`,
    );
  }

  async #problem(from: URL, to: URL): Promise<string | undefined> {
    if (to.protocol !== "https:" && to.protocol !== "http:") return "which is no web address";
    const host = hostOf(to);
    if (isLoopback(host) && await this.#isOwn(hostOf(from))) return undefined;
    if (to.protocol === "http:") {
      const isOwn = this.#start.protocol === "http:" && host === hostOf(this.#start);
      return isOwn ? undefined : "expected https";
    }
    if (this.#named.has(host) || await this.#isPublic(host)) return undefined;
    return "which is no address of the public internet; name it in the config if it is right";
  }

  /** Whether `host` is not public, and named, or was come to from one that is. */
  async #isOwn(host: string): Promise<boolean> {
    return isLoopback(host) || this.#named.has(host) && !await this.#isPublic(host);
  }

  /** Whether every address of `host` is of the public internet. */
  async #isPublic(host: string): Promise<boolean> {
    if (isLoopback(host)) return false;
    const found = isAddress(host) ? [host] : await this.#around.addresses(host);
    return found.length > 0 && found.every(isPublic);
  }
}

/** Ends a request that takes too long. */
class TimeLimit {
  readonly #around: World;
  readonly #controller = new AbortController();
  #again: () => void = () => {};
  #stop: () => void = () => {};
  /** Why it ended. */
  error: DownloadError | undefined;

  constructor(around: World) {
    this.#around = around;
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on, `milliseconds` are left for something; `message` says that it did not happen. */
  set(milliseconds: number, message: string): void {
    this.#again = () => {
      this.clear();
      this.#stop = this.#around.after(milliseconds, () => {
        this.error = new DownloadError(message);
        this.#controller.abort(this.error);
      });
    };
    this.#again();
  }

  /** It happened: the same time is left for the next. */
  renew(): void {
    this.#again();
  }

  /** Nothing is waited for any more. */
  clear(): void {
    this.#stop();
  }
}

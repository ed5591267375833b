/**
 * Requests to a server that is not trusted: it may send too much, too slowly or for ever, something
 * packed that unpacks to far more, or a redirect to a machine that only this one can reach.
 *
 * A redirect is followed to any public host over https, at most five times; to a host that is not
 * public only where the config or `HF_ENDPOINT` names it, or from a named host that is not public
 * itself to this machine. The address of a public name is asked for beforehand; that it could be
 * another one a moment later is harmless, as the certificate would be of another host. `http:` is for
 * the host that the config names, if its own URL has it, and for this machine. Credentials are sent
 * to the scheme, host and port that they are for, and no more once a redirect has left these.
 *
 * @module
 */
import { environmentVariable } from "../files/environment.ts";
import { formatBytes } from "../text/format.ts";
import { addressesOf, hostOf, isAddress, isLoopback, isPublic } from "./public_address.ts";
import { type Requested, requestOf, withoutSecrets, withoutSecretsIn } from "./secret_url.ts";

/** A file that could not be downloaded; the message says the reason alone. */
export class DownloadError extends Error {
  /** The name of the class. */
  override readonly name: string = "DownloadError";
}

/** The answer is of no use, nor is what came before. */
export class Refused extends DownloadError {}

/** The server answered with an error. */
export class StatusError extends DownloadError {
  /** The name of the class. */
  override readonly name = "StatusError";
  /** The status of HTTP. */
  readonly status: number;
  /** The headers of the answer. */
  readonly headers: Headers;
  /** The server that answered, which may be one that the first redirected to. */
  readonly origin: string;

  /** For `response`. */
  constructor({ status, headers, url }: Response) {
    super(`the server answered ${status}`);
    this.status = status;
    this.origin = new URL(url).origin;
    this.headers = headers;
  }
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
export const world: World = {
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

/** The request that `url` means in this world: see {@linkcode requestOf}. */
export function requestIn(url: string, { environment }: World): Requested {
  return requestOf(
    url,
    environment,
    (name, target) => variableRefusal(name, target, environment),
  );
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

/** `error`, of anything that a download does, as a {@linkcode DownloadError} without secrets. */
export function downloadError(error: unknown): DownloadError {
  return error instanceof DownloadError
    ? error
    : new DownloadError(withoutSecretsIn(reasonOf(error)), { cause: error });
}

/** The message of `error` and that of its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return error.message + inner;
}

/**
 * All bytes of a short answer; throws a {@linkcode DownloadError}, or a `CredentialsError`. For an
 * answer that is worth resuming there is {@linkcode download}.
 */
export async function fetchBytes(
  url: string,
  mostBytes: number,
  around: World = world,
): Promise<Uint8Array<ArrayBuffer>> {
  const request = requestIn(url, around);
  const limit = new TimeLimit(around);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  try {
    const response = await answerTo(request, {}, limit, around);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new StatusError(response);
    }
    const { content } = await bytesOf(response, 0, mostBytes, limit);
    for await (const part of content) parts.push(part.slice());
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  } catch (error) {
    throw limit.error ?? downloadError(error);
  } finally {
    limit.clear();
  }
}

/** The answer at the end of all redirects, to a request that has `headers` besides its own. */
export async function answerTo(
  { url: start, authorization }: Requested,
  headers: Readonly<Record<string, string>>,
  limit: TimeLimit,
  around: World,
): Promise<Response> {
  const rules = new RedirectRules(start, around);
  limit.set(ANSWER_TIME, `the server did not answer in ${ANSWER_TIME / 1000} s`);
  let url = start;
  let credentials: Record<string, string> = authorization === undefined ? {} : { authorization };
  for (let redirects = 0;; redirects++) {
    const response = await fetch(url, {
      redirect: "manual",
      signal: limit.signal,
      // Packed, it could not be resumed.
      headers: { "accept-encoding": "identity", ...headers, ...credentials },
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
    if (url.origin !== start.origin) credentials = {};
  }
}

/** The content of an answer, as it comes. */
export interface AnswerContent {
  /** How many bytes there will be with those before; `undefined` where the server does not say. */
  readonly total: number | undefined;
  /**
   * The bytes, unpacked where the server packed them although it was asked not to; throws a
   * {@linkcode Refused} for more than there may be.
   */
  readonly content: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/**
 * The content of an answer that there are `before` bytes of already, at most `mostBytes` in all, and
 * that must not come too slowly; throws a {@linkcode Refused} where it is to be more.
 */
export async function bytesOf(
  response: Response,
  before: number,
  mostBytes: number,
  limit: TimeLimit,
): Promise<AnswerContent> {
  const left = Number(response.headers.get("content-length") ?? NaN);
  const encoding = response.headers.get("content-encoding") ?? "identity";
  const total = encoding === "identity" ? before + left : NaN;
  if (total > mostBytes) throw await tooLarge(response, mostBytes, total);
  return {
    total: Number.isNaN(total) ? undefined : total,
    content: paced(response, encoding, { before, mostBytes }, limit),
  };
}

async function* paced(
  response: Response,
  encoding: string,
  { before, mostBytes }: { readonly before: number; readonly mostBytes: number },
  limit: TimeLimit,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  limit.set(PACE_TIME, `fewer than ${formatBytes(PACE_BYTES)} came in ${PACE_TIME / 1000} s`);
  let count = before;
  let since = 0;
  for await (const bytes of unpacked(response, encoding, limit)) {
    count += bytes.length;
    if (count > mostBytes) throw await tooLarge(response, mostBytes);
    yield bytes;
    since += bytes.length;
    if (since < PACE_BYTES) continue;
    since = 0;
    limit.renew();
  }
}

async function tooLarge(response: Response, most: number, total?: number): Promise<Refused> {
  await response.body?.cancel().catch(() => {});
  const found = total === undefined ? "more" : formatBytes(total);
  return new Refused(`expected at most ${formatBytes(most)}, found ${found}`);
}

async function* unpacked(
  response: Response,
  encoding: string,
  { signal }: TimeLimit,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return;
  if (encoding === "identity") return yield* response.body;
  if (encoding !== "gzip" && encoding !== "deflate") {
    await response.body.cancel();
    throw new Refused(`expected the file as it is or packed by gzip, found ${encoding}`);
  }
  yield* response.body.pipeThrough(new DecompressionStream(encoding), { signal });
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
export class TimeLimit {
  readonly #around: World;
  readonly #controller = new AbortController();
  #again: () => void = () => {};
  #stop: () => void = () => {};
  /** Why it ended. */
  error: DownloadError | undefined;

  /** For a request in this world. */
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

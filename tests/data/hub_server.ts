/**
 * A hub on this machine that answers as the Hugging Face hub does: a list of files with their digests,
 * small files after a redirect on the same server, files of LFS after one to another server with a
 * signed query, parts of them, and errors with their codes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { sha256Hex } from "../../src/files/sha256.ts";
import type { World } from "../../src/data/guarded_request.ts";

/** The only model. */
export const REPOSITORY = "some-lab/tiny_model.v1";
/** Its commit. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** What the query of a redirect is signed with. */
export const SIGNATURE = "s1gnature";

/** A server that runs, and what it was asked. */
export interface HubServer {
  /** An environment that names it, with a token where one is given, no names and no time that passes. */
  world(token?: string): World;
  /** The requests that came: `hub` or `cdn`, the path, and what was sent along. */
  readonly asked: string[];
  /** Its address. */
  readonly origin: string;
}

/** How the server differs from one that works; `undefined` leaves an answer as it is. */
export interface Differences {
  /** Of the hub. */
  readonly hub?: (request: Request, url: URL) => Response | undefined;
  /** Of the server that LFS files are on. */
  readonly cdn?: (request: Request, content: Uint8Array<ArrayBuffer>) => Response | undefined;
  /** Of an entry of the list of files. */
  readonly entry?: (entry: Record<string, unknown>) => Record<string, unknown>;
}

/** Runs `action` with a hub that has `files`, of which those of safetensors are of LFS. */
export async function withHub(
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  action: (server: HubServer) => Promise<void>,
  { hub, cdn, entry = (same) => same }: Differences = {},
): Promise<void> {
  const asked: string[] = [];
  const note = (server: string, { headers }: Request, { pathname }: URL): void => {
    const sent = ["authorization", "range"].flatMap((name) => headers.get(name) ?? []);
    asked.push([server, pathname, ...sent].join(" "));
  };
  const store = listening((request, url) => {
    note("cdn", request, url);
    const content = files[url.pathname.slice(1)];
    if (content === undefined || url.searchParams.get("X-Signature") !== SIGNATURE) {
      return new Response("expired", { status: 403 });
    }
    return cdn?.(request, content) ?? partOf(request, content);
  });
  const main = listening((request, url) => {
    note("hub", request, url);
    const different = hub?.(request, url);
    if (different !== undefined) return different;
    const api = `/api/models/${REPOSITORY}/revision/`;
    if (url.pathname.startsWith(api)) {
      const revision = decodeURIComponent(url.pathname.slice(api.length));
      if (!["main", "refs/pr/1", COMMIT].includes(revision)) {
        return failure(404, "RevisionNotFound");
      }
      const siblings = Object.entries(files).map(([name, content]) =>
        entry(entryOf(name, content))
      );
      return Response.json({ id: REPOSITORY, sha: COMMIT, gated: false, siblings });
    }
    const cached = `/api/resolve-cache/models/${REPOSITORY}/${COMMIT}/`;
    const resolve = `/${REPOSITORY}/resolve/${COMMIT}/`;
    const isCached = url.pathname.startsWith(cached);
    const name = url.pathname.slice((isCached ? cached : resolve).length);
    const content = files[name];
    if (!isCached && !url.pathname.startsWith(resolve)) return failure(401, "RepoNotFound");
    if (content === undefined) return failure(404, "EntryNotFound");
    if (isCached) return new Response(content, { headers: { etag: `"${gitBlob(content)}"` } });
    const isLarge = name.endsWith(".safetensors");
    const location = isLarge
      ? `${store.origin}/${name}?X-Signature=${SIGNATURE}`
      : `${cached}${name}?etag=x`;
    const headers: Record<string, string> = { location, "x-repo-commit": COMMIT };
    if (isLarge) headers["x-linked-etag"] = `"${sha256Hex(content)}"`;
    return new Response(null, { status: isLarge ? 302 : 307, headers });
  });
  const { origin } = main;
  const world = (token?: string): World => ({
    environment: (name) => ({ HF_ENDPOINT: origin, HF_TOKEN: token })[name],
    addresses: () => Promise.resolve([]),
    after: () => () => {},
  });
  try {
    await action({ world, asked, origin });
  } finally {
    await main.shutdown();
    await store.shutdown();
  }
}

/** An answer with an error, as the hub gives it. */
export function failure(status: number, code: string, headers: HeadersInit = {}): Response {
  const all = new Headers(headers);
  all.set("x-error-code", code);
  all.set("x-error-message", "secret words");
  return Response.json({ error: "secret words" }, { status, headers: all });
}

/** All of `content`, or the part that is asked for. */
function partOf({ headers }: Request, content: Uint8Array<ArrayBuffer>): Response {
  const etag = `"${sha256Hex(content)}"`;
  const begin = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? NaN);
  if (Number.isNaN(begin) || headers.get("if-range") !== etag) {
    return new Response(content, { headers: { etag } });
  }
  const range = `bytes ${begin}-${content.length - 1}/${content.length}`;
  return new Response(content.slice(begin), {
    status: 206,
    headers: { etag, "content-range": range },
  });
}

/** The entry of a file in the list: of LFS, `blobId` is of the pointer, as here `size` is. */
function entryOf(name: string, content: Uint8Array): Record<string, unknown> {
  if (!name.endsWith(".safetensors")) {
    return { rfilename: name, size: content.length, blobId: gitBlob(content) };
  }
  const lfs = { sha256: sha256Hex(content), size: content.length, pointerSize: 134 };
  return { rfilename: name, size: 134, blobId: gitBlob(new Uint8Array(134)), lfs };
}

function gitBlob(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

interface Listening {
  readonly origin: string;
  shutdown(): Promise<void>;
}

function listening(answer: (request: Request, url: URL) => Response): Listening {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => answer(request, new URL(request.url)),
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    shutdown: () => server.shutdown(),
  };
}

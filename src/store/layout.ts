/**
 * Where in the store's folder what lies: results in `stage/ab/<key>`, where `ab` begins the key, so that
 * no folder grows large and none has to be listed as a whole.
 *
 * @module
 */
import { join } from "node:path";
import { entriesOf, type Entry } from "../files/listing.ts";
import { TEMPORARY } from "../files/write_whole.ts";
import type { ResultRef } from "./stored_result.ts";

/** The folder of the progress of unfinished results. */
export const PROGRESS = "progress";
/** The folder of what is being written: nothing else is ever half written. */
export const TEMPORARIES = "temporary";
/** The folder of plans that are computed in parts, and of what their parts leave beside results. */
export const PLANS = "plans";

/** A result's file name: its key. */
export const KEY = /^[0-9a-f]{64}$/;
/** The name of a damaged file that was set aside. */
const ASIDE = /^[0-9a-f]{64}(\.[0-9a-f]{8})?\.damaged$/;
/** The name of a folder of results: the first digits of their keys. */
export const GROUP = /^[0-9a-f]{2}$/;
/** The name of the folder of a plan: the first digits of its digest. */
const PLAN = /^[0-9a-f]{16}$/;
/** The folders in such a folder. */
const OF_PLANS = ["failed", "shards", "logs"];
/** What lies in such a folder. */
const OF_PLAN =
  /^([\w-]+\.json|merged|failed\/[0-9a-f]{64}\.json|shards\/[\w.-]+\.json|logs\/[\w.-]+)$/;

/** One thing in the store's folders. */
export interface StoredFile {
  /** The file. */
  readonly path: string;
  /** Its folder: a stage, {@linkcode PROGRESS}, {@linkcode TEMPORARIES} or {@linkcode PLANS}. */
  readonly stage: string;
  /** Its path in that folder. */
  readonly name: string;
  /** Its kind, by its name; what this program gives no such name is `foreign`, as is no file. */
  readonly kind: "result" | "progress" | "damaged" | "temporary" | "plan" | "foreign";
  /** The key of a result, or of the progress of one. */
  readonly key: string | undefined;
  /** Its size. */
  readonly bytes: number;
}

/** The first digits of a key, which name the folder that the result is in. */
export function groupOf({ key }: Pick<ResultRef, "key">): string {
  return key.slice(0, 2);
}

/** The path of a result in the store's folder. */
export function nameOf(ref: Pick<ResultRef, "stage" | "key">): string {
  return `${ref.stage}/${groupOf(ref)}/${ref.key}`;
}

/** The path of a result that a version before there were folders for the first digits has written. */
export function olderNameOf({ stage, key }: Pick<ResultRef, "stage" | "key">): string {
  return `${stage}/${key}`;
}

/** Everything in the folders of the store in `root`, sorted by folder and name. Links are `foreign`. */
export async function* filesIn(root: string): AsyncGenerator<StoredFile> {
  for (const { name: stage, kind } of await entriesOf(root)) {
    if (kind !== "folder") continue;
    yield* filesBelow(root, stage, "");
  }
}

/** What is directly in the folder of each stage: of results, those of versions before this layout. */
export async function* olderFilesIn(root: string): AsyncGenerator<StoredFile> {
  for (const { name: stage, kind } of await entriesOf(root)) {
    if (kind !== "folder" || [PROGRESS, TEMPORARIES, PLANS].includes(stage)) continue;
    for (const entry of await entriesOf(join(root, stage))) {
      if (entry.kind === "folder") continue;
      const file = await fileOf(root, stage, entry.name, entry);
      if (file !== undefined) yield file;
    }
  }
}

async function* filesBelow(root: string, stage: string, above: string): AsyncGenerator<StoredFile> {
  for (const entry of await entriesOf(join(root, stage, above))) {
    const name = `${above}${entry.name}`;
    if (entry.kind === "folder" && isOwnFolder(stage, name)) {
      yield* filesBelow(root, stage, `${name}/`);
      continue;
    }
    const file = await fileOf(root, stage, name, entry);
    if (file !== undefined) yield file;
  }
}

/** Whether this program makes the folder `name` in the folder `stage`. */
function isOwnFolder(stage: string, name: string): boolean {
  if (stage === PROGRESS || stage === TEMPORARIES) return false;
  if (stage !== PLANS) return GROUP.test(name);
  const [plan = "", ...rest] = name.split("/");
  return PLAN.test(plan) && ["", ...OF_PLANS].includes(rest.join("/"));
}

/** `undefined` where it is gone meanwhile. */
async function fileOf(
  root: string,
  stage: string,
  name: string,
  entry: Entry,
): Promise<StoredFile | undefined> {
  const path = join(root, stage, name);
  const stat = await Deno.lstat(path).catch(() => undefined);
  if (stat === undefined) return undefined;
  return { path, stage, name, bytes: stat.size, ...kindOf(stage, name, entry) };
}

function kindOf(stage: string, name: string, entry: Entry): Pick<StoredFile, "kind" | "key"> {
  const key = entry.name.slice(0, 64);
  const foreign = { kind: "foreign", key: undefined } as const;
  if (entry.kind !== "file") return foreign;
  if (stage === PLANS) {
    const [plan = "", ...rest] = name.replace(TEMPORARY, "").split("/");
    if (!PLAN.test(plan) || !OF_PLAN.test(rest.join("/"))) return foreign;
    return { kind: TEMPORARY.test(name) ? "temporary" : "plan", key: undefined };
  }
  if (TEMPORARY.test(name)) {
    const isOwn = KEY.test(entry.name.replace(TEMPORARY, "")) || stage === TEMPORARIES;
    return isOwn ? { kind: "temporary", key: undefined } : foreign;
  }
  // A result in the folder of other digits would never be found.
  if (name !== entry.name && name !== `${key.slice(0, 2)}/${entry.name}`) return foreign;
  if (ASIDE.test(entry.name)) return { kind: "damaged", key: undefined };
  if (!KEY.test(entry.name) || stage === TEMPORARIES) return foreign;
  return { kind: stage === PROGRESS ? "progress" : "result", key };
}

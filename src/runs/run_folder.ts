/**
 * Folders of runs as they lie on the disk: whose a folder is, what of it is damaged, and which results
 * it needs. No link below a run folder is followed.
 *
 * @module
 */
import { join } from "node:path";
import { LinkedPathError, pathInside } from "../files/inside.ts";
import { kindOf } from "../files/kind.ts";
import { entriesOf, folderNames } from "../files/listing.ts";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import { Sha256 } from "../files/sha256.ts";
import { reasonOf } from "../files/system_error.ts";
import { MANIFEST, type Manifest, parseManifest, type ReadManifest } from "./manifest.ts";

/**
 * The mark that a run leaves from its first write until its manifest stands: the manifest of that run,
 * with the files that whole manifests before it listed as outputs.
 */
export const WRITING = ".writing";

/**
 * The mark that a run leaves from before it computes its first result until its manifest stands: a
 * manifest with the keys of all its results, and no outputs. It tells which results an interrupted run
 * needs; a run that failed before it had a report leaves it, so that the rest can be reused.
 */
export const BEGUN = ".begun";

/** The contents of the place where a manifest, or the mark of writing, is expected. */
export type FoundManifest =
  | ReadManifest
  /** Nothing. */
  | { readonly kind: "none" }
  /** Something that cannot be read, such as a folder, a link, a pipe; why. */
  | { readonly kind: "unreadable"; readonly problem: string };

/** Reads the manifest of the run in `folder`, or one of its marks. */
export async function readManifest(
  folder: string,
  name: typeof MANIFEST | typeof WRITING | typeof BEGUN = MANIFEST,
): Promise<FoundManifest> {
  try {
    const bytes = await readBounded(await pathInside(folder, name), MOST_BYTES);
    return parseManifest(textOf(bytes));
  } catch (error) {
    if (error instanceof LinkedPathError) {
      return { kind: "unreadable", problem: "expected a file, found a symbolic link" };
    }
    if (error instanceof UnreadableError && error.missing) return { kind: "none" };
    if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) throw error;
    return { kind: "unreadable", problem: reasonOf(error) };
  }
}

/** The most bytes of such a file: far more than any run writes, and little enough to be parsed. */
const MOST_TEXT_BYTES = 2 ** 24;

/** The text of the file `name` of the run in `folder`; `undefined` where there is no file to read. */
export async function runTextIn(
  folder: string,
  name: "config.yaml" | "findings.json",
): Promise<string | undefined> {
  try {
    const bytes = await readBounded(await pathInside(folder, name), MOST_TEXT_BYTES);
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof UnreadableError || error instanceof LinkedPathError) return undefined;
    throw error;
  }
}

/** `bytes` as text, every one of them: what is no UTF-8 is no JSON, either. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "";
  }
}

/** The most bytes of a manifest: far more than that of a million cells has. */
export const MOST_BYTES = 2 ** 29 - 24;

/** How a file is that is not as it was written. */
export type DamagedState =
  /** It has other line endings than were written, and that is all. */
  | "other line endings"
  /** It was changed or damaged. */
  | "changed"
  /** It is not there. */
  | "gone"
  /** There is something else than a file, which no run makes: a folder, a link, a pipe. */
  | "foreign";

/** A file of a run folder that is not as the run wrote it. */
export interface Damage {
  /** Its name in the folder: `results.csv`, `charts/beam.svg`. */
  readonly name: string;
  /** How it is; the manifest of a run that did not end is gone. */
  readonly state: DamagedState;
  /** The problem, for a message: `changed or damaged after the run`. */
  readonly problem: string;
  /** Whether a rerun of the same config writes it again: not where something foreign is in its way. */
  readonly isMended: boolean;
}

const PROBLEMS: Readonly<Record<DamagedState, string>> = {
  "other line endings": "line endings were changed, and nothing else",
  changed: "changed or damaged after the run",
  gone: "gone",
  foreign: "expected a file, found something else",
};

function damageOf(name: string, state: DamagedState, problem = PROBLEMS[state]): Damage {
  return { name, state, problem, isMended: state !== "foreign" };
}

/**
 * Compares every file of the run in `folder` with its manifest, and the manifest with its own digest;
 * nothing for a folder that is whole, and for one that no run wrote.
 */
export async function verifyRunFolder(folder: string): Promise<Damage[]> {
  const found = await readManifest(folder);
  switch (found.kind) {
    case "none": {
      const mark = await readManifest(folder, WRITING);
      return mark.kind === "none"
        ? []
        : [damageOf(MANIFEST, "gone", "the run that was writing the folder did not end")];
    }
    case "foreign":
      return [];
    case "unreadable":
      return [damageOf(MANIFEST, "foreign", found.problem)];
    case "damaged":
      return [damageOf(MANIFEST, "changed", found.problem)];
    case "whole": {
      const own = found.otherLineEndings ? [damageOf(MANIFEST, "other line endings")] : [];
      return [...own, ...await damagedFiles(folder, found.manifest)];
    }
  }
}

/** The files of `manifest` that are not as it says. */
export async function damagedFiles(
  folder: string,
  { outputs }: Pick<Manifest, "outputs">,
): Promise<Damage[]> {
  const damage: Damage[] = [];
  for (const [name, sha256] of Object.entries(outputs)) {
    const found = await damageIn(folder, name, sha256);
    if (found !== undefined) damage.push(found);
  }
  return damage;
}

/** The damage of the file `name` of the run in `folder`, beside the digest of what was written. */
async function damageIn(
  folder: string,
  name: string,
  sha256: string,
): Promise<Damage | undefined> {
  try {
    const there = await kindOf(folder, name);
    if (there === "none") return damageOf(name, "gone");
    if (there !== "a file") return damageOf(name, "foreign", `expected a file, found ${there}`);
    const state = await contentState(name, sha256, async () => {
      const file = await Deno.open(join(folder, name));
      return file.readable;
    });
    return state === "whole" ? undefined : damageOf(name, state);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) throw error;
    return damageOf(name, "changed", `cannot be read (${reasonOf(error)})`);
  }
}

/** Bytes, part by part. */
export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** How the content that `open` gives, or not, is beside the digest of what was written as `name`. */
export async function contentState(
  name: string,
  sha256: string,
  open: () => Promise<Bytes | undefined>,
): Promise<"whole" | "other line endings" | "changed" | "gone"> {
  const content = await open();
  if (content === undefined) return "gone";
  if (await digestOf(content) === sha256) return "whole";
  const asWritten = withLineEndings(await open() ?? [], name.endsWith(".csv") ? "\r\n" : "\n");
  return await digestOf(asWritten) === sha256 ? "other line endings" : "changed";
}

async function digestOf(parts: Bytes): Promise<string> {
  const hash = new Sha256();
  for await (const part of parts) hash.update(part);
  return hash.hex();
}

const CR = 13;
const LF = 10;

/** The text in `parts` with every LF or CR LF replaced by `ending`. */
async function* withLineEndings(
  parts: Bytes,
  ending: "\n" | "\r\n",
): AsyncGenerator<Uint8Array> {
  /** Whether the last part ended with a CR, which may belong to an LF. */
  let hasCr = false;
  for await (const part of parts) {
    const bytes = new Uint8Array(2 * part.length + 1);
    let length = 0;
    for (const byte of part) {
      if (hasCr && byte !== LF) bytes[length++] = CR;
      hasCr = byte === CR;
      if (hasCr) continue;
      if (byte === LF && ending === "\r\n") bytes[length++] = CR;
      bytes[length++] = byte;
    }
    yield bytes.subarray(0, length);
  }
  if (hasCr) yield Uint8Array.of(CR);
}

/**
 * The folders of runs in `root` and below it, `root` included: those with a manifest or a mark. In a
 * folder of runs, which is none itself, a link may stand for a run: people have scratch disks. Tells
 * `unreachable` of links behind which a run may be that is not found, and why: those that lead nowhere
 * now, and those further below, which are not followed.
 */
export async function* runFoldersIn(
  root: string,
  unreachable: (path: string, problem: string) => void,
): AsyncGenerator<string> {
  if (await isRunFolder(root)) return yield* withRunsBelow(root, unreachable);
  for (const name of await folderNames(root)) {
    if (!name.startsWith(".")) yield* withRunsBelow(join(root, name), unreachable);
  }
  for (const { name, kind } of await entriesOf(root)) {
    if (kind !== "link" || name.startsWith(".")) continue;
    const path = join(root, name);
    try {
      if (!(await Deno.stat(path)).isDirectory) continue;
    } catch (error) {
      if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) throw error;
      const isMissing = error instanceof Deno.errors.NotFound;
      unreachable(path, isMissing ? "a link that leads nowhere" : reasonOf(error));
      continue;
    }
    yield* withRunsBelow(path, unreachable);
  }
}

async function* withRunsBelow(
  folder: string,
  unreachable: (path: string, problem: string) => void,
): AsyncGenerator<string> {
  const isRun = await isRunFolder(folder);
  if (isRun) yield folder;
  for (const { name, kind } of await entriesOf(folder)) {
    if (name.startsWith(".")) continue;
    const path = join(folder, name);
    if (kind === "folder") yield* withRunsBelow(path, unreachable);
    // In a run's own folder no run is behind a link.
    else if (kind === "link" && !isRun) {
      unreachable(path, "a link, which is followed directly in the folder of all runs alone");
    }
  }
}

/** Whether a run wrote `folder`, or began to, or computes results for it. */
async function isRunFolder(folder: string): Promise<boolean> {
  for (const name of [MANIFEST, WRITING, BEGUN]) {
    if (await kindOf(folder, name) !== "none") return true;
  }
  return false;
}

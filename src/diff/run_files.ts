/**
 * The files of a run, wherever they are: in a folder, or in a revision that git has.
 *
 * @module
 */
import { basename, dirname, join, relative, resolve } from "node:path";
import { LinkedPathError, pathInside } from "../files/inside.ts";
import { kindOf } from "../files/kind.ts";
import { folderNames } from "../files/listing.ts";
import { readBounded, tooLarge, UnreadableError } from "../files/read_bounded.ts";
import type { Bytes } from "../runs/run_folder.ts";
import { messageOf } from "../text/message_of.ts";
import { shellWord } from "../text/shell_word.ts";
import { shown, suggestion } from "../text/suggestions.ts";
import { git, gitOutput, type GitResult, itemsOf, lineOf } from "./git.ts";

/** Runs that cannot be compared: missing, unfinished, damaged, or named in a way that means none. */
export class DiffError extends Error {
  /** The name of the class. */
  override readonly name = "DiffError";
}

/** The files of a run. */
export interface RunFiles {
  /** The run as the user named it: `outputs/a`, `outputs/a@HEAD~1`. */
  readonly label: string;
  /**
   * The text of the file `name`, such as `checkpoints/target.json`; `undefined` if there is none.
   *
   * @throws {DiffError} If it cannot be read, is not text, or is larger than such a file can be.
   */
  read(name: string): Promise<string | undefined>;
  /**
   * The bytes of the file `name`, of any size, part by part; `undefined` if there is none.
   *
   * @throws {DiffError} If it cannot be read.
   */
  open(name: string): Promise<Bytes | undefined>;
}

/** The files in `folder`; no link below it is followed. */
function filesInFolder(label: string, folder: string): RunFiles {
  return {
    label,
    async read(name) {
      try {
        const path = await pathInside(folder, name);
        return textIn(label, name, await readBounded(path, mostBytes(name)));
      } catch (error) {
        if (error instanceof UnreadableError && error.missing) return undefined;
        if (!(error instanceof UnreadableError || error instanceof LinkedPathError)) throw error;
        throw unreadable(label, name, error.message);
      }
    },
    async open(name) {
      const there = await kindOf(folder, name);
      if (there === "none") return undefined;
      if (there !== "a file") throw unreadable(label, name, `expected a file, found ${there}`);
      try {
        return (await Deno.open(await pathInside(folder, name))).readable;
      } catch (error) {
        throw unreadable(label, name, messageOf(error));
      }
    },
  };
}

/** The files in the folder `name` of a run: those of one run of a sweep. */
export function filesWithin(files: RunFiles, name: string): RunFiles {
  return {
    label: `${files.label}/${name}`,
    read: (file) => files.read(`${name}/${file}`),
    open: (file) => files.open(`${name}/${file}`),
  };
}

/** The error of a file that cannot be read. */
export function unreadable(label: string, name: string, reason: string): DiffError {
  return new DiffError(`cannot read ${name} of ${label}: ${reason}`);
}

/** The most that a text in memory can be: the longest string of V8. */
const MOST_BYTES = 2 ** 29 - 24;
/** Far more than any run writes, and little enough for the parsers of YAML and JSON. */
const MOST_BYTES_OF_SETTINGS = 2 ** 24;

/** The size that a file of this name may have. */
function mostBytes(name: string): number {
  return /(^|\/)(manifest\.json|config\.yaml)$/.test(name) ? MOST_BYTES_OF_SETTINGS : MOST_BYTES;
}

/** The UTF-8 text of `bytes`. */
function textIn(label: string, name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(label, name, "expected UTF-8 text, found other bytes");
  }
}

/** The files of a run that a name means. */
export interface NamedRun {
  /** Its files. */
  readonly files: RunFiles;
  /** If the name means a revision, the folder of which it is one. */
  readonly revisionOf: string | undefined;
}

/**
 * Finds the run that `name` means: a folder, or `folder@revision`. If a folder has the whole name, `@`
 * included, it is meant. Relative names are relative to each of `bases` in turn.
 *
 * @throws {DiffError} If there is no such folder, repository or revision.
 */
export async function findRunFiles(name: string, bases: readonly string[]): Promise<NamedRun> {
  for (const base of bases) {
    const path = resolve(base, name);
    const there = await Deno.stat(path).catch(() => undefined);
    if (there?.isDirectory) return { files: filesInFolder(name, path), revisionOf: undefined };
    if (there !== undefined) {
      throw new DiffError(`cannot compare ${name}: expected the folder of a run, found a file`);
    }
  }
  const failures: NoRevision[] = [];
  for (const { folder, revision } of revisionsMeant(name)) {
    for (const base of bases) {
      const files = await filesInRevision(name, resolve(base, folder), revision);
      if (!("problem" in files)) return { files, revisionOf: folder };
      failures.push(files);
    }
  }
  throw new DiffError(
    `cannot compare ${name}: ${furthest(failures) ?? await notThere(name, bases)}`,
  );
}

/** The meanings of `name`, several where revisions (`HEAD@{1}`) or folders have an `@` themselves. */
function revisionsMeant(name: string): { readonly folder: string; readonly revision: string }[] {
  return [...name.matchAll(/@/g)]
    .map(({ index }) => ({ folder: name.slice(0, index), revision: name.slice(index + 1) }))
    .filter(({ folder, revision }) => folder !== "" && revision !== "");
}

/** The problem of the attempt that came furthest. */
function furthest(failures: readonly NoRevision[]): string | undefined {
  return (["path", "revision", "repository"] as const)
    .flatMap((missing) => failures.filter((failure) => failure.missing === missing))[0]?.problem;
}

async function notThere(name: string, bases: readonly string[]): Promise<string> {
  const siblings: string[] = [];
  for (const base of bases) {
    siblings.push(...await folderNames(dirname(resolve(base, name))).catch(() => []));
  }
  return "expected the folder of a run, such as outputs/default, found none" +
    suggestion(basename(name), siblings);
}

/** Why a revision of a folder cannot be read. */
interface NoRevision {
  /** The thing that was not found; the attempt that came furthest tells most. */
  readonly missing: "repository" | "revision" | "path";
  /** The problem, for a message. */
  readonly problem: string;
}

/**
 * The files of `folder`, an absolute path, in `revision`, which is anything that git can resolve; or why
 * there are none. They are read from git's objects: nothing is checked out, and no filter, pager or hook
 * of the repository runs.
 */
async function filesInRevision(
  label: string,
  folder: string,
  revision: string,
): Promise<RunFiles | NoRevision> {
  const cwd = await nearestFolder(folder);
  const prefix = await git(cwd, "rev-parse", "--show-prefix");
  if (!prefix.ok) {
    return {
      missing: "repository",
      problem: `it is in no git repository (${prefix.complaint})`,
    };
  }
  // From here on by its hash alone: what a user wrote is never taken for an option.
  const found = await git(cwd, "rev-parse", "--verify", "-q", "--end-of-options", revision);
  const tree = found.ok
    ? await git(cwd, "rev-parse", "--verify", "-q", `${lineOf(found)}^{tree}`)
    : found;
  if (!tree.ok) {
    return { missing: "revision", problem: await unknownRevision(cwd, revision) };
  }
  const path = join(lineOf(prefix), relative(cwd, folder)).replace(/\/$/, "");
  const object = `${lineOf(tree)}:${path === "." ? "" : path}`;
  const listing = await git(cwd, "ls-tree", "--full-tree", "-r", "-z", object);
  if (!listing.ok) {
    return { missing: "path", problem: await notInRevision(cwd, lineOf(tree), path, revision) };
  }
  return filesOf(label, cwd, itemsOf(listing));
}

function filesOf(label: string, cwd: string, listing: readonly string[]): RunFiles {
  const files = new Map<string, { readonly mode: string; readonly hash: string }>();
  for (const line of listing) {
    const [, mode = "", hash = "", name = ""] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    files.set(name, { mode, hash });
  }
  const hashOf = (name: string): string | undefined => {
    const file = files.get(name);
    if (file === undefined || file.mode.startsWith("100")) return file?.hash;
    throw unreadable(label, name, "expected a file, found a link or a submodule");
  };
  const blob = async (name: string, hash: string): Promise<Uint8Array> => {
    const content = await git(cwd, "cat-file", "blob", hash);
    if (content.ok) return content.stdout;
    throw unreadable(label, name, await notInClone(cwd, hash, content));
  };
  return {
    label,
    async read(name) {
      const hash = hashOf(name);
      if (hash === undefined) return undefined;
      const size = await git(cwd, "cat-file", "-s", hash);
      if (!size.ok) throw unreadable(label, name, await notInClone(cwd, hash, size));
      const [most, bytes] = [mostBytes(name), Number(lineOf(size))];
      if (bytes > most) throw unreadable(label, name, tooLarge(most, bytes).message);
      return textIn(label, name, await blob(name, hash));
    },
    async open(name) {
      const hash = hashOf(name);
      if (hash === undefined) return undefined;
      const there = await git(cwd, "cat-file", "-e", hash);
      if (!there.ok) throw unreadable(label, name, await notInClone(cwd, hash, there));
      // Of a file of any size, which git may have packed into next to nothing.
      return gitOutput(cwd, "cat-file", "blob", hash);
    },
  };
}

/** The problem with an object that the repository lacks, which is usual for a partial clone. */
async function notInClone(cwd: string, hash: string, { complaint }: GitResult): Promise<string> {
  const partial = await git(cwd, "config", "--get-regexp", "^remote\\..*\\.promisor$");
  return partial.ok
    ? `this clone is partial and lacks it, and a comparison fetches nothing; if you trust the ` +
      `repository, fetch it with: git cat-file -e ${hash}`
    : complaint;
}

/** `folder`, or the nearest folder above it that exists. */
async function nearestFolder(folder: string): Promise<string> {
  const isFolder = await Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false);
  const above = dirname(folder);
  return isFolder || above === folder ? folder : await nearestFolder(above);
}

async function unknownRevision(cwd: string, revision: string): Promise<string> {
  const refs = await git(cwd, "for-each-ref", "--format=%(refname:short)");
  const names = lineOf(refs).split("\n").filter((name) => name !== "");
  return `expected a revision, such as HEAD~1, a branch or a hash, found ${shown(revision)}` +
    suggestion(revision, ["HEAD", ...names]);
}

/** The problem of a path that is not in the revision, with the nearest that is. */
async function notInRevision(
  cwd: string,
  tree: string,
  path: string,
  revision: string,
): Promise<string> {
  const above = dirname(path) === "." ? "" : dirname(path);
  const listing = await git(
    cwd,
    "ls-tree",
    "--full-tree",
    "-d",
    "-z",
    "--name-only",
    `${tree}:${above}`,
  );
  const nearest = suggestion(basename(path), itemsOf(listing));
  return `${revision} has no folder ${path}${nearest}` +
    (nearest === ""
      ? `; git keeps a run once it is committed: git add --force ${shellWord(path)}`
      : "");
}

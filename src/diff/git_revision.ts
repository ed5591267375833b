/**
 * Runs that were committed, read from git's objects: nothing is checked out, and no filter, pager or
 * hook of the repository runs.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { basename, dirname, join, relative } from "@std/path";
import { shown, suggestion } from "../text/suggestions.ts";
import { git, itemsOf, textOf } from "./git.ts";
import { checkSize, decoded, type RunFiles, unreadable } from "./run_files.ts";

/** Why a revision of a folder cannot be read; of several attempts the one that came furthest tells. */
export interface NoRevision {
  /** How far the attempt came. */
  readonly stage: "repository" | "revision" | "path";
  /** What is wrong. */
  readonly problem: string;
}

/** The files of `folder`, an absolute path, as they are in `revision`, whatever git can resolve, or why there are none. */
export async function filesInRevision(
  label: string,
  folder: string,
  revision: string,
): Promise<RunFiles | NoRevision> {
  const cwd = await nearestFolder(folder);
  const prefix = await git(cwd, "rev-parse", "--show-prefix");
  if (!prefix.ok) {
    return {
      stage: "repository",
      problem: `it is in no git repository (${prefix.complaint})`,
    };
  }
  // By its hash alone from here on: what a user wrote is never taken for an option.
  const found = await git(cwd, "rev-parse", "--verify", "-q", "--end-of-options", revision);
  const tree = found.ok
    ? await git(cwd, "rev-parse", "--verify", "-q", `${textOf(found)}^{tree}`)
    : found;
  if (!tree.ok) {
    return { stage: "revision", problem: await unknownRevision(cwd, revision) };
  }
  const path = join(textOf(prefix), relative(cwd, folder)).replace(/\/$/, "");
  const object = `${textOf(tree)}:${path === "." ? "" : path}`;
  const listing = await git(cwd, "ls-tree", "--full-tree", "-r", "-l", "-z", object);
  if (!listing.ok) {
    return { stage: "path", problem: await notInRevision(cwd, textOf(tree), path, revision) };
  }
  return filesOf(label, cwd, itemsOf(listing));
}

/** One entry of a tree. */
interface TreeFile {
  readonly mode: string;
  readonly hash: string;
  readonly bytes: number;
}

function filesOf(label: string, cwd: string, listing: readonly string[]): RunFiles {
  const files = new Map<string, TreeFile>();
  for (const line of listing) {
    const [, mode = "", hash = "", bytes = "", name = ""] =
      /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line) ?? [];
    files.set(name, { mode, hash, bytes: Number(bytes) });
  }
  return {
    label,
    async read(name) {
      const file = files.get(name);
      if (file === undefined) return undefined;
      if (!file.mode.startsWith("100")) {
        throw unreadable(label, name, "expected a file, found a link or a submodule");
      }
      checkSize(label, name, file.bytes);
      const content = await git(cwd, "cat-file", "blob", file.hash);
      if (!content.ok) throw unreadable(label, name, content.complaint);
      return decoded(label, name, content.stdout);
    },
  };
}

/** `folder` or, where it is not there, what is of the folders above it. */
async function nearestFolder(folder: string): Promise<string> {
  const isFolder = await Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false);
  const above = dirname(folder);
  return isFolder || above === folder ? folder : await nearestFolder(above);
}

async function unknownRevision(cwd: string, revision: string): Promise<string> {
  const refs = await git(cwd, "for-each-ref", "--format=%(refname:short)");
  const names = textOf(refs).split("\n").filter((name) => name !== "");
  return `expected a revision, such as HEAD~1, a branch or a hash, found ${shown(revision)}` +
    suggestion(revision, ["HEAD", ...names]);
}

/** The path is not in the revision: what is there in its place. */
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
    (nearest === "" ? `; git keeps a run once it is committed: git add --force ${path}` : "");
}

// @ts-types="../declarations/path.d.ts"
import { basename, dirname, resolve } from "@std/path";
import { suggestion } from "../text/suggestions.ts";
import { DiffError } from "./diff_error.ts";
import { filesInRevision, type NoRevision } from "./git_revision.ts";
import { filesInFolder, type RunFiles } from "./run_files.ts";

/** A run as the user named it, and whether that names a revision. */
export interface OpenedRun {
  /** Its files. */
  readonly files: RunFiles;
  /** The folder whose revision it is, if it is one. */
  readonly revisionOf: string | undefined;
}

/**
 * Finds the run that `name` means: a folder, or `folder@revision`. Where a folder has that very name,
 * `@` and all, it is meant. Relative names are looked for from each of `bases` in turn.
 *
 * @throws {DiffError} If there is no such folder, repository or revision.
 */
export async function openRun(name: string, bases: readonly string[]): Promise<OpenedRun> {
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

/** What `name` may mean: revisions (`HEAD@{1}`) and folders may have an `@` of their own. */
function revisionsMeant(name: string): { readonly folder: string; readonly revision: string }[] {
  return [...name.matchAll(/@/g)]
    .map(({ index }) => ({ folder: name.slice(0, index), revision: name.slice(index + 1) }))
    .filter(({ folder, revision }) => folder !== "" && revision !== "");
}

/** What is wrong, by the attempt that came furthest. */
function furthest(failures: readonly NoRevision[]): string | undefined {
  return (["path", "revision", "repository"] as const)
    .flatMap((stage) => failures.filter((failure) => failure.stage === stage))[0]?.problem;
}

async function notThere(name: string, bases: readonly string[]): Promise<string> {
  const siblings: string[] = [];
  for (const base of bases) {
    try {
      for await (const entry of Deno.readDir(dirname(resolve(base, name)))) {
        if (entry.isDirectory) siblings.push(entry.name);
      }
    } catch {
      // Nothing there to have been meant.
    }
  }
  return `expected the folder of a run, such as outputs/default, found none${
    suggestion(basename(name), siblings)
  }`;
}

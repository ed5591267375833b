/**
 * Where the runs are that a command line names: folders, or git revisions of some.
 *
 * @module
 */
import { resolve } from "node:path";
import { findRunFiles, type RunFiles } from "../diff/run_files.ts";

/** The folders that names of runs are relative to: the project's, and the one where the task was called. */
export function basesOfRuns(): readonly string[] {
  return [Deno.cwd(), Deno.env.get("INIT_CWD") ?? Deno.cwd()];
}

/** All that has to be readable to read the runs of these `names`; only git knows which a revision has. */
export function foldersOfRuns(names: readonly string[]): readonly string[] {
  const bases = basesOfRuns();
  const folders = names.flatMap((name) => bases.map((base) => resolve(base, name)));
  return [...folders, ...folders.flatMap(linkedFolder)];
}

/** Where a folder is that is named by a link. */
function linkedFolder(path: string): string[] {
  try {
    return [Deno.realPathSync(path)];
  } catch {
    return [];
  }
}

/** Runs, and what it takes to read them. */
export interface NamedRuns {
  /** They, in the order of their names. */
  readonly runs: readonly RunFiles[];
  /** The folders that they may be in. */
  readonly folders: readonly string[];
  /** Whether git has one of them. */
  readonly git: boolean;
}

/**
 * Finds the runs of these `names`.
 *
 * @throws {DiffError} If there is no such folder, repository or revision.
 */
export async function findRuns(names: readonly string[]): Promise<NamedRuns> {
  const bases = basesOfRuns();
  const found = [];
  for (const name of names) found.push(await findRunFiles(name, bases));
  return {
    runs: found.map(({ files }) => files),
    folders: foldersOfRuns(names),
    git: found.some(({ revisionOf }) => revisionOf !== undefined),
  };
}

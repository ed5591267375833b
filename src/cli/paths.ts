/**
 * How the paths and runs that a person names are found.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { basename } from "@std/path/basename";
// @ts-types="../declarations/path.d.ts"
import { dirname } from "@std/path/dirname";
// @ts-types="../declarations/path.d.ts"
import { isAbsolute } from "@std/path/is-absolute";
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path/join";
// @ts-types="../declarations/path.d.ts"
import { relative } from "@std/path/relative";
import { folderNames } from "../files/listing.ts";
import { interrupted } from "../diff/unfinished.ts";
import { escapeControl } from "../text/characters.ts";
import { shown, suggestion } from "../text/suggestions.ts";
import { UsageError } from "./command.ts";

/**
 * The file or folder that a person called `path`: relative to the project, where tasks run, or else to
 * the folder where `deno task` was called.
 */
export async function findPath(path: string): Promise<string> {
  const caller = Deno.env.get("INIT_CWD");
  if (caller === undefined || isAbsolute(path) || await exists(path)) return path;
  const there = relative(Deno.cwd(), join(caller, path));
  return await exists(there) ? there : path;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** How many runs a message lists. */
const MOST_LISTED = 10;

/**
 * The folder of the run that a person called `name`, which has a config. Throws a
 * {@linkcode UsageError} that names the nearest folder or, for the folder of a sweep, the runs in it.
 */
export async function findRun(name: string): Promise<string> {
  const { folder, runs } = await findRuns(name);
  const [run] = runs;
  if (run === folder) return run;
  const more = runs.length > MOST_LISTED ? [`and ${runs.length - MOST_LISTED} more`] : [];
  const listed = [...runs.slice(0, MOST_LISTED), ...more].map((run) => `\n  ${escapeControl(run)}`)
    .join("");
  throw noRun(`${name}, which has runs in it:${listed}`);
}

/**
 * The folder that a person called `name`, and the runs there: itself, or those of a sweep, which lie
 * directly in it. Throws a {@linkcode UsageError} that names the nearest folder.
 */
export async function findRuns(
  name: string,
): Promise<{ readonly folder: string; readonly runs: readonly string[] }> {
  const folder = await findPath(name);
  if (await hasConfig(folder)) return { folder, runs: [folder] };
  if (await isLink(join(folder, "config.yaml"))) {
    throw noRun(`${name}, whose config.yaml is a link, which may lead anywhere`);
  }
  const there = await Deno.stat(folder).catch(() => undefined);
  if (there === undefined) {
    const near = suggestion(basename(folder), await foldersIn(dirname(folder)));
    throw noRun(`none called ${shown(name)}${near}`);
  }
  if (!there.isDirectory) throw noRun(`the file ${name}`);
  const runs: string[] = [];
  for (const inner of await foldersIn(folder)) {
    if (await hasConfig(join(folder, inner))) runs.push(join(folder, inner));
  }
  if (runs.length === 0) {
    const unfinished = await interrupted((mark) => exists(join(folder, mark)));
    throw noRun(
      `${name}, which ${unfinished === undefined ? "has no config.yaml" : `is ${unfinished}`}`,
    );
  }
  return { folder, runs };
}

function noRun(found: string): UsageError {
  return new UsageError(`expected the folder of a run, such as outputs/default, found ${found}`);
}

async function hasConfig(folder: string): Promise<boolean> {
  return await Deno.lstat(join(folder, "config.yaml")).then(({ isFile }) => isFile, () => false);
}

async function isLink(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(({ isSymlink }) => isSymlink, () => false);
}

/** The folders in `folder`; none where it cannot be listed, since they are only to be suggested. */
async function foldersIn(folder: string): Promise<string[]> {
  return await folderNames(folder).catch(() => []);
}

/**
 * How the paths and runs that a person names are found.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { basename, dirname, isAbsolute, join, relative } from "@std/path";
import { folderNames } from "../files/listing.ts";
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
  const folder = await findPath(name);
  const fail = (found: string): UsageError =>
    new UsageError(`expected the folder of a run, such as outputs/default, found ${found}`);
  if (await hasConfig(folder)) return folder;
  if (await isLink(join(folder, "config.yaml"))) {
    throw fail(`${name}, whose config.yaml is a link, which may lead anywhere`);
  }
  const there = await Deno.stat(folder).catch(() => undefined);
  if (there === undefined) {
    const near = suggestion(basename(folder), await foldersIn(dirname(folder)));
    throw fail(`none called ${shown(name)}${near}`);
  }
  if (!there.isDirectory) throw fail(`the file ${name}`);
  const runs: string[] = [];
  for (const inner of await foldersIn(folder)) {
    if (await hasConfig(join(folder, inner))) runs.push(join(folder, inner));
  }
  if (runs.length === 0) throw fail(`${name}, which has no config.yaml`);
  const more = runs.length > MOST_LISTED ? [`and ${runs.length - MOST_LISTED} more`] : [];
  const listed = [...runs.slice(0, MOST_LISTED), ...more].map((run) => `\n  ${escapeControl(run)}`)
    .join("");
  throw fail(`${name}, which has runs in it:${listed}`);
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

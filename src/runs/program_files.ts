/**
 * The files of the program that a result can depend on, and their digests: a plan is computed by the
 * program that wrote it.
 *
 * @module
 */
import { join } from "node:path";
import { entriesOf } from "../files/listing.ts";
import { PROJECT } from "../files/place.ts";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import { sha256Hex } from "../files/sha256.ts";

/** For each file, by its path in the project, the first 16 digits of its SHA-256. */
export type ProgramFiles = Readonly<Record<string, string>>;

/** Files beside `src/`. */
const BESIDE = ["deno.json", "deno.lock", "main.ts"];
/** Folders of `src/` that nothing imports which computes a result: commands, and what compares runs. */
const APART = ["cli", "compare", "diff", "launch"];
/** The most bytes of a file: the largest is a compiled kernel. */
const MOST_BYTES = 2 ** 24;
const DIGITS = 16;

/** The digests of this program's files. */
export async function programFiles(): Promise<ProgramFiles> {
  const found: Record<string, string> = {};
  for (const path of [...BESIDE, ...await filesBelow("src")].toSorted()) {
    const digest = await digestOf(path);
    if (digest !== undefined) found[path] = digest;
  }
  return found;
}

/** The digest of the file at `path` in the project; `undefined` where it is gone. */
async function digestOf(path: string): Promise<string | undefined> {
  try {
    return sha256Hex(await readBounded(join(PROJECT, path), MOST_BYTES)).slice(0, DIGITS);
  } catch (error) {
    if (error instanceof UnreadableError && error.missing) return undefined;
    throw error;
  }
}

/** The files in `folder` and its folders but pages, as paths in the project; links to files are some. */
async function filesBelow(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const { name, kind } of await entriesOf(join(PROJECT, folder))) {
    const path = `${folder}/${name}`;
    const isApart = folder === "src" && APART.includes(name) || name === "node_modules";
    if (kind === "folder" && !isApart) paths.push(...await filesBelow(path));
    if ((kind === "file" || kind === "link" && await isFile(path)) && !name.endsWith(".md")) {
      paths.push(path);
    }
  }
  return paths;
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(join(PROJECT, path)).then(({ isFile }) => isFile, () => false);
}

/** The paths of the files that are in one of both alone, or others in `now` than `then`; sorted. */
export function changedFiles(then: ProgramFiles, now: ProgramFiles): string[] {
  const paths = new Set([...Object.keys(then), ...Object.keys(now)]);
  return [...paths].filter((path) => {
    const [before, after] = [then, now].map((files) =>
      Object.hasOwn(files, path) ? files[path] : undefined
    );
    return before !== after;
  }).toSorted();
}

/**
 * The files of the program that a result can depend on, and their digests: a plan is computed by the
 * program that wrote it.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { entriesOf } from "../files/listing.ts";
import { PROJECT } from "../files/place.ts";
import { readBounded } from "../files/read_bounded.ts";
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
  const paths = [...BESIDE, ...await filesBelow("src")];
  for (const path of paths.toSorted()) {
    found[path] = sha256Hex(await readBounded(join(PROJECT, path), MOST_BYTES)).slice(0, DIGITS);
  }
  return found;
}

/** The files in `folder` and its folders but pages, as paths in the project. */
async function filesBelow(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const { name, kind } of await entriesOf(join(PROJECT, folder))) {
    const path = `${folder}/${name}`;
    if (
      kind === "folder" && !(folder === "src" && APART.includes(name)) && name !== "node_modules"
    ) {
      paths.push(...await filesBelow(path));
    } else if (kind === "file" && !name.endsWith(".md")) paths.push(path);
  }
  return paths;
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

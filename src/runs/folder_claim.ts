/**
 * What a run is going to write to its folder, and what there is in its way.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path/join";
import { type Kind, kindOf } from "../files/kind.ts";
import { entriesOf } from "../files/listing.ts";
import { LOCK } from "../files/lock.ts";
import { readBounded } from "../files/read_bounded.ts";
import { WriteError } from "../files/write_whole.ts";
import { firstAndCount } from "../text/format.ts";
import type { FoundManifest } from "./run_folder.ts";

/** The files that a run is going to write to a folder. */
export interface Claim {
  /** The names of its files, such as `checkpoints/target.json`. */
  readonly files: readonly string[];
  /** Whether there will be charts, whose names only their data tell. */
  readonly charts: boolean;
}

/** The folder of charts, each with its specification. */
const CHARTS = "charts";
/** The names of the files in it. */
export const CHART: RegExp = /^charts\/\w[\w.-]*\.(svg|vl\.json)$/;
/** The subfolders that a run writes to. */
export const FOLDERS: readonly string[] = ["", CHARTS, "checkpoints"];

/** What there is of a run's manifest and marks in its folder. */
export interface FoundMarks {
  /** Each by its name. */
  readonly marks: readonly (readonly [name: string, found: FoundManifest])[];
  /** Whether a run of this program wrote the folder, or began to. */
  readonly isOwn: boolean;
}

/**
 * The names of what no run of this program wrote in the folder `root`, and is in the way of `claim`. Of what
 * is no file, or cannot be read, the name says so.
 */
export async function foreignIn(
  root: string,
  { files, charts }: Claim,
  { marks, isOwn }: FoundMarks,
): Promise<string[]> {
  const foreign: string[] = [];
  for (const [name, found] of marks) {
    const there = await kindOf(root, name);
    if (isInTheWay(there)) foreign.push(`${name} (${there})`);
    else if (found.kind === "foreign") foreign.push(name);
    else if (found.kind === "unreadable") foreign.push(`${name} (${found.problem})`);
  }
  const folders = FOLDERS.filter((folder) =>
    folder !== "" && files.some((name) => name.startsWith(`${folder}/`)) ||
    folder === CHARTS && charts
  );
  for (const folder of folders) {
    const there = await kindOf(root, folder);
    if (there !== "none" && there !== "a folder") foreign.push(`${folder} (${there})`);
  }
  for (const name of [...files, ...charts ? await chartsIn(root) : []]) {
    const there = await kindOf(root, name);
    if (isInTheWay(there)) foreign.push(`${name} (${there})`);
    else if (there === "a file" && !isOwn) foreign.push(name);
  }
  return foreign;
}

/** The charts in the folder `root`, by name, whoever wrote them. */
async function chartsIn(root: string): Promise<string[]> {
  if (await kindOf(root, CHARTS) !== "a folder") return [];
  const names = (await entriesOf(join(root, CHARTS))).map(({ name }) => name);
  return names.map((name) => `${CHARTS}/${name}`).filter((name) => CHART.test(name));
}

/** Whether something lies where a file should, that is none. */
export function isInTheWay(there: Kind): boolean {
  return there !== "none" && there !== "a file";
}

/** Whether the file of the lock is one that a run made: it is overwritten, and removed in the end. */
export async function isLock(root: string): Promise<boolean> {
  const path = join(root, LOCK);
  const text = new TextDecoder().decode(await readBounded(path, MOST_LOCK_BYTES));
  return text.startsWith("process ") || text === "";
}

/** More than the record of a lock has. */
const MOST_LOCK_BYTES = 4096;

/** How many files a message names. */
const MOST_NAMED = 8;

/** The error of a folder in which `names` are not of this program. */
export function foreignError(path: string, names: readonly string[]): WriteError {
  const listed = firstAndCount(names, MOST_NAMED).join(", ");
  return new WriteError(
    `cannot write to ${path}: no run of this program wrote what is there as ${listed}; ` +
      "move it away, or choose another folder with --set name=… or --output",
  );
}

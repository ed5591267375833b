/**
 * Whether everything is as it was written: the results in the store, and the folders of runs.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { valueAt } from "../config/path.ts";
import { parseYaml } from "../config/yaml.ts";
import { isHeld } from "../files/lock.ts";
import { stages } from "../stages/stages.ts";
import { isWholeTrainingProgress } from "../stages/train_model.ts";
import type { StoredFile } from "../store/layout.ts";
import type { Store } from "../store/store.ts";
import { FORMAT_VERSION } from "../store/stored_result.ts";
import { formatCount } from "../text/format.ts";
import { shellWord } from "../text/shell_word.ts";
import { isElsewhere } from "../config/named_files.ts";
import { MANIFEST } from "./manifest.ts";
import { readManifest, runTextIn, verifyRunFolder } from "./run_folder.ts";
import type { UsedResults } from "./used_results.ts";

/** A file of the store that is not as it was written. */
export interface DamagedEntry {
  /** The file. */
  readonly file: StoredFile;
  /** Why. */
  readonly problem: string;
  /** The folders of the runs that need it. */
  readonly runs: readonly string[];
}

/** A run whose folder is not as it was written. */
export interface DamagedRun {
  /** Its folder. */
  readonly folder: string;
  /** Its files. */
  readonly files: readonly { readonly path: string; readonly problem: string }[];
  /** The remedy: a command, and what that does; or what a person has to do. */
  readonly mend: string;
}

/** The entries and runs that were verified, and those of them that are damaged. */
export interface Verification {
  /** How many results and unfinished trainings were read. */
  readonly entries: number;
  /** Those of them that are damaged. */
  readonly damagedEntries: readonly DamagedEntry[];
  /** How many runs were read. */
  readonly runs: number;
  /** Those of them that are damaged. */
  readonly damagedRuns: readonly DamagedRun[];
  /** Runs that were not read: those that are being written now, and links that lead nowhere. */
  readonly unread: readonly { readonly path: string; readonly why: string }[];
}

/** Reads every result in `store` and every file of the runs that `used` lists. */
export async function verifyCache(store: Store, used: UsedResults): Promise<Verification> {
  const whole = new Set<string>();
  const damagedEntries: DamagedEntry[] = [];
  let entries = 0;
  for await (const file of store.files()) {
    const { key, stage } = file;
    if (key === undefined || await isOfOtherVersion(store, file)) continue;
    entries++;
    const problem = await store.problemOf(file, (bytes) => checkContent(stage, bytes));
    if (problem === undefined) whole.add(key);
    else damagedEntries.push({ file, problem, runs: runsThatNeed(key, used) });
  }
  const damagedRuns: DamagedRun[] = [];
  const unread = used.unknown.filter(({ path }) => !used.runs.has(dirname(path)))
    .map(({ path, problem }) => ({ path, why: problem }));
  const busy = new Set<string>();
  for (const [folder, keys] of used.runs) {
    if (await isHeld(folder)) {
      unread.push({ path: folder, why: "a run is writing it" });
      busy.add(folder);
      continue;
    }
    const damage = await verifyRunFolder(folder);
    const own = damage.map(({ name, problem }) => ({ path: join(folder, name), problem }));
    // Marks are no files of a run, but keep from knowing what it needs.
    const marks = used.unknown.filter(({ path }) =>
      dirname(path) === folder && !own.some((file) => file.path === path)
    );
    const files = [...own, ...marks.map(({ path, problem }) => ({ path, problem }))];
    if (files.length === 0) continue;
    const inTheWay = [
      ...damage.filter(({ isMended }) => !isMended).map(({ name }) => join(folder, name)),
      ...marks.filter(({ isMended }) => !isMended).map(({ path }) => path),
    ];
    const isKnown = !used.unknown.some(({ path }) => dirname(path) === folder);
    const missing = isKnown ? [...keys].filter((key) => !whole.has(key)).length : undefined;
    const mend = inTheWay.length > 0
      ? `move away ${inTheWay.join(", ")}, and rerun it`
      : await rerunOf(folder, damage.map(({ name }) => name), missing, used);
    damagedRuns.push({ folder, files, mend });
  }
  return { entries, damagedEntries, runs: used.runs.size - busy.size, damagedRuns, unread };
}

/** Whether another version wrote a result, which this one cannot read. */
async function isOfOtherVersion(store: Store, file: StoredFile): Promise<boolean> {
  if (file.kind !== "result") return false;
  const version = await store.formatVersion(file);
  return version !== undefined && version !== FORMAT_VERSION;
}

/** Throws a `RangeError` unless `bytes` are a result of `stage`, or the progress of one. */
function checkContent(stage: string, bytes: Uint8Array): void {
  const known = stages.find(({ name }) => name === stage);
  if (known !== undefined) known.decode(bytes);
  else if (!isWholeTrainingProgress(bytes)) throw new RangeError("its content was changed");
}

function runsThatNeed(key: string, { runs }: UsedResults): string[] {
  return [...runs].filter(([, keys]) => keys.has(key)).map(([folder]) => folder);
}

/**
 * The command that mends the run in `folder`, and what it does; `missing` of its results are not in the
 * store, `undefined` where that cannot be known.
 */
async function rerunOf(
  folder: string,
  damaged: readonly string[],
  missing: number | undefined,
  { runs }: UsedResults,
): Promise<string> {
  const does = missing === 0
    ? "writes it again"
    : missing === undefined
    ? "writes it again, and computes what the store lacks"
    : `computes ${formatCount(missing, "result")} and writes it again`;
  const found = await readManifest(folder);
  const config = join(folder, "config.yaml");
  const hasConfig = !damaged.includes("config.yaml") && !damaged.includes(MANIFEST) &&
    await Deno.lstat(config).then(({ isFile }) => isFile, () => false);
  // The run of a sweep has more in its folder than its own config tells.
  if (!hasConfig || found.kind !== "whole" || runs.has(dirname(folder))) {
    return `its command, repeated, ${does}`;
  }
  const isAtHome = dirname(folder) === "outputs" && basename(folder) === found.manifest.experiment;
  const flags = [
    ...isAtHome ? [] : [`--output ${shellWord(folder)}`],
    ...(await elsewhereIn(folder)).map(([path, what]) => `--set ${path}=PATH_TO_${what}`),
  ];
  return `${["deno task run", shellWord(config), ...flags].join(" ")} ${does}`;
}

/** What a run may read that lies outside the project. */
const OUTSIDE = [
  ["corpus.path", "CORPUS"],
  ["models.target.from", "TARGET"],
  ["models.draft.from", "DRAFT"],
] as const;

/** Those of {@linkcode OUTSIDE} that the run in `folder` read from there. */
async function elsewhereIn(folder: string): Promise<readonly (typeof OUTSIDE[number])[]> {
  const text = await runTextIn(folder, "config.yaml");
  const config = text === undefined ? undefined : parseYaml(text);
  if (config === undefined || !("data" in config)) return [];
  return OUTSIDE.filter(([setting]) => {
    const written = valueAt(config.data, setting.split("."));
    return typeof written === "string" && isElsewhere(written);
  });
}

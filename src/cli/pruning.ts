/**
 * Which files of the store `deno task cache --prune` removes, and when it removes none.
 *
 * @module
 */
import type { StoredPlans } from "../runs/stored_plans.ts";
import type { UsedResults } from "../runs/used_results.ts";
import type { DamagedEntry } from "../runs/verify_cache.ts";
import { stages } from "../stages/stages.ts";
import { PLANS, PROGRESS, type StoredFile, TEMPORARIES } from "../store/layout.ts";
import type { Store } from "../store/store.ts";
import { FORMAT_VERSION } from "../store/stored_result.ts";
import { escapeControl } from "../text/characters.ts";
import { firstAndCount } from "../text/format.ts";

/** The store's folders, in the order of the list. */
export const FOLDERS: readonly { readonly name: string; readonly title: string }[] = [
  ...stages,
  { name: PROGRESS, title: "unfinished trainings" },
  { name: TEMPORARIES, title: "half-written files" },
  { name: PLANS, title: "plans of jobs" },
];

/** A file of the store. */
export interface ListedFile {
  /** The file. */
  readonly file: StoredFile;
  /** Whose it is: of this version, of another version of the program, or of neither. */
  readonly whose: "own" | "another version's" | "foreign";
  /** Whether a run refers to it, or a plan whose folders are not written yet. */
  readonly used: boolean;
  /**
   * Why `--prune` removes it: no run needs it; or it is damaged, which only `--verify` finds; or
   * it is older and `--older` asks for that. `undefined` where it stays.
   */
  readonly goes: "unused" | "damaged" | "older" | undefined;
}

/** The files of `store`, and which of them `--prune` removes. */
export async function listedFiles(
  store: Store,
  { runs }: UsedResults,
  { older, damaged, plans }: {
    readonly older: boolean;
    readonly damaged: readonly DamagedEntry[];
    readonly plans: StoredPlans;
  },
): Promise<ListedFile[]> {
  const keys = new Set(plans.keys);
  for (const own of runs.values()) for (const key of own) keys.add(key);
  const broken = new Set(damaged.map(({ file }) => file.path));
  const listed: ListedFile[] = [];
  for await (const file of store.files()) {
    const used = file.kind === "plan"
      ? plans.folders.has(file.name.split("/")[0] ?? "")
      : file.key !== undefined && keys.has(file.key);
    const version = file.kind === "result" ? await store.formatVersion(file) : undefined;
    const whose = !FOLDERS.some(({ name }) => name === file.stage) || file.kind === "foreign"
      ? "foreign"
      : version === undefined || version === FORMAT_VERSION
      ? "own"
      : "another version's";
    const isUnneeded = {
      // What has not even the first line of a result may be anybody's, until it is verified.
      result: !used && version === FORMAT_VERSION,
      progress: false,
      damaged: true,
      temporary: true,
      plan: !used,
      foreign: false,
    }[file.kind];
    const goes = whose === "own" && isUnneeded
      ? "unused"
      : whose === "own" && broken.has(file.path)
      ? "damaged"
      : whose === "another version's" && older && Number(version) < FORMAT_VERSION
      ? "older"
      : undefined;
    listed.push({ file, whose, used, goes });
  }
  return listed;
}

/** How many files a message names. */
const MOST_NAMED = 3;

/** Why `--prune` removes nothing of the files `listed`; `undefined` where nothing is in the way. */
export function obstacleTo(
  listed: readonly ListedFile[],
  { unknown }: UsedResults,
): string | undefined {
  if (unknown.length > 0) {
    const names = firstAndCount(unknown.map(({ path }) => escapeControl(path)), MOST_NAMED).join(
      ", ",
    );
    return `while it cannot be known from ${names} which results are needed`;
  }
  if (listed.some(({ used }) => used)) return undefined;
  const results = listed.filter(({ file, goes }) => file.kind === "result" && goes === "unused");
  if (results.length === 0) return undefined;
  const all = results.length === 1 ? "the only result" : `any of the ${results.length} results`;
  return `since no run in these folders needs ${all}; name others with --output; ` +
    "to empty the store, delete its folder";
}

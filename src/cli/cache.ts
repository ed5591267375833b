import { dirname, join } from "node:path";
import { entriesOf } from "../files/listing.ts";
import { PlaceError, placeOf, realPath } from "../files/place.ts";
import { isAbsent } from "../files/system_error.ts";
import { plansInUse } from "../runs/stored_plans.ts";
import { type UsedResults, usedResults } from "../runs/used_results.ts";
import { type Verification, verifyCache } from "../runs/verify_cache.ts";
import { Store } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { escapeControl } from "../text/characters.ts";
import { firstAndCount, formatBytes, formatCount } from "../text/format.ts";
import { parseFlags } from "./args.ts";
import { keepOnly } from "./permissions.ts";
import { FOLDERS, type ListedFile, listedFiles, obstacleTo } from "./pruning.ts";
import { cachePlaces, STORE_HELP } from "./store_place.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { notice, print, printJson } from "./terminal.ts";

const help =
  `List the cached results with their sizes, verify them, and remove those that no run refers to.

usage: deno task cache [--verify] [--prune [--older]] [--output DIR]… [--store DIR] [--json]
                       [--quiet]

  --verify            read every result, and every file of the runs below outputs/: say what is not
                      as it was written, and what mends it
  --prune             remove every result that no run refers to, those that were set aside as
                      damaged, and with --verify all damaged ones; the progress of interrupted
                      trainings stays, and so do plans of jobs and their results until they are
                      merged, and every file that is none of the program's own
  --older             with --prune: remove the results of older versions, too, which this one
                      cannot use
  --output DIR        a folder of runs besides outputs/; name every one that has runs with this
                      store: --prune removes what no run in these folders needs, but nothing
                      where they need none of the results
${STORE_HELP}
  --json              print JSON
  --quiet             print nothing but errors and damage
  --help              print this

Results of trainings, cells and reports are cached by a hash of their inputs. The folder can be
deleted at any time; missing results are recomputed.

examples:
  deno task cache
  deno task cache --verify
  deno task cache --prune

Exit codes: 0 done, 1 something is damaged, nothing could be removed, or a run is in progress,
2 a wrong command line.`;

/** `deno task cache`. */
export const cache: Command = {
  summary: "List, verify and prune cached results",
  help,
  run: showCache,
};

async function showCache(args: readonly string[]): Promise<number> {
  const parsed = parseFlags(args, {
    switches: ["verify", "prune", "older", "json", "quiet"],
    values: ["store"],
    lists: ["output"],
  });
  if (parsed.has("older") && !parsed.has("prune")) {
    throw new UsageError("expected --prune with --older, found --older alone");
  }
  const place = cachePlaces(parsed.value("store")).store;
  const store = new Store(place.path, place.shown);
  const named = parsed.list("output").map((shown) => ({ shown, path: placeOf(shown).path }));
  for (const { shown, path } of named) await checkFolder(shown, path);
  const outputs = ["outputs", ...named.map(({ path }) => path)];
  const linked = (await Promise.all(outputs.map(linkedRuns))).flat();
  const prune = parsed.has("prune");
  await keepOnly({
    read: [...outputs, ...linked, store.root],
    write: prune ? [store.root] : [],
    network: false,
  });
  const lock = prune ? await StoreLock.takeAlone(store) : undefined;
  try {
    const plans = await plansInUse(store);
    const { runs, unknown } = await usedResults(outputs);
    const used = { runs, unknown: [...unknown, ...plans.unknown] };
    const verified = parsed.has("verify") ? await verifyCache(store, used) : undefined;
    const listed = await listedFiles(store, used, {
      older: parsed.has("older"),
      damaged: verified?.damagedEntries ?? [],
      plans,
    });
    if (verified !== undefined) {
      for (const line of damageOf(store, verified, used)) notice(line);
    }
    const obstacle = obstacleTo(listed, used);
    if (prune && obstacle !== undefined) {
      for (const line of refusal(used, obstacle)) notice(line);
    }
    const removed = !prune || obstacle !== undefined
      ? []
      : listed.filter(({ goes }) => goes !== undefined);
    for (const { file } of removed) {
      await Deno.remove(file.path);
      if (file.kind === "plan") await removeEmpty(dirname(file.path));
    }
    const asked = { prune, obstacle, removed, verified };
    if (parsed.has("json")) printJson(JSON.stringify(jsonOf(store, listed, asked), null, 2));
    else if (!parsed.has("quiet")) print(textOf(store, listed, asked));
    const isDamaged = verified !== undefined &&
      verified.damagedEntries.length + verified.damagedRuns.length > 0;
    return isDamaged || prune && obstacle !== undefined ? ExitCode.failed : ExitCode.done;
  } finally {
    await lock?.release();
  }
}

/** Removes a folder of a plan, and the one above it, once nothing is in them. */
async function removeEmpty(folder: string): Promise<void> {
  for (const one of [folder, dirname(folder)]) await Deno.remove(one).catch(() => {});
}

/** Where the links lead that stand for runs directly in `folder`. */
async function linkedRuns(folder: string): Promise<string[]> {
  const links = (await entriesOf(folder)).filter(({ kind }) => kind === "link");
  return links.flatMap(({ name }) => {
    try {
      return [realPath(join(folder, name))];
    } catch (error) {
      // It leads nowhere now, which is said when the runs are read.
      if (error instanceof PlaceError) return [];
      throw error;
    }
  });
}

/** Throws a `UsageError` unless there is a folder at `path`: from a wrong one no run would be known. */
async function checkFolder(shown: string, path: string): Promise<void> {
  const isFolder = await Deno.stat(path).then((info) => info.isDirectory, (error) => {
    if (isAbsent(error)) return false;
    throw error;
  });
  if (!isFolder) {
    throw new UsageError(`expected a folder of runs at --output, found none: ${shown}`);
  }
}

/** Says why `--prune` removes nothing. */
function refusal({ unknown }: UsedResults, obstacle: string): string[] {
  const lines = unknown.map(({ path, problem }) =>
    `error: ${path}: ${problem}; which results its run needs cannot be known`
  );
  return lines.length === 0 ? [`error: nothing was removed, ${obstacle}`] : [
    ...lines,
    "nothing was removed; repeat those runs, or move their folders away, and prune then",
  ];
}

/** A line for each thing that is damaged, and those that say what mends it. */
function damageOf(
  store: Store,
  { damagedEntries, damagedRuns, unread }: Verification,
  { unknown }: UsedResults,
): string[] {
  const files = [
    ...damagedEntries.map(({ file, problem, runs }) =>
      `${store.shown(file)}: ${problem}; ` +
      (runs.length === 0 ? "no run needs it" : `needed by ${runs.join(", ")}`)
    ),
    ...damagedRuns.flatMap(({ files }) => files.map(({ path, problem }) => `${path}: ${problem}`)),
  ];
  const mends = damagedRuns.map(({ folder, mend }) => `to mend ${folder}: ${mend}`);
  if (damagedEntries.length > 0) {
    const what = "deno task cache --verify --prune removes what is damaged; the next run that " +
      "needs it computes it again";
    // Nothing is removed before it is known what each run needs.
    if (unknown.length === 0) mends.unshift(`to mend ${store.shownAs}: ${what}`);
    else mends.push(`to mend ${store.shownAs}, once it is known what each run needs: ${what}`);
  }
  return [...files, ...mends, ...unread.map(({ path, why }) => `${path}: not read: ${why}`)]
    // A name with a line's end in it must not look like a line of its own.
    .map(escapeControl);
}

/** The request of a command line, and its outcome. */
interface Asked {
  readonly prune: boolean;
  /** Why `--prune` removes nothing. */
  readonly obstacle: string | undefined;
  readonly removed: readonly ListedFile[];
  readonly verified: Verification | undefined;
}

function textOf(store: Store, files: readonly ListedFile[], asked: Asked): string {
  const own = files.filter(({ whose }) => whose === "own");
  const rows = FOLDERS.flatMap(({ name, title }) => {
    const inIt = own.filter(({ file }) => file.stage === name);
    if (inIt.length === 0) return [];
    const notes = (["unused", "damaged"] as const).flatMap((why) => {
      const own = inIt.filter(({ goes }) => goes === why);
      return own.length === 0 ? [] : [`${sizeOf(own)} ${why}`];
    });
    return [[title, sizeOf(inIt), notes.length === 0 ? "" : `, of which ${notes.join(" and ")}`]];
  });
  const others = files.filter(({ whose }) => whose === "another version's");
  if (others.length > 0) {
    const gone = others.filter(({ goes }) => goes !== undefined);
    const note = gone.length === 0
      ? ", left alone; --prune --older removes older ones"
      : `, of which ${sizeOf(gone)} older`;
    rows.push(["of other versions", sizeOf(others), note]);
  }
  const foreign = files.filter(({ whose }) => whose === "foreign");
  if (foreign.length > 0) rows.push(["not its own", namesOf(store, foreign), ", left alone"]);
  const { verified } = asked;
  if (rows.length === 0 && verified === undefined) return `${store.shownAs} is empty`;
  const width = Math.max(...rows.map(([words = ""]) => words.length));
  const lines = rows.map(([words = "", size, unused]) =>
    `  ${words.padEnd(width)}  ${size}${unused}`
  );
  return [store.shownAs, ...lines, ...verified ? [verdictOf(verified)] : [], endOf(files, asked)]
    .join("\n");
}

function verdictOf({ entries, damagedEntries, runs, damagedRuns }: Verification): string {
  const [results, folders] = [formatCount(entries, "result"), formatCount(runs, "run")];
  const [bad, badRuns] = [damagedEntries.length, damagedRuns.length];
  return bad + badRuns === 0
    ? `verified: ${results} and ${folders}, all as they were written`
    : `verified: ${results}, ${bad} damaged; ${folders}, ${badRuns} damaged`;
}

function endOf(files: readonly ListedFile[], { prune, obstacle, removed }: Asked): string {
  if (prune) return `removed: ${sizeOf(removed)}`;
  const gone = files.filter(({ goes }) => goes !== undefined);
  if (gone.length === 0) return "every result is in use";
  if (obstacle !== undefined) return `deno task cache --prune removes nothing, ${obstacle}`;
  const plain = gone.filter(({ goes }) => goes !== "damaged");
  if (plain.length === 0) return `deno task cache --verify --prune removes ${sizeOf(gone)}`;
  const more = plain.length === gone.length ? "" : `; with --verify, ${sizeOf(gone)}`;
  return `deno task cache --prune removes ${sizeOf(plain)}${more}`;
}

function sizeOf(files: readonly ListedFile[]): string {
  const bytes = files.reduce((sum, { file }) => sum + file.bytes, 0);
  return `${formatCount(files.length, "file")}, ${formatBytes(bytes)}`;
}

/** How many files a list names. */
const MOST_NAMED = 5;

function namesOf(store: Store, files: readonly ListedFile[]): string {
  return firstAndCount(files.map(({ file }) => escapeControl(store.shown(file))), MOST_NAMED).join(
    ", ",
  );
}

function jsonOf(store: Store, files: readonly ListedFile[], { prune, removed, verified }: Asked) {
  const gone = new Set(removed);
  const damage = verified && {
    results: verified.entries,
    runs: verified.runs,
    damaged_results: verified.damagedEntries.map(({ file, problem, runs }) => ({
      path: store.shown(file),
      problem,
      needed_by: runs,
    })),
    damaged_runs: verified.damagedRuns,
  };
  return {
    store: store.shownAs,
    pruned: prune,
    ...damage === undefined ? {} : { verified: damage },
    files: files.map((one) => ({
      path: store.shown(one.file),
      stage: one.file.stage,
      kind: one.whose === "own" ? one.file.kind : one.whose,
      bytes: one.file.bytes,
      used: one.used,
      removed: gone.has(one),
    })),
  };
}

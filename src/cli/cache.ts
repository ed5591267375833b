// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { type Place, PlaceError, placeOf } from "../files/place.ts";
import { referencedKeys } from "../runs/run_folder.ts";
import { stages } from "../stages/stages.ts";
import { PROGRESS, Store, type StoredFile } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { formatBytes, formatCount } from "../text/format.ts";
import { parseFlags } from "./args.ts";
import { keepOnly } from "./permissions.ts";
import { cachePlaces, STORE_HELP } from "./store_place.ts";
import { type Command, ExitCode } from "./command.ts";
import { print, printJson } from "./terminal.ts";

const help = `List the cached results with their sizes, and remove those that no run refers to.

usage: deno task cache [--prune] [--output DIR]… [--store DIR] [--json] [--quiet]

  --prune             remove every result that no finished run refers to, and damaged ones; the
                      progress of interrupted trainings stays
  --output DIR        a folder of runs besides outputs/ whose results are in use, too
${STORE_HELP}
  --json              print JSON
  --quiet             print nothing but errors
  --help              print this

Results of trainings, cells and reports are cached by a hash of their inputs. The folder can be
deleted at any time; missing results are recomputed.

examples:
  deno task cache
  deno task cache --prune

Exit codes: 0 done, 1 a result could not be removed or a run is in progress, 2 a wrong command line.`;

/** `deno task cache`. */
export const cache: Command = { summary: "List and prune cached results", help, run: showCache };

async function showCache(args: readonly string[]): Promise<number> {
  const parsed = parseFlags(args, {
    switches: ["prune", "json", "quiet"],
    values: ["store"],
    lists: ["output"],
  });
  const place = cachePlaces(parsed.value("store")).store;
  const store = new Store(place.path, place.shown);
  const outputs = ["outputs", ...parsed.list("output")].flatMap(runPlaces).map(({ path }) => path);
  const write = parsed.has("prune") ? [store.root] : [];
  await keepOnly({ read: [...outputs, store.root], write, network: false });
  const lock = parsed.has("prune") ? await StoreLock.takeAlone(store) : undefined;
  try {
    const files = await usedFiles(store, outputs);
    if (parsed.has("prune")) {
      for (const { file } of files.filter(isPruned)) await Deno.remove(file.path);
    }
    const pruned = parsed.has("prune");
    if (parsed.has("json")) printJson(JSON.stringify(jsonOf(store, files, pruned), null, 2));
    else if (!parsed.has("quiet")) print(textOf(store, files, pruned));
    return ExitCode.done;
  } finally {
    await lock?.release();
  }
}

/** The folder of runs `shown`, and the runs directly in it that are links to elsewhere. */
function runPlaces(shown: string): Place[] {
  const folder = placeOf(shown);
  let entries: Deno.DirEntry[] = [];
  try {
    entries = [...Deno.readDirSync(folder.path)];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const linked = entries.filter(({ name, isSymlink }) => isSymlink && !name.startsWith("."));
  return [
    folder,
    ...linked.flatMap(({ name }) => {
      try {
        return [placeOf(join(shown, name))];
      } catch (error) {
        if (error instanceof PlaceError) return [];
        throw error;
      }
    }),
  ];
}

/** A file of the store. */
interface UsedFile {
  readonly file: StoredFile;
  /** Whether a finished run refers to it. */
  readonly used: boolean;
}

/** The files of `store`; in use are those of the finished runs below the folders `outputs`. */
async function usedFiles(store: Store, outputs: readonly string[]): Promise<UsedFile[]> {
  const keys = new Set<string>();
  for (const folder of outputs) for (const key of await referencedKeys(folder)) keys.add(key);
  const files: UsedFile[] = [];
  for await (const file of store.files()) {
    files.push({ file, used: file.key !== undefined && keys.has(file.key) });
  }
  return files;
}

/** Whether no run needs a file; the progress of a training may be hours of work. */
function isPruned({ file, used }: UsedFile): boolean {
  return !used && (file.stage !== PROGRESS || file.key === undefined);
}

function textOf({ shownAs }: Store, files: readonly UsedFile[], pruned: boolean): string {
  const rows = [...stages, UNFINISHED].flatMap(({ name, title }) => {
    const own = files.filter(({ file }) => file.stage === name);
    if (own.length === 0) return [];
    const unused = own.filter(isPruned);
    return [[
      title,
      sizeOf(own),
      unused.length === 0 ? "" : `, of which ${sizeOf(unused)} unused`,
    ]];
  });
  if (rows.length === 0) return `${shownAs} is empty`;
  const width = Math.max(...rows.map(([words = ""]) => words.length));
  const lines = rows.map(([words = "", size, unused]) =>
    `  ${words.padEnd(width)}  ${size}${unused}`
  );
  const gone = files.filter(isPruned);
  const end = pruned
    ? `removed: ${sizeOf(gone)}`
    : gone.length === 0
    ? "every result is in use"
    : `deno task cache --prune removes ${sizeOf(gone)}`;
  return [shownAs, ...lines, end].join("\n");
}

/** Results that an interrupted run has begun. */
const UNFINISHED = { name: PROGRESS, title: "unfinished trainings" } as const;

function sizeOf(files: readonly UsedFile[]): string {
  const bytes = files.reduce((sum, { file }) => sum + file.bytes, 0);
  return `${formatCount(files.length, "file")}, ${formatBytes(bytes)}`;
}

function jsonOf({ shownAs }: Store, files: readonly UsedFile[], pruned: boolean): unknown {
  return {
    store: shownAs,
    pruned,
    files: files.map((one) => ({
      path: one.file.path,
      stage: one.file.stage,
      bytes: one.file.bytes,
      used: one.used,
      removed: pruned && isPruned(one),
    })),
  };
}

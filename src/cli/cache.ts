import { referencedKeys } from "../runs/run_folder.ts";
import { stages } from "../stages/stages.ts";
import { PROGRESS, Store, type StoredFile } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { formatBytes, formatCount } from "../text/format.ts";
import { parseFlags } from "./args.ts";
import { STORE } from "./requested_runs.ts";
import { type Command, ExitCode } from "./command.ts";
import { print, printJson } from "./terminal.ts";

const help = `List the cached results with their sizes, and remove those that no run refers to.

usage: deno task cache [--prune] [--output DIR]… [--json] [--quiet]

  --prune        remove every result that no finished run refers to, and damaged ones; the progress
                 of interrupted trainings stays
  --output DIR   a folder of runs besides outputs/ whose results are in use, too
  --json         print JSON
  --quiet        print nothing but errors
  --help         print this

Results of trainings, cells and reports are cached in ${STORE}, keyed by a hash of
their inputs. The folder can be deleted at any time; missing results are recomputed.

examples:
  deno task cache
  deno task cache --prune

Exit codes: 0 done, 1 a result could not be removed or a run is in progress, 2 a wrong command line.`;

/** `deno task cache`. */
export const cache: Command = { summary: "List and prune cached results", help, run: showCache };

async function showCache(args: readonly string[]): Promise<number> {
  const parsed = parseFlags(args, {
    switches: ["prune", "json", "quiet"],
    values: [],
    lists: ["output"],
  });
  const store = new Store(STORE);
  const outputs = ["outputs", ...parsed.list("output")];
  const lock = parsed.has("prune") ? await StoreLock.takeAlone(store) : undefined;
  try {
    const files = await usedFiles(store, outputs);
    if (parsed.has("prune")) {
      for (const { file } of files.filter(isPruned)) await Deno.remove(file.path);
    }
    if (parsed.has("json")) printJson(JSON.stringify(jsonOf(files, parsed.has("prune")), null, 2));
    else if (!parsed.has("quiet")) print(textOf(files, parsed.has("prune")));
    return ExitCode.done;
  } finally {
    await lock?.release();
  }
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

function textOf(files: readonly UsedFile[], pruned: boolean): string {
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
  if (rows.length === 0) return `${STORE} is empty`;
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
  return [STORE, ...lines, end].join("\n");
}

/** Results that an interrupted run has begun. */
const UNFINISHED = { name: PROGRESS, title: "unfinished trainings" } as const;

function sizeOf(files: readonly UsedFile[]): string {
  const bytes = files.reduce((sum, { file }) => sum + file.bytes, 0);
  return `${formatCount(files.length, "file")}, ${formatBytes(bytes)}`;
}

function jsonOf(files: readonly UsedFile[], pruned: boolean): unknown {
  return {
    store: STORE,
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

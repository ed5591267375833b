import { join } from "node:path";
import { LinkedPathError, pathInside } from "../files/inside.ts";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import { MANIFEST, parseManifest } from "./manifest.ts";
import { BEGUN, MOST_BYTES, runFoldersIn, WRITING } from "./run_folder.ts";

/** The results that the runs below some folders consist of, or will. */
export interface UsedResults {
  /** Every run: its folder, and the keys of its results, as far as they are known. */
  readonly runs: ReadonlyMap<string, ReadonlySet<string>>;
  /** Manifests, marks, and links, that do not tell which results their runs need. */
  readonly unknown: readonly {
    /** The file or link. */
    readonly path: string;
    /** Why. */
    readonly problem: string;
    /** Whether a rerun mends it; else it has to be moved away. */
    readonly isMended: boolean;
  }[];
}

/** Reads which results the runs in the folders `outputs` and below need. */
export async function usedResults(outputs: readonly string[]): Promise<UsedResults> {
  const runs = new Map<string, ReadonlySet<string>>();
  const unknown: UsedResults["unknown"][number][] = [];
  for (const root of outputs) {
    const unreachable = (path: string, problem: string) =>
      unknown.push({ path, problem, isMended: false });
    for await (const run of runFoldersIn(root, unreachable)) {
      if (runs.has(run)) continue;
      const keys = new Set<string>();
      for (const name of [MANIFEST, WRITING, BEGUN]) {
        const found = await keysIn(run, name);
        for (const key of found.keys) keys.add(key);
        if (found.problem === undefined) continue;
        const { problem, isMended = false } = found;
        unknown.push({ path: join(run, name), problem, isMended });
      }
      runs.set(run, keys);
    }
  }
  return { runs, unknown };
}

/** The keys in a manifest or mark. */
interface FoundKeys {
  readonly keys: readonly string[];
  readonly problem?: string;
  readonly isMended?: boolean;
}

/** The keys in a manifest or mark, and the problem with it where they may not be all. */
async function keysIn(
  run: string,
  name: string,
): Promise<FoundKeys> {
  let text: string;
  try {
    const bytes = await readBounded(await pathInside(run, name), MOST_BYTES);
    text = new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof UnreadableError && error.missing) return { keys: [] };
    if (error instanceof UnreadableError) return { keys: [], problem: error.message };
    if (!(error instanceof LinkedPathError)) throw error;
    return { keys: [], problem: "expected a file, found a symbolic link" };
  }
  const found = parseManifest(text);
  switch (found.kind) {
    case "whole":
      return { keys: Object.values(found.manifest.stages).flatMap((keys) => Object.values(keys)) };
    case "foreign":
      return { keys: [] };
    case "damaged":
      return { keys: keysOfDamaged(text), problem: found.problem, isMended: true };
  }
}

/** The keys in a damaged manifest: what stands in its stages, not the digests before and after. */
function keysOfDamaged(text: string): string[] {
  const [, stages] = /"stages"(.*?)(?:"failures"|"outputs"|$)/s.exec(text) ?? [];
  return stages?.match(/\b[0-9a-f]{64}\b/g) ?? [];
}

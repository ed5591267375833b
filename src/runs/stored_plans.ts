/**
 * The plans that a launcher keeps in a store, and the results that their jobs compute: until the folders
 * of a plan are written, no run refers to these.
 *
 * @module
 */
import { join } from "node:path";
import { pathInside } from "../files/inside.ts";
import { folderNames } from "../files/listing.ts";
import { isAbsent } from "../files/system_error.ts";
import { messageOf } from "../text/message_of.ts";
import { PLANS } from "../store/layout.ts";
import type { Store } from "../store/store.ts";
import type { UsedResults } from "./used_results.ts";

/** The plans in a store that are in use. */
export interface StoredPlans {
  /** Their folders in {@linkcode PLANS}. */
  readonly folders: ReadonlySet<string>;
  /** The keys of their results. */
  readonly keys: ReadonlySet<string>;
  /** Plans that cannot be read. */
  readonly unknown: UsedResults["unknown"];
}

/** The plans in `store` whose folders are not written yet. */
export async function plansInUse(store: Store): Promise<StoredPlans> {
  const folders = new Set<string>();
  const keys = new Set<string>();
  const unknown: UsedResults["unknown"][number][] = [];
  for (const name of await folderNames(await pathInside(store.root, PLANS))) {
    const folder = await pathInside(store.root, `${PLANS}/${name}`);
    const path = join(folder, "plan.json");
    if (!await isFile(path) || await isFile(join(folder, "merged"))) continue;
    folders.add(name);
    try {
      await addKeys(path, keys);
    } catch (error) {
      unknown.push({ path, problem: messageOf(error), isMended: false });
    }
  }
  return { folders, keys, unknown };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isFile;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/**
 * Adds all that looks like a key in the file of a plan, whichever version of the program wrote it: a
 * digest too many keeps nothing, and one too few would lose a result.
 */
async function addKeys(path: string, keys: Set<string>): Promise<void> {
  const file = await Deno.open(path);
  let rest = "";
  for await (const text of file.readable.pipeThrough(new TextDecoderStream())) {
    const all = rest + text;
    for (const [key] of all.matchAll(/\b[0-9a-f]{64}\b/g)) keys.add(key);
    // A key may be cut in two.
    rest = all.slice(-65);
  }
}

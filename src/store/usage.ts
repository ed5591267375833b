/**
 * What the store's results are for.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { readManifest } from "../runs/manifest.ts";
import type { Store, StoredFile } from "./store.ts";

/** A file of the store, and whether it is for something. */
export interface StoreUse {
  /** The file. */
  readonly file: StoredFile;
  /** Whether a run's manifest names it. */
  readonly used: boolean;
}

/** Which files of `store` the finished runs below the folders `outputs` refer to. */
export async function storeUse(store: Store, outputs: readonly string[]): Promise<StoreUse[]> {
  const used = new Set<string>();
  for (const folder of outputs) {
    for await (const keys of keysBelow(folder)) for (const key of keys) used.add(key);
  }
  const files: StoreUse[] = [];
  for await (const file of store.files()) {
    files.push({ file, used: file.key !== undefined && used.has(file.key) });
  }
  return files;
}

/** The keys in every manifest below `folder`. */
async function* keysBelow(folder: string): AsyncGenerator<string[]> {
  const manifest = await readManifest(folder);
  if (manifest !== undefined) {
    yield Object.values(manifest.stages).flatMap((keys) => Object.values(keys));
  }
  const below: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory && !name.startsWith(".")) below.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const name of below.sort()) yield* keysBelow(join(folder, name));
}

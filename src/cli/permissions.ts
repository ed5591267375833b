// @ts-types="../declarations/path.d.ts"
import { fromFileUrl, isAbsolute, relative, resolve } from "@std/path";

/** The project's folder. */
const PROJECT = fromFileUrl(new URL("../../", import.meta.url));
/** Where tasks may write whatever is given up: `deno.json` names it beside `/`. */
const OUTPUTS = resolve(PROJECT, "outputs");

/** Gives up the network, which is there for `corpus.url` alone. */
export async function giveUpNetwork(): Promise<void> {
  await Deno.permissions.revoke({ name: "net" });
}

/**
 * Gives up what lies outside the project, once all configs and corpora have been read: reading it
 * where every folder of `outputs` is in the project, writing it where every one is in `outputs/`.
 * Threads begin with what is left then; modules and npm packages they can load without it.
 */
export async function stayInProject(outputs: readonly string[]): Promise<void> {
  // A grant can be given up whole only: for a folder elsewhere, that of everything must stay.
  if (outputs.every((folder) => isIn(PROJECT, folder))) {
    await Deno.permissions.revoke({ name: "read", path: "/" });
  }
  if (outputs.every((folder) => isIn(OUTPUTS, folder))) {
    await Deno.permissions.revoke({ name: "write", path: "/" });
  }
}

function isIn(folder: string, path: string): boolean {
  const way = relative(folder, resolve(path));
  return !isAbsolute(way) && way.split(/[\\/]/)[0] !== "..";
}

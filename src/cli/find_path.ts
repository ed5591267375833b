// @ts-types="../declarations/path.d.ts"
import { isAbsolute, join, relative } from "@std/path";

/**
 * What a person called `path`: as seen from the project, where tasks run, or else from the folder where
 * `deno task` was called.
 */
export async function findPath(path: string): Promise<string> {
  const caller = Deno.env.get("INIT_CWD");
  if (caller === undefined || isAbsolute(path) || await exists(path)) return path;
  const there = relative(Deno.cwd(), join(caller, path));
  return await exists(there) ? there : path;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

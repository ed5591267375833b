import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { isHubName } from "../data/hub_source.ts";
import { isWithin, PlaceError, PROJECT, realPath } from "../files/place.ts";

/** Before a path in a config: relative to the project, not to the config. */
export const IN_PROJECT = "project:";

/**
 * The path of a corpus or of prompts as seen from the working folder. A config gives it relative to
 * itself, or, after `project:`, to the project.
 */
export function pathFrom(path: string, configFile: string): string {
  if (path.startsWith(IN_PROJECT)) {
    return relative(Deno.cwd(), join(PROJECT, path.slice(IN_PROJECT.length)));
  }
  return isAbsolute(path) ? path : join(dirname(configFile), path);
}

/**
 * The path of a corpus or a model's folder, `path` as seen from the working folder, as a config anywhere
 * can give it. Of one outside the project that is its name alone: neither where the project lies nor
 * where the file does may show in results.
 */
export function portablePath(path: string): string {
  const inProject = relative(PROJECT, resolve(path));
  return inProject.startsWith("..") || isAbsolute(inProject)
    ? basename(path)
    : IN_PROJECT + inProject;
}

/** Whether what a run's `config.yaml` calls `written` lies outside the project. */
export function isElsewhere(written: string): boolean {
  return !written.startsWith(IN_PROJECT) && !isHubName(written);
}

/** How far a config may reach. */
export interface ReachOptions {
  /** Whether it may name files outside its folder and the project: `--allow-read-outside`. */
  readonly readsOutside?: boolean;
}

/**
 * Why `file`, a config or a plan, may not name the file `path`: it lies, once its links are followed,
 * neither in the folder of `file` nor in the project. Configs come from anywhere, and what a file holds
 * may show in a message or in a result.
 */
export function outsideProblem(file: string, path: string): string | undefined {
  const found = realPathOf(path);
  const folder = dirname(file);
  if (found !== undefined && [folder, PROJECT].some((one) => isIn(one, found))) return undefined;
  return `expected a file in the folder of ${file} or in the project, found ${path}, ` +
    "which is outside; --allow-read-outside allows it";
}

function isIn(folder: string, path: string): boolean {
  const real = realPathOf(folder);
  return real !== undefined && isWithin(real, path);
}

/** Where `path` leads; `undefined` where it leads nowhere, or where this process may not look. */
function realPathOf(path: string): string | undefined {
  try {
    return realPath(path);
  } catch (error) {
    const isHidden = error instanceof PlaceError || error instanceof Deno.errors.PermissionDenied;
    if (isHidden) return undefined;
    throw error;
  }
}

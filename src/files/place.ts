/**
 * Where the paths that a person names lead. Links are followed once, at the start: what reads, writes
 * or may be reached later is asked of the path that was found then.
 *
 * @module
 */
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isAbsent } from "./system_error.ts";

/** The project's folder. */
export const PROJECT: string = fileURLToPath(new URL("../../", import.meta.url));

/** A path that leads nowhere: a link to what is not there, or links in a circle. */
export class PlaceError extends Error {
  /** The name of the class. */
  override readonly name = "PlaceError";
}

/** A folder or file that a person named. */
export interface Place {
  /** As it was named: for messages. */
  readonly shown: string;
  /** The path to use: as it was named where no link lies on the way, or else where the links lead. */
  readonly path: string;
}

/** Follows the links of `shown`, which need not be there; throws a {@linkcode PlaceError}. */
export function placeOf(shown: string): Place {
  const real = realPath(shown);
  if (isOfSystem(real)) throw ofSystem(shown, real);
  return { shown, path: real === resolve(shown) ? shown : real };
}

/** The place of `name`, such as `a/b`, below `place`. */
export function placeIn({ shown, path }: Place, name: string): Place {
  return { shown: join(shown, name), path: join(path, name) };
}

/**
 * The absolute path behind all links of `path`, of which the last parts need not be there. Throws a
 * {@linkcode PlaceError} where a link leads nowhere.
 */
export function realPath(path: string): string {
  const missing: string[] = [];
  for (let above = resolve(path);; above = dirname(above)) {
    try {
      return join(Deno.realPathSync(above), ...missing);
    } catch (error) {
      if (isLink(above)) throw new PlaceError(nowhere(path, above));
      if (error instanceof Deno.errors.NotCapable) {
        if (isOfSystem(resolve(path))) throw ofSystem(path, resolve(path));
        throw new PlaceError(
          `cannot use ${path}: it is where this task may neither read nor write`,
        );
      }
      if (!isAbsent(error) || dirname(above) === above) throw error;
      missing.unshift(basename(above));
    }
  }
}

/** Folders of the system's own, of which Deno lets no task use anything. */
const OF_SYSTEM = ["/dev", "/proc", "/sys"];

function isOfSystem(path: string): boolean {
  return Deno.build.os !== "windows" && OF_SYSTEM.some((folder) => isWithin(folder, path));
}

function ofSystem(shown: string, real: string): PlaceError {
  const leads = real === resolve(shown) ? "" : `it leads to ${real}, and `;
  return new PlaceError(
    `cannot use ${shown}: ${leads}Deno lets no task write below /dev, /proc or /sys`,
  );
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

function nowhere(path: string, link: string): string {
  const where = resolve(path) === link ? "" : `${relative(Deno.cwd(), link)} is `;
  return `cannot use ${path}: ${where}a link to ${Deno.readLinkSync(link)}, which leads nowhere`;
}

/** Whether `path` is `folder` or lies below it, as they are written. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, resolve(path));
  return !isAbsolute(way) && way.split(/[\\/]/)[0] !== "..";
}

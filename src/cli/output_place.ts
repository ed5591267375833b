/**
 * Where runs put their results: a folder of `outputs/`, or the one that the command line names, which
 * may be anywhere but among the project's own files.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { NAME } from "../config/run_name.ts";
import {
  isWithin,
  type Place,
  PlaceError,
  placeIn,
  placeOf,
  PROJECT,
  realPath,
} from "../files/place.ts";
import { UsageError } from "./command.ts";

/** Where results go unless the command line says it. */
export const OUTPUTS = "outputs";

/** The folders of runs called `names`, which may be links to elsewhere. */
export function outputPlaces(names: readonly string[]): Place[] {
  const outputs = placeOf(OUTPUTS);
  return names.filter((name) => NAME.test(name)).flatMap((name) => {
    try {
      return [placeOf(join(OUTPUTS, name))];
    } catch (error) {
      // Of the names that the run may have, this may not be the one; the one is found again.
      if (error instanceof PlaceError) return [placeIn(outputs, name)];
      throw error;
    }
  });
}

/** Folders of the project that have its own files, at any depth. */
const OWN: readonly string[] = ["src", "tests", "configs", ".ci", ".git", join(OUTPUTS, ".cache")];

/**
 * The place of the folder that a person named for results; throws a {@linkcode UsageError} where the
 * project has files of its own.
 */
export function givenPlace(folder: string): Place {
  const place = placeOf(folder);
  const project = realPath(PROJECT);
  for (const path of [resolve(folder), resolve(place.path)]) {
    const own = path === project
      ? "the project's own folder"
      : path === join(project, OUTPUTS)
      ? "the folder of all runs"
      : OWN.some((name) => isWithin(join(project, name), path))
      ? "a folder of the project's own files"
      : undefined;
    if (own === undefined) continue;
    throw new UsageError(
      `expected a folder for results alone, such as ${OUTPUTS}/my-run, found ${folder}, ` +
        `which is ${own}`,
    );
  }
  return place;
}

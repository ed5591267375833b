/**
 * Where results are cached.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { environmentVariable } from "../files/environment.ts";
import { type Place, placeOf } from "../files/place.ts";

/** The folder of the store of results, unless another is named. */
export const STORE = "outputs/.cache/store";

/** The environment's name for another. */
const VARIABLE = "MICROBEAM_STORE";

/** `--store` in the help of the commands that have it. */
export const STORE_HELP =
  `  --store DIR         the folder of cached results, relative to the project (default:
                      ${VARIABLE} of the environment, or ${STORE}); what is
                      downloaded goes to corpora/ and models/ beside it`;

/** The folders of what is cached. */
export interface CachePlaces {
  /** Results. */
  readonly store: Place;
  /** Downloaded corpora. */
  readonly downloads: Place;
  /** Downloaded models. */
  readonly models: Place;
}

/** The folders that the command line, which may have `--store`, and the environment say. */
export function cachePlaces(given: string | undefined): CachePlaces {
  const named = given ?? variable() ?? STORE;
  const beside = (name: string): Place => placeOf(join(dirname(named), name));
  return { store: placeOf(named), downloads: beside("corpora"), models: beside("models") };
}

function variable(): string | undefined {
  const value = environmentVariable(VARIABLE);
  return value === "" ? undefined : value;
}

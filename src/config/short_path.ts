/**
 * Short paths of settings on the command line: `draft_k` for `decoding.strategies.speculative.draft_k`.
 * Steps may be left out where what is left means one setting only.
 *
 * @module
 */
import { firstAndCount } from "../text/format.ts";
import { nearest } from "../text/suggestions.ts";
import { type ConfigPath, isMap, pathText, valueAt } from "./path.ts";
import { allSettings, constants, STRATEGIES, variantsAt } from "./schema.ts";

/** The most settings that a message lists. */
const MOST_LISTED = 8;

/**
 * The paths of all settings that a config with `data` has or could have: those of the schema and, by
 * the name of a strategy that is in the config, those of its entry, and of the warpers in its chains.
 */
export function settingPaths(data: unknown): readonly (readonly string[])[] {
  const outside = allSettings().map(({ path }) => path).filter(([first]) => first !== "extends");
  const entries = valueAt(data, STRATEGIES);
  if (!Array.isArray(entries)) return outside;
  const inside = entries.flatMap((entry: unknown, i) => {
    const name = valueAt(entry, ["strategy"]);
    if (typeof name !== "string") return [];
    const own = variantsAt(data, [...STRATEGIES, i])
      .filter((variant) => constants(variant).get("strategy") === name);
    const keys = own.flatMap((variant) => Object.keys(valueAt(variant, ["properties"]) ?? {}));
    return keys.filter((key) => key !== "strategy").flatMap((key) => [
      [...STRATEGIES, name, key],
      ...warpersIn(valueAt(entry, [key])).map((warper) => [...STRATEGIES, name, key, warper]),
    ]);
  });
  const distinct = new Map([...outside, ...inside].map((path) => [path.join("."), path]));
  return [...distinct.values()];
}

/** The names of the warpers in `chain`, if it is one. */
function warpersIn(chain: unknown): string[] {
  return Array.isArray(chain)
    ? chain.flatMap((item: unknown) => isMap(item) ? Object.keys(item).slice(0, 1) : [])
    : [];
}

/**
 * Those of `paths` that `steps` may stand for: their steps in order, the last among them. After an
 * index, which is of an item of a list, the rest is taken as it is.
 */
export function pathsFor(
  steps: readonly string[],
  paths: readonly (readonly string[])[],
): (readonly string[])[] {
  const index = steps.findIndex((step) => /^\d+$/.test(step));
  const named = index < 0 ? steps : steps.slice(0, index);
  if (named.length === 0) return [];
  return paths.filter((path) => path.at(-1) === named.at(-1) && isWithin(named, path))
    .map((path) => [...path, ...steps.slice(named.length)]);
}

/** Whether `path` has all of `steps`, in order. */
function isWithin(steps: readonly string[], path: readonly string[]): boolean {
  let found = 0;
  for (const step of path) if (step === steps[found]) found++;
  return found === steps.length;
}

/** `training.target.steps, training.draft.steps`: several paths for a message. */
export function listed(paths: readonly ConfigPath[]): string {
  return firstAndCount(paths.map(pathText), MOST_LISTED).join(", ");
}

/**
 * `; did you mean "training.target.steps"?` for misspelled `steps`, which may be a short path: the
 * nearest of `paths` by as many of their last steps, or as they are.
 */
export function nearestSetting(
  steps: readonly string[],
  paths: readonly (readonly string[])[],
): string {
  const written = steps.join(".");
  const whole = new Map(
    paths.flatMap((path) => [
      [path.slice(-steps.length).join("."), path.join(".")] as const,
      [path.join("."), path.join(".")] as const,
    ]),
  );
  const found = nearest(written, [...whole.keys()]);
  return found === undefined ? "" : `; did you mean "${whole.get(found)}"?`;
}

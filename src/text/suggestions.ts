// @ts-types="../declarations/levenshtein_distance.d.ts"
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** A message about `found`: `expected one of a, b, c, found "bb"; did you mean "b"?`. */
export function expectedOneOf(found: unknown, choices: readonly string[]): string {
  const list = choices.length === 1 ? choices[0] : `one of ${choices.join(", ")}`;
  return `expected ${list}, found ${shown(found)}${suggestion(found, choices)}`;
}

/** A longer text is not a typo. */
const LONGEST_TYPO = 200;

/** `; did you mean "b"?` if one of `choices` is near enough; else empty. */
export function suggestion(found: unknown, choices: readonly string[]): string {
  if (typeof found !== "string" || found.length > LONGEST_TYPO || choices.length === 0) return "";
  const distances = choices.map((choice) =>
    levenshteinDistance(found.toLowerCase(), choice.toLowerCase())
  );
  const smallest = Math.min(...distances);
  const nearest = choices[distances.indexOf(smallest)] ?? "";
  const near = smallest <= Math.max(2, Math.min(found.length, nearest.length) / 2) &&
    smallest < found.length;
  return near && nearest !== found ? `; did you mean "${nearest}"?` : "";
}

/** A value for a message: text quoted and cut, lists and maps by their kind. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}

/**
 * `; did you mean "training.target.steps"?` for the misspelled path `steps`, such as `training.steps`:
 * those of `paths` that have all its steps and end with its last, or else the nearest.
 */
export function nearestPaths(
  steps: readonly string[],
  paths: readonly (readonly string[])[],
): string {
  const fuller = paths.filter((path) => path.at(-1) === steps.at(-1) && isWithin(steps, path));
  if (fuller.length === 0) {
    return suggestion(steps.join("."), paths.map((path) => path.join(".")));
  }
  return `; did you mean ${fuller.map((path) => `"${path.join(".")}"`).join(" or ")}?`;
}

/** Whether `path` has all of `steps`, in order. */
function isWithin(steps: readonly string[], path: readonly string[]): boolean {
  return path.filter((step) => steps.includes(step)).join() === steps.join();
}

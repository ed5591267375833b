// @ts-types="../declarations/levenshtein_distance.d.ts"
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The most characters of a list of choices. */
const LONGEST_LIST = 100;

/**
 * A message about `found`: `expected one of a, b, c, found "bb"; did you mean "b"?`. Of more choices
 * than fit those are listed that `found` is nearest to: `expected one of b, bc and 20 more, …`.
 */
export function expectedOneOf(found: unknown, choices: readonly string[]): string {
  const list = choices.length === 1 ? choices[0] : `one of ${listOf(found, choices)}`;
  return `expected ${list}, found ${shown(found)}${suggestion(found, choices)}`;
}

/** `choices`; where these are too many, as many as fit, beginning with what is nearest to `found`. */
function listOf(found: unknown, choices: readonly string[]): string {
  const whole = choices.join(", ");
  if (whole.length <= LONGEST_LIST) return whole;
  const near = suggestion(found, choices) === "" ? choices : nearestFirst(String(found), choices);
  const fitting: string[] = [];
  for (const choice of near) {
    if ([...fitting, choice].join(", ").length > LONGEST_LIST - " and 99 more".length) break;
    fitting.push(choice);
  }
  return `${fitting.join(", ")} and ${choices.length - fitting.length} more`;
}

function nearestFirst(found: string, choices: readonly string[]): string[] {
  const distances = new Map(choices.map((choice) => [choice, distance(found, choice)]));
  return choices.toSorted((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0));
}

function distance(found: string, choice: string): number {
  return levenshteinDistance(found.toLowerCase(), choice.toLowerCase());
}

/** A longer text is not a typo. */
const LONGEST_TYPO = 200;

/** `; did you mean "b"?` if one of `choices` is near enough; else empty. */
export function suggestion(found: unknown, choices: readonly string[]): string {
  const near = typeof found === "string" ? nearest(found, choices) : undefined;
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** The nearest of `choices`, if it is near enough to be what `found` was meant to be. */
export function nearest(found: string, choices: readonly string[]): string | undefined {
  if (found.length > LONGEST_TYPO || choices.length === 0) return undefined;
  const distances = choices.map((choice) => distance(found, choice));
  const smallest = Math.min(...distances);
  const near = choices[distances.indexOf(smallest)] ?? "";
  return near !== found && smallest <= mostTypos(found, near) ? near : undefined;
}

/** The most letters that may differ where `found` is meant to be `near`: one in three, as a rule. */
function mostTypos(found: string, near: string): number {
  const word = (text: string): string => text.toLowerCase().replace(/^-+/, "");
  const [one, other] = [word(found), word(near)];
  const letters = (text: string): string => [...text].sort().join("");
  // Two that changed places, or a few before or behind the rest of a word.
  if (letters(one) === letters(other)) return 2;
  const shorter = Math.min(one.length, other.length);
  const isPart = shorter >= 4 && (one.includes(other) || other.includes(one));
  return isPart ? 3 : Math.min(Math.max(1, Math.floor(shorter / 3)), found.length - 1);
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

// @ts-types="../declarations/closest_string.d.ts"
import { closestString } from "@std/text/closest-string";

/** `one of a, b, c; did you mean "b"?`: what was expected where `found` was given. */
export function expectedOneOf(found: unknown, choices: readonly string[]): string {
  const list = choices.length === 1 ? choices[0] : `one of ${choices.join(", ")}`;
  const hint = typeof found === "string" && choices.length > 1
    ? `; did you mean "${closestString(found, choices)}"?`
    : "";
  return `expected ${list}, found ${shown(found)}${hint}`;
}

/** A value as a message shows it: text quoted, lists and maps named, and nothing too long. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}

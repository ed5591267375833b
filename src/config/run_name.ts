/** The names that a run's folder may have: none that leads out of outputs/, or hides in it. */
export const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$/;

/** The characters that {@linkcode NAME} allows, in words. */
export const NAME_RULE: string =
  "letters from a to z, digits, '.', '_' and '-', beginning with a letter or " +
  "a digit and not ending with '.', at most 100";

/** `; --set name=my-config-1`: a name like `text` that may be one; empty where there is none. */
export function nameHint(text: unknown): string {
  const name = typeof text === "string" ? nameLike(text) : "";
  return NAME.test(name) ? `; try --set name=${name}` : "";
}

/** `text` with other characters in place of those that no name has: `größe` → `grosse`. */
function nameLike(text: string): string {
  // Letters without their marks; of those that are none without them the capitals know more.
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "")
    .replaceAll(/\P{ASCII}/gu, (character) => character.toUpperCase().toLowerCase());
  return plain.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[^A-Za-z0-9]+|[.-]+$/g, "")
    .slice(0, 100);
}

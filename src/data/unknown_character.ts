import { shown } from "../text/suggestions.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * What is wrong with a prompt that has a character which the corpus does not have: which one, and what
 * the corpus has, the same letter in the other case or else all there is.
 */
export function unknownCharacter(prompt: string, tokenizer: Tokenizer): string | undefined {
  const stranger = tokenizer.firstUnknown(prompt);
  if (stranger === undefined) return undefined;
  const otherCase = [stranger.toLowerCase(), stranger.toUpperCase()]
    .find((variant) => variant !== stranger && tokenizer.firstUnknown(variant) === undefined);
  return `expected characters of the corpus, found ${shown(stranger)} in ${shown(prompt)}; ` +
    `the corpus has ${shown(otherCase ?? tokenizer.characters.join(""))}`;
}

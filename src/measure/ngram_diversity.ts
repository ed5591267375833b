import { linearRegression } from "simple-statistics";
import type { DistinctText } from "./distinct_texts.ts";

/**
 * Distinct-n (Li et al. 2016): different character n-grams over all of them, in the continuations of
 * all samples. It falls with the number of samples: compare cells that have equally many. 0 of none.
 */
export function distinctShare(texts: readonly DistinctText[], n: number): number {
  const different = new Set<string>();
  let total = 0;
  for (const { characters, count } of texts) {
    total += count * Math.max(0, characters.length - n + 1);
    for (let i = 0; i + n <= characters.length; i++) {
      different.add(characters.slice(i, i + n).join(""));
    }
  }
  return total === 0 ? 0 : different.size / total;
}

/**
 * Zipf's coefficient: −slope of the least-squares line of ln frequency on ln rank, over the generated
 * characters; `undefined` where there are fewer than two different ones. 0 is all equally often.
 */
export function zipf(texts: readonly DistinctText[]): number | undefined {
  const frequencies = new Map<string, number>();
  for (const { characters, count } of texts) {
    for (const character of characters) {
      frequencies.set(character, (frequencies.get(character) ?? 0) + count);
    }
  }
  if (frequencies.size < 2) return undefined;
  const points = [...frequencies.values()].sort((a, b) => b - a)
    .map((frequency, i) => [Math.log(i + 1), Math.log(frequency)]);
  const slope = linearRegression(points).m;
  // Not −0.
  return slope === 0 ? 0 : -slope;
}

/** The longest string whose repetition counts, in characters. */
const LONGEST_REPEATED = 4;

/** Whether a string of 1 to 4 characters stands three times in a row in it: `aaa`, `nononono`. */
export function repeats(characters: readonly string[]): boolean {
  for (let length = 1; length <= LONGEST_REPEATED; length++) {
    let run = 0;
    for (let i = length; i < characters.length; i++) {
      run = characters[i] === characters[i - length] ? run + 1 : 0;
      if (run === 2 * length) return true;
    }
  }
  return false;
}

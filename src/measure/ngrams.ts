/**
 * Statistics of characters and their n-grams.
 *
 * @module
 */
import { linearRegression } from "simple-statistics";
import type { DistinctText } from "./sample_facts.ts";
import type { TextItems } from "./text_sets.ts";

/** The n-grams of texts. */
export interface TextNgrams extends TextItems {
  /** `[texts]` how many each has, repeated ones as often as they are in it. */
  readonly sizes: Float64Array;
}

/**
 * The n-grams in the continuations of `texts`: of characters, or of what `unitsOf` gives, of which no two
 * sequences are the same when they are joined.
 */
export function ngramsOf(
  texts: readonly DistinctText[],
  n: number,
  unitsOf = ({ characters }: DistinctText): readonly string[] => characters,
): TextNgrams {
  const numbers = new Map<string, number>();
  const starts = new Int32Array(texts.length + 1);
  const sizes = new Float64Array(texts.length);
  const items: number[] = [];
  texts.forEach((distinct, text) => {
    const units = unitsOf(distinct);
    const size = sizes[text] = Math.max(0, units.length - n + 1);
    const begin = items.length;
    for (let i = 0; i < size; i++) {
      const ngram = n === 1 ? units[i] as string : units.slice(i, i + n).join("");
      let item = numbers.get(ngram);
      if (item === undefined) numbers.set(ngram, item = numbers.size);
      if (!items.includes(item, begin)) items.push(item);
    }
    starts[text + 1] = items.length;
  });
  return { starts, items: Int32Array.from(items), different: numbers.size, sizes };
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

/** The longest n-gram that is compared. */
const ORDER = 4;
/** Smoothing method 1: what stands for no n-gram in common (Chen & Cherry 2014). */
const EPSILON = 0.1;

/** How often an n-gram is in one text at most, in which, and in another text at most. */
interface Most {
  first: number;
  holder: number;
  second: number;
}

/**
 * Self-BLEU (Zhu et al. 2018): the mean over `texts`, lists of characters, of the BLEU-4 of each
 * against all others, with equal weights, the brevity penalty of the closest length and smoothing
 * method 1: as NLTK's `sentence_bleu` of each. 1 is all alike. Of fewer than two texts it is
 * `undefined`. Takes time in proportion to the characters, not to the pairs: of each n-gram two
 * counts are enough.
 */
export function selfBleu(texts: readonly (readonly string[])[]): number | undefined {
  if (texts.length < 2) return undefined;
  const counts = texts.map((text) =>
    Array.from({ length: ORDER }, (_, i) => ngramCounts(text, i + 1))
  );
  const most = Array.from({ length: ORDER }, (_, i) => mostCounts(counts.map((own) => own[i])));
  const lengths = new Map<number, number>();
  for (const { length } of texts) lengths.set(length, (lengths.get(length) ?? 0) + 1);
  let total = 0;
  texts.forEach((text, t) => {
    let logs = 0;
    let unigrams = 0;
    for (let n = 1; n <= ORDER; n++) {
      let common = 0;
      for (const [ngram, count] of counts[t]?.[n - 1] ?? []) {
        const { first, holder, second } = most[n - 1]?.get(ngram) as Most;
        common += Math.min(count, holder === t ? second : first);
      }
      if (n === 1) unigrams = common;
      const possible = Math.max(1, text.length - n + 1);
      logs += Math.log((common === 0 ? EPSILON : common) / possible) / ORDER;
    }
    if (unigrams > 0) total += brevity(text.length, lengths) * Math.exp(logs);
  });
  return total / texts.length;
}

function ngramCounts(text: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= text.length; i++) {
    const ngram = text.slice(i, i + n).join("");
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

function mostCounts(
  counts: readonly (ReadonlyMap<string, number> | undefined)[],
): Map<string, Most> {
  const most = new Map<string, Most>();
  counts.forEach((own, t) => {
    for (const [ngram, count] of own ?? []) {
      const known = most.get(ngram);
      if (known === undefined) most.set(ngram, { first: count, holder: t, second: 0 });
      else if (count > known.first) {
        known.second = known.first;
        known.first = count;
        known.holder = t;
      } else known.second = Math.max(known.second, count);
    }
  });
  return most;
}

/** exp(1 − r / c) where the closest length r among the other texts is above c; of two the shorter. */
function brevity(length: number, lengths: ReadonlyMap<number, number>): number {
  let closest = Infinity;
  for (const [other, count] of lengths) {
    if (other === length && count === 1) continue;
    const nearer = Math.abs(other - length) - Math.abs(closest - length);
    if (nearer < 0 || (nearer === 0 && other < closest)) closest = other;
  }
  return closest <= length ? 1 : Math.exp(1 - closest / length);
}

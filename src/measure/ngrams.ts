/**
 * Statistics of the n-grams of texts, whose units are characters or tokens.
 *
 * @module
 */
import { linearRegression } from "simple-statistics";
import type { TextItems } from "./text_sets.ts";
import type { TextUnits } from "./text_units.ts";

/** The n-grams of texts. */
export interface TextNgrams extends TextItems {
  /** `[items]` how often the text has each. */
  readonly counts: Int32Array;
  /** `[texts]` how many each has, repeated ones as often as they are in it. */
  readonly sizes: Float64Array;
}

/** The n-grams of `n` units in `texts`. */
export function ngramsOf(texts: TextUnits, n: number): TextNgrams {
  return gathered(texts.starts, numberedNgrams(texts, n).at(-1) as NumberedNgrams, n);
}

/** `[n]` the n-grams of one unit in `texts`, of two, … of `n` units. */
export function ngramsUpTo(texts: TextUnits, n: number): TextNgrams[] {
  return numberedNgrams(texts, n).map((numbered, i) => gathered(texts.starts, numbered, i + 1));
}

/** The `n`-grams of each text, gathered. */
function gathered(
  unitStarts: Int32Array,
  { numbers, different }: NumberedNgrams,
  n: number,
): TextNgrams {
  const texts = unitStarts.length - 1;
  const starts = new Int32Array(texts + 1);
  const sizes = new Float64Array(texts);
  const items = new Int32Array(numbers.length);
  const counts = new Int32Array(numbers.length);
  // Where an n-gram was put last; before the start of the text it is another text's.
  const places = new Int32Array(different).fill(-1);
  let put = 0;
  for (let text = 0; text < texts; text++) {
    const begin = unitStarts[text] as number;
    const end = Math.max(begin, (unitStarts[text + 1] as number) - n + 1);
    sizes[text] = end - begin;
    for (let i = begin; i < end; i++) {
      const item = numbers[i] as number;
      let place = places[item] as number;
      if (place < (starts[text] as number)) {
        place = places[item] = put++;
        items[place] = item;
      }
      counts[place] = (counts[place] as number) + 1;
    }
    starts[text + 1] = put;
  }
  const own = { items: items.subarray(0, put), counts: counts.subarray(0, put) };
  return { starts, ...own, different, sizes };
}

/** The n-grams of texts by number, in the order in which they first appear. */
interface NumberedNgrams {
  /** `[units]` the n-gram that begins at each unit; without a meaning where too few units follow. */
  readonly numbers: Int32Array;
  /** How many different ones there are. */
  readonly different: number;
}

/** `[n]` the n-grams of one unit, of two, … of `n` units, at least one. */
function numberedNgrams({ starts, units }: TextUnits, n: number): NumberedNgrams[] {
  // The n-gram of no units has the number 0 at every unit.
  const unigrams = longerNgrams(starts, new Int32Array(units.length), { last: units, base: 1 }, 1);
  const levels = [unigrams];
  for (let length = 2; length <= n; length++) {
    const { numbers } = levels.at(-1) as NumberedNgrams;
    const last = { last: unigrams.numbers, base: unigrams.different };
    levels.push(longerNgrams(starts, numbers, last, length));
  }
  return levels;
}

/** The n-grams of `n` units: each is one of a unit less, by its number, and the last unit, below `base`. */
function longerNgrams(
  starts: Int32Array,
  shorter: Int32Array,
  { last, base }: { readonly last: Int32Array; readonly base: number },
  n: number,
): NumberedNgrams {
  const numbers = new Int32Array(shorter.length);
  const known = new Map<number, number>();
  for (let text = 0; text + 1 < starts.length; text++) {
    const end = (starts[text + 1] as number) - n + 1;
    for (let i = starts[text] as number; i < end; i++) {
      const key = (shorter[i] as number) * base + (last[i + n - 1] as number);
      let number = known.get(key);
      if (number === undefined) known.set(key, number = known.size);
      numbers[i] = number;
    }
  }
  return { numbers, different: known.size };
}

/**
 * Zipf's coefficient: −slope of the least-squares line of ln frequency on ln rank, over the characters of
 * `texts`, each of which was generated as often as `copies` says; `undefined` where there are fewer than
 * two different ones. 0 is all equally often.
 */
export function zipf(texts: TextUnits, copies: ArrayLike<number>): number | undefined {
  const { starts, items, counts, different } = ngramsOf(texts, 1);
  if (different < 2) return undefined;
  const frequencies = new Float64Array(different);
  for (let text = 0; text < copies.length; text++) {
    for (let i = starts[text] as number; i < (starts[text + 1] as number); i++) {
      const character = items[i] as number;
      frequencies[character] = (frequencies[character] as number) +
        (counts[i] as number) * (copies[text] as number);
    }
  }
  const points = Array.from(frequencies.sort().reverse())
    .map((frequency, i) => [Math.log(i + 1), Math.log(frequency)]);
  const slope = linearRegression(points).m;
  // Not −0.
  return slope === 0 ? 0 : -slope;
}

/** The longest sequence whose repetition counts, in units. */
const LONGEST_REPEATED = 4;

/** Whether a sequence of 1 to 4 units stands three times in a row in text `i`: `aaa`, `nononono`. */
export function repeats({ starts, units }: TextUnits, i: number): boolean {
  const [begin, end] = [starts[i] as number, starts[i + 1] as number];
  for (let length = 1; length <= LONGEST_REPEATED; length++) {
    let run = 0;
    for (let at = begin + length; at < end; at++) {
      run = units[at] === units[at - length] ? run + 1 : 0;
      if (run === 2 * length) return true;
    }
  }
  return false;
}

/** The longest n-gram that is compared. */
const ORDER = 4;
/** Smoothing method 1: what stands for no n-gram in common (Chen & Cherry 2014). */
const EPSILON = 0.1;

/**
 * Self-BLEU (Zhu et al. 2018): the mean over `texts` of the BLEU-4 of each against all others, with equal
 * weights, the brevity penalty of the closest length and smoothing method 1: as NLTK's `sentence_bleu` of
 * each. 1 is all alike. Of fewer than two texts it is `undefined`. Takes time in proportion to the
 * characters, not to the pairs: of each n-gram two counts are enough.
 */
export function selfBleu(texts: TextUnits): number | undefined {
  const count = texts.starts.length - 1;
  if (count < 2) return undefined;
  const ngrams = ngramsUpTo(texts, ORDER);
  const common = ngrams.map(inCommon);
  const [{ sizes: lengths }] = ngrams as [TextNgrams];
  const brevities = brevitiesOf(lengths);
  let total = 0;
  for (let text = 0; text < count; text++) {
    let logs = 0;
    for (let n = 0; n < ORDER; n++) {
      const own = common[n]?.[text] as number;
      const possible = Math.max(1, ngrams[n]?.sizes[text] as number);
      logs += Math.log((own === 0 ? EPSILON : own) / possible) / ORDER;
    }
    if (common[0]?.[text] === 0) continue;
    total += (brevities.get(lengths[text] as number) as number) * Math.exp(logs);
  }
  return total / count;
}

/** `[texts]` how many n-grams each has in common with the others, each as often as one of them has it. */
function inCommon({ starts, items, counts, different }: TextNgrams): Float64Array {
  // How often an n-gram is in one text at most, in which, and in another text at most.
  const first = new Int32Array(different);
  const holder = new Int32Array(different);
  const second = new Int32Array(different);
  const texts = starts.length - 1;
  for (let text = 0; text < texts; text++) {
    for (let i = starts[text] as number; i < (starts[text + 1] as number); i++) {
      const [item, count] = [items[i] as number, counts[i] as number];
      const most = first[item] as number;
      if (count > most) {
        second[item] = most;
        first[item] = count;
        holder[item] = text;
      } else if (count > (second[item] as number)) second[item] = count;
    }
  }
  const common = new Float64Array(texts);
  for (let text = 0; text < texts; text++) {
    for (let i = starts[text] as number; i < (starts[text + 1] as number); i++) {
      const item = items[i] as number;
      const others = (holder[item] === text ? second[item] : first[item]) as number;
      common[text] = (common[text] as number) + Math.min(counts[i] as number, others);
    }
  }
  return common;
}

/** The brevity penalties of texts by their length. */
function brevitiesOf(lengths: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const length of lengths) counts.set(length, (counts.get(length) ?? 0) + 1);
  return new Map(Array.from(counts.keys(), (length) => [length, brevity(length, counts)]));
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

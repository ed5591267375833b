/**
 * Texts whose probabilities are all known: a table of next letters by the letter before, no model.
 *
 * @module
 */
import { CounterStream } from "../../src/random/counter_stream.ts";
import type { RandomSource } from "../../src/random/random_stream.ts";

/** How many letters there are; each is a prompt, too. */
export const LETTERS = 20;
/** The most letters of a text after its prompt; then it is cut off. */
export const LONGEST = 4;
/** The token that ends a text, after the letters. */
const END = LETTERS;
const TOKENS = END + 1;

/** What is done to the table's distributions before texts are drawn. */
export interface Warp {
  readonly temperature: number;
  readonly topK?: number;
}

/** `[letters, tokens]` ln probabilities of what follows each letter: the same in every run. */
const tableLogProbs: Float64Array = normalized(logitsOf(CounterStream.fromSeed(7)));

/** Logits that are normal with a variance of 1; those of the end are larger by a half. */
function logitsOf(random: RandomSource): Float64Array {
  return Float64Array.from({ length: LETTERS * TOKENS }, (_, i) => {
    // The sum of twelve uniform numbers less 6.
    let normal = -6;
    for (let k = 0; k < 12; k++) normal += random.next();
    return normal + (i % TOKENS === END ? 0.5 : 0);
  });
}

/** The rows of `logits` less the logarithms of their sums of exponentials. */
function normalized(logits: Float64Array): Float64Array {
  const logProbs = logits.slice();
  for (let row = 0; row < logits.length; row += TOKENS) {
    const own = logProbs.subarray(row, row + TOKENS);
    const total = own.reduce((sum, logit) => sum + Math.exp(logit), 0);
    own.forEach((logit, token) => own[token] = logit - Math.log(total));
  }
  return logProbs;
}

/** The table after `warp`: −∞ for what it leaves out. */
function warped({ temperature, topK = TOKENS }: Warp): Float64Array {
  const logits = tableLogProbs.map((logProb) => logProb / temperature);
  for (let row = 0; row < logits.length; row += TOKENS) {
    const own = logits.subarray(row, row + TOKENS);
    const least = own.toSorted().at(-topK) ?? -Infinity;
    own.forEach((logit, token) => own[token] = logit < least ? -Infinity : logit);
  }
  return normalized(logits);
}

/** All texts after one prompt, by their number. */
export interface TextsAfter {
  /** The probability of each after warping. */
  readonly chances: Float64Array;
  /** The same added up: a uniform number finds its text. */
  readonly cumulative: Float64Array;
  /** `[parts + 1]` the first text that a uniform number in each part of [0, 1) may find. */
  readonly guide: Int32Array;
  /** Their log-probabilities in the table itself, nats; the end is part of a whole text. */
  readonly logProbs: Float64Array;
  /** The number of the text without its last letter. */
  readonly shorter: Int32Array;
  /** Their last letters. */
  readonly last: Uint8Array;
  /** How many letters they have. */
  readonly lengths: Uint8Array;
  /** 1 for those that the end ended, 0 for those that were cut off. */
  readonly whole: Uint8Array;
}

/** All texts that `warp` leaves after the letter `prompt`, whole ones and those cut off. */
export function textsAfter(prompt: number, warp: Warp): TextsAfter {
  const rows = warped(warp);
  const texts = { chances: [0], logProbs: [0], shorter: [-1], last: [prompt], lengths: [0] };
  const whole: number[] = [];
  // Each text is a prefix first: of that probability until its end is added.
  for (let i = 0; i < texts.last.length; i++) {
    const chance = texts.chances[i] as number;
    const logProb = texts.logProbs[i] as number;
    const length = texts.lengths[i] as number;
    whole.push(length < LONGEST ? 1 : 0);
    if (length === LONGEST) continue;
    const row = (texts.last[i] as number) * TOKENS;
    for (let letter = 0; letter < END; letter++) {
      const step = rows[row + letter] as number;
      if (step === -Infinity) continue;
      texts.chances.push(chance + step);
      texts.logProbs.push(logProb + (tableLogProbs[row + letter] as number));
      texts.shorter.push(i);
      texts.last.push(letter);
      texts.lengths.push(length + 1);
    }
    texts.chances[i] = chance + (rows[row + END] as number);
    texts.logProbs[i] = logProb + (tableLogProbs[row + END] as number);
  }
  const chances = Float64Array.from(texts.chances, (logProb) => Math.exp(logProb));
  let total = 0;
  const cumulative = chances.map((chance) => total += chance);
  return {
    chances,
    cumulative,
    guide: guideOf(cumulative),
    logProbs: Float64Array.from(texts.logProbs),
    shorter: Int32Array.from(texts.shorter),
    last: Uint8Array.from(texts.last),
    lengths: Uint8Array.from(texts.lengths),
    whole: Uint8Array.from(whole),
  };
}

/** The number of a text drawn from `texts`. */
export function drawText({ cumulative, guide }: TextsAfter, random: RandomSource): number {
  const uniform = random.next();
  const at = uniform * (cumulative[cumulative.length - 1] as number);
  let low = guide[Math.floor(uniform * GUIDES)] as number;
  let high = guide[Math.floor(uniform * GUIDES) + 1] as number;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at < (cumulative[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Parts of [0, 1) for which it is known between which texts the drawn one is. */
const GUIDES = 1 << 14;

function guideOf(cumulative: Float64Array): Int32Array {
  const total = cumulative[cumulative.length - 1] as number;
  const guide = new Int32Array(GUIDES + 1);
  let text = 0;
  for (let part = 0; part <= GUIDES; part++) {
    const until = part / GUIDES * total;
    while (text < cumulative.length - 1 && (cumulative[text] as number) < until) text++;
    guide[part] = text;
  }
  return guide;
}

/** The letters of a text. */
export function lettersOf({ shorter, last, lengths }: TextsAfter, text: number): number[] {
  const letters: number[] = [];
  for (let at = text, n = lengths[text] as number; n > 0; n--, at = shorter[at] as number) {
    letters.unshift(last[at] as number);
  }
  return letters;
}

/**
 * Runs of an exact table of texts: samples whose distribution is known, without a model or an engine.
 *
 * @module
 */
import type { SampleRow } from "../../src/diff/samples_file.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import type { RandomStream } from "../../src/random/random_stream.ts";

/** The texts after one prompt, and their probabilities. */
interface Table {
  readonly prompt: string;
  readonly texts: readonly Text[];
  /** `[texts]` the sums of the probabilities so far. */
  readonly cumulated: Float64Array;
}

interface Text {
  readonly continuation: string;
  readonly logProb: number;
  readonly isNovel: boolean;
  readonly isHeldOut: boolean;
}

/** The letters of texts. */
const LETTERS = "abcdefgh";

/**
 * A table of the texts after `prompt`: up to `count` different words, their probabilities as those of
 * ranks to the power of −`exponent`.
 */
function tableOf(prompt: string, count: number, exponent: number): Table {
  const random = CounterStream.fromSeed(1).child("table", prompt);
  const words = new Set<string>();
  while (words.size < count) {
    let word = "";
    do word += LETTERS[Math.floor(random.next() * LETTERS.length)]; while (random.next() < 0.8);
    words.add(word.slice(0, 12));
  }
  const weights = Array.from({ length: count }, (_, rank) => (rank + 1) ** -exponent);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return {
    prompt,
    cumulated: Float64Array.from(weights, (weight) => sum += weight / whole),
    texts: [...words].map((continuation, rank) => ({
      continuation,
      logProb: Math.log((weights[rank] ?? 0) / whole),
      isNovel: random.next() < 0.6,
      isHeldOut: random.next() < 0.05,
    })),
  };
}

/** A cell of an exact table. */
export interface TableCell {
  /** How flat the distribution of texts is: 0 is the flattest. */
  readonly exponent: number;
  /** How many texts there are after each prompt. */
  readonly texts: number;
  /** The probability that a proposed token is accepted, on the average, where the cell speculates. */
  readonly acceptance?: number;
}

/** The samples of a run: so many of each prompt, which may repeat. */
export interface TableRun {
  readonly prompts: readonly string[];
  readonly samples: number;
  /** The random stream of a sample by its cell, prompt and number. */
  readonly random: RandomStream;
}

const tables = new Map<string, Table>();

/** The samples of `cell` in a run. */
export function samplesOf(
  { exponent, texts, acceptance }: TableCell,
  { prompts, samples, random }: TableRun,
): SampleRow[] {
  const numbers = new Map<string, number>();
  const rows: SampleRow[] = [];
  prompts.forEach((prompt, draw) => {
    const key = `${prompt} ${texts} ${exponent}`;
    const table = tables.get(key) ?? tableOf(prompt, texts, exponent);
    tables.set(key, table);
    const stream = random.child(prompt);
    for (let i = 0; i < samples; i++) {
      const number = numbers.get(prompt) ?? 0;
      numbers.set(prompt, number + 1);
      const own = stream.child(number);
      rows.push(rowOf(table, draw, rows.length, own, acceptance));
    }
  });
  return rows;
}

function rowOf(
  { prompt, texts, cumulated }: Table,
  draw: number,
  decoding: number,
  random: RandomStream,
  acceptance: number | undefined,
): SampleRow {
  const at = random.next();
  let [low, high] = [0, cumulated.length - 1];
  while (low < high) {
    const middle = low + high >> 1;
    if ((cumulated[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  const text = texts[low] as Text;
  const tokens = text.continuation.length;
  const fate = acceptance === undefined
    ? { proposed: 0, tested: 0, accepted: 0, overlap: undefined }
    : proposals(tokens + 1, acceptance, random);
  return {
    ...fate,
    prompt,
    draw,
    decoding,
    continuation: text.continuation,
    tokens,
    choices: tokens + 1,
    stop: "eos",
    logProb: text.logProb,
    warpedLogProb: text.logProb,
    targetCalls: tokens + 1 - fate.accepted,
    draftCalls: fate.proposed,
    resampled: fate.tested - fate.accepted,
    bonus: 0,
    isNovel: text.isNovel,
    isHeldOut: text.isHeldOut,
  };
}

/** The fate of the tokens that were proposed for a text of so many, each tested until one is refused. */
function proposals(tokens: number, acceptance: number, random: RandomStream) {
  const count = { proposed: tokens, tested: 0, accepted: 0, overlap: 0 };
  for (let i = 0; i < tokens; i++) {
    const beta = Math.min(1, Math.max(0, acceptance + 0.3 * (random.next() - 0.5)));
    count.tested++;
    count.overlap += beta;
    if (random.next() >= beta) break;
    count.accepted++;
  }
  return count;
}

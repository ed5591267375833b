/**
 * Cells whose samples are drawn from the table of texts: the estimates that intervals are made for, and
 * the numbers that they estimate.
 *
 * @module
 */
import { differenceBetween } from "../../src/measure/comparison.ts";
import { coveredMass, type FoundText } from "../../src/measure/covered_mass.ts";
import type { Estimate, Interval } from "../../src/measure/estimate.ts";
import { Sampling } from "../../src/measure/sampling.ts";
import { holdingsOf, setShare, type TextItems } from "../../src/measure/text_sets.ts";
import type { RandomSource } from "../../src/random/random_stream.ts";
import {
  drawText,
  LETTERS,
  lettersOf,
  type TextsAfter,
  textsAfter,
  type Warp,
} from "./text_table.ts";

/** The warps that cells are drawn with. */
export const warps: Readonly<Record<"T 1" | "T 0.5" | "top_k 3", Warp>> = {
  "T 1": { temperature: 1 },
  "T 0.5": { temperature: 0.5 },
  "top_k 3": { temperature: 1, topK: 3 },
};

/** The name of a warp. */
export type WarpName = keyof typeof warps;

/** How many samples of how many prompts. */
export interface Size {
  /** How the prompts are chosen. */
  readonly prompts: "listed" | "drawn";
  /** How many of them. */
  readonly count: number;
  /** Samples of each; 0 for a search, which gives one text without chance. */
  readonly samples: number;
  /** Of how many documents they are the beginnings, where they are drawn. */
  readonly population: number;
}

/** What is counted of a text. */
type Count = "logProb" | "tokens" | "choices" | "whole" | "hits" | "gap" | "error";

/** The texts after a prompt, with what is counted of each. */
interface Table extends TextsAfter {
  /** `[texts]` each. */
  readonly counts: Readonly<Record<Count, ArrayLike<number>>>;
  /** The text that a search finds: the most probable one of at least two letters. */
  readonly found: number;
  /** Sums over all texts that are known already, by what they are of. */
  readonly sums: Map<string, number>;
}

/** The sum of `of` over all texts of a table, each made once. */
function sumOver({ chances, sums }: Table, name: string, of: (text: number) => number): number {
  let sum = sums.get(name);
  if (sum !== undefined) return sum;
  sum = 0;
  for (let text = 0; text < chances.length; text++) sum += of(text);
  sums.set(name, sum);
  return sum;
}

const tables = new Map<string, Table>();

/** The texts after a prompt, made once. */
function tableOf(prompt: number, warp: WarpName): Table {
  const name = `${prompt} ${warp}`;
  const known = tables.get(name);
  if (known !== undefined) return known;
  const texts = textsAfter(prompt, warps[warp]);
  const { logProbs, lengths, whole, shorter, last } = texts;
  const hits = new Uint8Array(lengths.length);
  let mode = 0;
  let found = -1;
  for (let i = 0; i < lengths.length; i++) {
    // Letters of the first third of the alphabet.
    const isHit = (lengths[i] as number) > 0 && (last[i] as number) < LETTERS / 3;
    hits[i] = (hits[shorter[i] as number] ?? 0) + (isHit ? 1 : 0);
    const own = logProbs[i] as number;
    if (own > (logProbs[mode] as number)) mode = i;
    if ((lengths[i] as number) >= 2 && own > (logProbs[found] ?? -Infinity)) found = i;
  }
  const most = logProbs[mode] as number;
  const counts = {
    logProb: logProbs,
    tokens: lengths,
    choices: lengths.map((length, i) => length + (whole[i] as number)),
    whole,
    hits,
    gap: logProbs.map((logProb) => most - logProb),
    error: Uint8Array.from(logProbs, (logProb) => logProb < most ? 1 : 0),
  };
  const table = { ...texts, counts, found, sums: new Map<string, number>() };
  tables.set(name, table);
  return table;
}

/** Listed prompts: every third letter, so that they are not alike. */
function listedPrompts(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i * 3 % LETTERS);
}

/** `[documents]` what they begin with: letters as often as Zipf's law has them, with exponent 0.8. */
function beginnings(population: number): number[] {
  const shares = Array.from({ length: LETTERS }, (_, letter) => (letter + 1) ** -0.8);
  const total = shares.reduce((sum, share) => sum + share, 0);
  let until = 0;
  return shares.flatMap((share, letter) => {
    const from = Math.round(until * population);
    until += share / total;
    return Array<number>(Math.round(until * population) - from).fill(letter);
  });
}

/** Prompts as a run draws them: without replacement, in order. */
function drawnPrompts({ count, population }: Size, random: RandomSource): number[] {
  const documents = beginnings(population);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random.next() * (population - i));
    const drawn = documents[j] as number;
    documents[j] = documents[i] as number;
    documents[i] = drawn;
  }
  return documents.slice(0, count).sort((a, b) => a - b);
}

/** A number with its interval, if there is one. */
export interface Simulated {
  readonly value: number;
  readonly interval?: Interval;
}

/** Means, ratios and shares: what is added up, over what; 1 for each sample where nothing is said. */
const ratios: Readonly<Record<string, { readonly of: Count; readonly over?: Count }>> = {
  "mean log-prob": { of: "logProb" },
  "mean length": { of: "tokens" },
  "search gap": { of: "gap" },
  "log-prob per token": { of: "logProb", over: "choices" },
};
const shares: typeof ratios = {
  "share of samples": { of: "whole" },
  "search error share": { of: "error" },
  "share of trials": { of: "hits", over: "tokens" },
};

/** Of which a second cell is compared, besides the unique share. */
const compared: readonly string[] = ["mean log-prob", "share of samples"];

/** Cells of more samples have no second one drawn to compare them with. */
const MOST_COMPARED = 2000;

/** The estimates of one simulated cell, by name. */
export function simulate(
  size: Size,
  warp: WarpName,
  random: RandomSource,
): Readonly<Record<string, Simulated>> {
  const prompts = size.prompts === "drawn" ? drawnPrompts(size, random) : listedPrompts(size.count);
  const cell = samplesOf(prompts, size, warp, random);
  const estimates = sumsOf(cell);
  if (size.samples === 0) return estimates;
  const sets = setsOf(cell);
  if (size.count * size.samples > MOST_COMPARED) return { ...estimates, ...sets };
  const other = samplesOf(prompts, size, otherThan(warp), random);
  const others: Readonly<Record<string, Estimate>> = {
    ...sumsOf(other, compared),
    "unique share": uniqueOf(other, foundTexts(other)),
  };
  const differences = Object.entries(others).map(([name, than]) => {
    const of = estimates[name] ?? sets["unique share"];
    const difference = differenceBetween(of, than) ?? { value: of.value - than.value };
    return [`difference of ${name}`, difference] as const;
  });
  return { ...estimates, ...sets, ...Object.fromEntries(differences) };
}

function otherThan(warp: WarpName): WarpName {
  return warp === "T 1" ? "T 0.5" : "T 1";
}

/** The samples of a cell: of each the number of its text, and all texts after its prompt. */
interface SimulatedCell {
  readonly prompts: readonly number[];
  readonly sampling: Sampling;
  readonly texts: Int32Array;
  readonly tables: readonly Table[];
}

/** Draws the samples of a cell; without chance it has what a search finds. */
function samplesOf(
  prompts: readonly number[],
  { prompts: kind, samples, population }: Size,
  warp: WarpName,
  random: RandomSource,
): SimulatedCell {
  const each = Math.max(1, samples);
  const own = prompts.map((prompt) => tableOf(prompt, warp));
  const tables = own.flatMap((table) => Array<Table>(each).fill(table));
  const sampling = new Sampling({
    design: kind === "listed" ? { prompts: kind } : { prompts: kind, population },
    hasChance: samples > 0,
    prompts: prompts.map(String),
    drawOf: Int32Array.from(tables, (_, i) => Math.floor(i / each)),
  });
  const texts = Int32Array.from(
    tables,
    (table) => samples > 0 ? drawText(table, random) : table.found,
  );
  return { prompts, sampling, texts, tables };
}

/** The means, ratios and shares of a cell: all, or those with these `names`. */
function sumsOf(
  { sampling, texts, tables }: SimulatedCell,
  names?: readonly string[],
): Record<string, Estimate> {
  const columns = new Map<Count | undefined, Float64Array>();
  const column = (count: Count | undefined): Float64Array => {
    let values = columns.get(count);
    if (values !== undefined) return values;
    columns.set(count, values = new Float64Array(texts.length).fill(1));
    if (count === undefined) return values;
    for (let i = 0; i < texts.length; i++) {
      values[i] = (tables[i] as Table).counts[count][texts[i] as number] as number;
    }
    return values;
  };
  const estimates: Record<string, Estimate> = {};
  const isWanted = ([name]: readonly [string, unknown]): boolean => names?.includes(name) ?? true;
  for (const [name, { of, over }] of Object.entries(ratios).filter(isWanted)) {
    estimates[name] = sampling.ratio(column(of), column(over));
  }
  for (const [name, { of, over }] of Object.entries(shares).filter(isWanted)) {
    estimates[name] = sampling.share(column(of), column(over));
  }
  return estimates;
}

/** The different texts of a cell. */
interface FoundTexts {
  /** The samples in which each is found first. */
  readonly firsts: readonly number[];
  /** `[samples]` which text each is. */
  readonly textOf: Int32Array;
}

function foundTexts({ prompts, sampling, texts }: SimulatedCell): FoundTexts {
  const numbers = new Map<number, number>();
  const firsts: number[] = [];
  const textOf = new Int32Array(texts.length);
  for (let i = 0; i < texts.length; i++) {
    const draw = sampling.drawOf[i] as number;
    const key = (prompts[draw] as number) * ALL_TEXTS + (texts[i] as number);
    let number = numbers.get(key);
    if (number === undefined) {
      numbers.set(key, number = firsts.length);
      firsts.push(i);
    }
    textOf[i] = number;
  }
  return { firsts, textOf };
}

/** The different items of the texts of a cell over the sum of the `sizes` of its samples. */
function itemShare(
  { sampling }: SimulatedCell,
  { textOf }: FoundTexts,
  items: TextItems,
  sizes: Float64Array,
): Estimate {
  const units = Int32Array.from(textOf.keys());
  return setShare(sampling, holdingsOf(units.length, units, textOf, items), sizes);
}

function uniqueOf(cell: SimulatedCell, found: FoundTexts): Estimate {
  const different = found.firsts.length;
  const counted = Int32Array.from({ length: different + 1 }, (_, i) => i);
  return itemShare(
    cell,
    found,
    { starts: counted, items: counted, different },
    new Float64Array(found.textOf.length).fill(1),
  );
}

/** The functionals of the set of samples. */
function setsOf(
  cell: SimulatedCell,
): Record<"unique share" | "distinct-1" | "distinct-2" | "distinct-3" | "mass covered", Estimate> {
  const { sampling, texts, tables } = cell;
  const found = foundTexts(cell);
  const lists = found.firsts.map((i) => lettersOf(tables[i] as Table, texts[i] as number));
  const distinct = (n: number): Estimate => {
    const sizes = Float64Array.from(
      found.textOf,
      (text) => Math.max(0, (lists[text]?.length ?? 0) - n + 1),
    );
    return itemShare(cell, found, ngramsOf(lists, n), sizes);
  };
  return {
    "unique share": uniqueOf(cell, found),
    "distinct-1": distinct(1),
    "distinct-2": distinct(2),
    "distinct-3": distinct(3),
    "mass covered": massOf(sampling, texts, tables),
  };
}

/** More than there are texts after a prompt. */
const ALL_TEXTS = 2 ** 20;

/** The different n-grams of each text, as numbers. */
function ngramsOf(texts: readonly (readonly number[])[], n: number): TextItems {
  const starts = new Int32Array(texts.length + 1);
  const items: number[] = [];
  texts.forEach((letters, text) => {
    const begin = items.length;
    for (let i = 0; i + n <= letters.length; i++) {
      let number = 0;
      for (let k = i; k < i + n; k++) number = number * LETTERS + (letters[k] as number);
      if (!items.includes(number, begin)) items.push(number);
    }
    starts[text + 1] = items.length;
  });
  return { starts, items: Int32Array.from(items), different: LETTERS ** n };
}

function massOf(sampling: Sampling, texts: Int32Array, tables: readonly Table[]): Estimate {
  const counts = sampling.unitsOfDraw;
  const seen = new Set<number>();
  const found: FoundText[] = [];
  texts.forEach((text, i) => {
    const { chances, logProbs, whole } = tables[i] as Table;
    const draw = sampling.drawOf[i] as number;
    const key = draw * ALL_TEXTS + text;
    if (whole[text] === 0 || seen.has(key)) return;
    seen.add(key);
    const mass = Math.exp(logProbs[text] as number);
    found.push({ draw, mass, chance: chances[text] as number });
  });
  return coveredMass(sampling, found, counts);
}

/**
 * What the estimates of cells of a size estimate, from the table: given the listed prompts, or over the
 * population. For the others, functionals of sets, it is the mean over all replicates: their
 * expectation is what they estimate.
 */
export function truths(size: Size, warp: WarpName): Readonly<Record<string, number>> {
  const prompts = size.prompts === "drawn"
    ? beginnings(size.population)
    : listedPrompts(size.count);
  const times = new Map<number, number>();
  for (const prompt of prompts) times.set(prompt, (times.get(prompt) ?? 0) + 1 / prompts.length);
  const mean = (of: (table: Table) => number, under = warp): number => {
    let sum = 0;
    for (const [prompt, share] of times) sum += share * of(tableOf(prompt, under));
    return sum;
  };
  const expected = (count: Count | undefined, under = warp): number =>
    count === undefined ? 1 : mean((table) => expectation(table, size.samples, count), under);
  const known: Record<string, number> = {};
  for (const [name, { of, over }] of Object.entries({ ...ratios, ...shares })) {
    known[name] = expected(of) / expected(over);
    known[`difference of ${name}`] = expected(of) - expected(of, otherThan(warp));
  }
  if (size.samples === 0) return known;
  known["mass covered"] = mean((table) => expectedMass(table, size.samples));
  if (size.prompts === "listed") {
    const uniqueIn = (under: WarpName) =>
      mean((table) => expectedTexts(table, size.samples), under) / size.samples;
    known["unique share"] = uniqueIn(warp);
    known["difference of unique share"] = uniqueIn(warp) - uniqueIn(otherThan(warp));
  }
  return known;
}

/** The expectation of a count in a sample, or without chance the count of what a search finds. */
function expectation(table: Table, samples: number, count: Count): number {
  const { chances, found } = table;
  const of = table.counts[count];
  if (samples === 0) return of[found] as number;
  return sumOver(table, count, (text) => (chances[text] as number) * (of[text] as number));
}

/** The probability that one of `samples` is the text. */
function chanceAmong({ chances }: Table, samples: number, text: number): number {
  return -Math.expm1(samples * Math.log1p(-(chances[text] as number)));
}

/** The expected number of different texts among `samples`. */
function expectedTexts(table: Table, samples: number): number {
  return sumOver(table, `texts ${samples}`, (text) => chanceAmong(table, samples, text));
}

/** The expected probability, in the table, of the whole texts among `samples`. */
function expectedMass(table: Table, samples: number): number {
  const { logProbs, whole } = table;
  return sumOver(
    table,
    `mass ${samples}`,
    (text) =>
      whole[text] === 0
        ? 0
        : Math.exp(logProbs[text] as number) * chanceAmong(table, samples, text),
  );
}

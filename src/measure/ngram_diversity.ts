/**
 * How different the n-grams of continuations are from one another, by characters and by tokens.
 *
 * @module
 */
import type { CellSamples } from "./cell_samples.ts";
import { type Estimate, exactly } from "./estimate.ts";
import { type CellMeasure, ONLY_TOKENS } from "./measure.ts";
import { ngramsOf, repeats, selfBleu, zipf } from "./ngrams.ts";
import { rarefiedShare } from "./rarefaction.ts";
import { setShare } from "./text_sets.ts";
import { chosenTexts, type TextUnits } from "./text_units.ts";

/** Samples that repeat a few characters. */
export const repetitionShare: CellMeasure = {
  name: "repetition_share",
  title: "repetitive",
  unit: "share",
  glossary: "somewhere in the continuation 1 to 4 characters appear three times in a row.",
  interval: "share",
  judged: "distribution",
  format: "percent",
  tables: { diversity: 50 },
  of: (cell) => repeating(cell, cell.distinct.characters),
};

/** The share of the samples whose text, by its `units`, repeats a few of them. */
function repeating(cell: CellSamples, units: TextUnits): Estimate {
  return cell.share((_, text) => repeats(units, text));
}

/** Different characters over all. */
export const distinct1: CellMeasure = distinct(1);
/** Different pairs of characters over all. */
export const distinct2: CellMeasure = distinct(2);
/** Different triples of characters over all. */
export const distinct3: CellMeasure = distinct(3);

/** The same of tokens. */
export const tokenDistinct1: CellMeasure = tokenDistinct(1);
/** The same of tokens. */
export const tokenDistinct2: CellMeasure = tokenDistinct(2);
/** The same of tokens. */
export const tokenDistinct3: CellMeasure = tokenDistinct(3);

/** Distinct-n of tokens, of which a text may have other ones. */
function tokenDistinct(n: number): CellMeasure {
  const { judged: _, ...measure } = distinct(n, ({ distinct }) => distinct.tokens);
  return {
    ...measure,
    name: `token_distinct_${n}`,
    title: `distinct-${n} of tokens`,
    glossary:
      `different ${n}-grams of tokens over all of them, in the continuations. ${ONLY_TOKENS}`,
    tables: { diversity: 85 + n },
  };
}

/** Samples that repeat a few tokens. */
export const tokenRepetitionShare: CellMeasure = {
  name: "token_repetition_share",
  title: "repetitive in tokens",
  glossary: "somewhere in the continuation 1 to 4 tokens appear three times in a row. " +
    ONLY_TOKENS,
  unit: "share",
  interval: "share",
  format: "percent",
  tables: { diversity: 51 },
  of: (cell) => cell.distinct.tokens && repeating(cell, cell.distinct.tokens),
};

/** Distinct-n (Li et al. 2016): different n-grams over all of them; 0 of none. */
function distinct(
  n: number,
  unitsOf: (cell: CellSamples) => TextUnits | undefined = ({ distinct }) => distinct.characters,
): CellMeasure {
  /** The n-grams that units hold, and how many each has. */
  const from = (cell: CellSamples) => {
    const units = unitsOf(cell);
    if (units === undefined) return undefined;
    const ngrams = ngramsOf(units, n);
    return { holdings: cell.holdings(ngrams), sizes: cell.sums(cell.ofSamples(ngrams.sizes)) };
  };
  return {
    name: `distinct_${n}`,
    title: `distinct-${n}`,
    unit: "share",
    glossary: `different character ${n}-grams over all of them, in the continuations. It falls ` +
      "with the number of samples.",
    interval: "set",
    // Of 1-grams nearly all occur, so that their number is too skewed for Student's t; 3-grams say much
    // the same as 2-grams.
    ...(n === 2 ? { judged: "distribution" } : {}),
    format: { decimals: 3 },
    tables: { diversity: 50 + 10 * n },
    of: (cell) => {
      const found = from(cell);
      return found && setShare(cell.sampling, found.holdings, found.sizes);
    },
    rarefied: (cell, size) => {
      const found = from(cell);
      return found && rarefiedShare(cell.sampledTexts(), found.holdings, found.sizes, size);
    },
  };
}

/** The most samples that self-BLEU is computed on, evenly spread over all. */
const SELF_BLEU_SAMPLES = 500;

/** Self-BLEU-4. */
export const selfBleu4: CellMeasure = {
  name: "self_bleu",
  title: "self-BLEU",
  unit: "share",
  glossary: `mean BLEU-4 of each of up to ${SELF_BLEU_SAMPLES} samples against the others ` +
    "(smoothing method 1); 1 is all alike.",
  interval: "none",
  format: { decimals: 3 },
  tables: { diversity: 40 },
  of: (cell) => selfBleuOf(cell, cell.distinct.ofSample),
  rarefied: (cell, size) => {
    const { ofSample } = cell.distinct;
    return selfBleuOf(cell, evenlyOfDraws(cell, size).map((i) => ofSample[i] as number));
  },
};

/** The self-BLEU of up to so many of `texts`, spread evenly. */
function selfBleuOf(
  { distinct: { characters } }: CellSamples,
  texts: ArrayLike<number>,
): Estimate | undefined {
  const chosen = new Int32Array(Math.min(texts.length, SELF_BLEU_SAMPLES));
  for (let i = 0; i < chosen.length; i++) {
    chosen[i] = texts[Math.floor(i * texts.length / chosen.length)] as number;
  }
  const value = selfBleu(chosenTexts(characters, chosen));
  return value === undefined ? undefined : exactly(value);
}

/** `size` samples of each draw, spread evenly over the draw's; all of one that has no more. */
function evenlyOfDraws(
  { unitOf, sampling: { drawOf, draws } }: CellSamples,
  size: number,
): number[] {
  const ofDraw = Array.from({ length: draws }, (): number[] => []);
  unitOf.forEach((unit, sample) => ofDraw[drawOf[unit] as number]?.push(sample));
  return ofDraw.flatMap((own) => {
    const count = Math.min(own.length, size);
    return Array.from(
      { length: count },
      (_, i) => own[Math.floor(i * own.length / count)] as number,
    );
  });
}

/** Zipf's coefficient of the characters. */
export const zipfCoefficient: CellMeasure = {
  name: "zipf",
  title: "Zipf",
  unit: "ratio",
  glossary: "minus the slope of ln frequency on ln rank of the generated characters.",
  interval: "none",
  format: { decimals: 3 },
  tables: { diversity: 100 },
  of: ({ distinct: { characters, texts } }) => {
    const value = zipf(characters, texts.map(({ count }) => count));
    return value === undefined ? undefined : { value };
  },
};

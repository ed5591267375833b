/**
 * How different samples are from one another, and from the documents.
 *
 * @module
 */
import type { AmongDocuments, CellSamples, Reference } from "./cell_samples.ts";
import { coveredMass } from "./covered_mass.ts";
import { type Estimate, exactly } from "./estimate.ts";
import { type CellMeasure, ONLY_TOKENS } from "./measure.ts";
import { ngramsOf, repeats, selfBleu, type TextNgrams, zipf } from "./ngrams.ts";
import { rarefied, rarefiedMean, rarefiedShare, type SampledTexts } from "./rarefaction.ts";
import type { DistinctText } from "./sample_facts.ts";
import { sumsBy } from "./sampling.ts";
import { holdingsOf, setShare, type TextItems } from "./text_sets.ts";
import { chosenTexts, type TextUnits } from "./text_units.ts";
import { characterCount } from "../text/characters.ts";

/** Different texts. */
export const uniqueTexts: CellMeasure = {
  name: "unique_texts",
  title: "unique",
  unit: "texts",
  glossary: "different texts, prompts included, as *novel* counts them.",
  interval: "none",
  format: "count",
  tables: { diversity: 45 },
  of: (cell) => exactly(wholeTexts(cell).different),
  rarefied: (cell, size) => {
    return exactly(rarefied(held(cell, wholeTexts(cell)), sampledTexts(cell), size).value);
  },
};

/** Different texts, as a share of the samples. */
export const uniqueShare: CellMeasure = {
  name: "unique_share",
  title: "unique share",
  unit: "share",
  glossary:
    "different texts, prompts included, over samples. It falls with the number of samples; " +
    "its interval is about what it is at this number.",
  interval: "set",
  judged: "distribution",
  format: "percent",
  tables: {
    overview: 20,
    baseline: 30,
    diversity: 10,
    "entry sweep": 20,
    "speculative sweep": 60,
    "run sweep": 20,
  },
  panel: "own",
  of: (cell) => setShare(cell.sampling, held(cell, wholeTexts(cell)), sampledTexts(cell).texts),
  rarefied: (cell, size) => {
    const from = sampledTexts(cell);
    return rarefiedShare(from, held(cell, wholeTexts(cell)), from.texts, size);
  },
};

/** The whole texts, prompts included, as items: the same text may follow two prompts. */
function wholeTexts({ distinct: { texts } }: CellSamples): TextItems {
  const numbers = new Map<string, number>();
  const items = Int32Array.from(texts, ({ prompt, continuation }) => {
    const text = prompt + continuation;
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
  const starts = Int32Array.from({ length: texts.length + 1 }, (_, i) => i);
  return { starts, items, different: numbers.size };
}

/** The items that the units of a cell hold, from those of its distinct texts. */
function held({ sampling, unitOf, distinct }: CellSamples, items: TextItems) {
  return holdingsOf(sampling.units, unitOf, distinct.ofSample, items);
}

function sampledTexts(cell: CellSamples): SampledTexts {
  const { sampling, samples: { length } } = cell;
  return { sampling, texts: cell.sums(new Float64Array(length).fill(1)) };
}

/** Samples whose text is no training document. */
export const novelShare: CellMeasure = {
  name: "novel_share",
  title: "novel",
  unit: "share",
  glossary: "the text, prompt included, is no training document.",
  interval: "share",
  judged: "distribution",
  format: "percent",
  tables: { overview: 70, baseline: 40, diversity: 20, "run sweep": 50 },
  of: (cell) => ofDocuments(cell, ({ training }, i) => training[i] === 0),
};

/** Samples whose text is one of the documents held out. */
export const heldOutShare: CellMeasure = {
  name: "held_out_share",
  title: "in held-out",
  unit: "share",
  glossary: "the text, prompt included, is one of the documents held out.",
  interval: "share",
  judged: "distribution",
  format: "percent",
  tables: { diversity: 46 },
  of: (cell) => ofDocuments(cell, ({ heldOut }, i) => heldOut[i] === 1),
};

/** The share of the samples for whose distinct text `holds`; nothing where there is no corpus. */
function ofDocuments(
  cell: CellSamples,
  holds: (among: AmongDocuments, text: number) => boolean,
): Estimate | undefined {
  const { among } = cell;
  return among === undefined ? undefined : cell.share((_, i) => holds(among, i));
}

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
    const ngrams = ngramsOf(units, n)[n - 1] as TextNgrams;
    return { holdings: held(cell, ngrams), sizes: cell.sums(cell.ofSamples(ngrams.sizes)) };
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
      return found && rarefiedShare(sampledTexts(cell), found.holdings, found.sizes, size);
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

/** Total variation between the lengths of texts and of training documents. */
export const lengthDistance: CellMeasure = {
  name: "length_distance",
  title: "length distance",
  unit: "share",
  glossary: "total variation between the lengths in characters of the texts and of the training " +
    "documents; 0 is the same distribution, 1 nothing in common.",
  interval: "none",
  format: { decimals: 3 },
  tables: { diversity: 110 },
  of: (cell) =>
    cell.reference === undefined
      ? undefined
      : { value: lengthVariation(cell, cell.reference.lengths) },
};

/** ½ Σ |p − q| over the lengths in characters of whole texts, prompts included. */
function lengthVariation(
  { distinct, samples }: CellSamples,
  lengths: Reference["lengths"],
): number {
  const own: number[] = [];
  const { starts } = distinct.characters;
  distinct.texts.forEach(({ prompt, count }, i) => {
    const length = characterCount(prompt) + (starts[i + 1] as number) - (starts[i] as number);
    own[length] = (own[length] ?? 0) + count / samples.length;
  });
  let distance = 0;
  // Only the lengths that occur: one document may be as long as its corpus.
  const occurring = new Set([...Object.keys(own), ...Object.keys(lengths)].map(Number));
  for (const length of [...occurring].sort((a, b) => a - b)) {
    distance += Math.abs((own[length] ?? 0) - (lengths[length] ?? 0)) / 2;
  }
  return distance;
}

/** The probability of the texts that were found. */
export const massCovered: CellMeasure = {
  name: "mass_covered",
  title: "mass covered",
  unit: "share",
  glossary:
    "the probability that the target gives to the different complete texts that were found " +
    "after a prompt, each time that it was drawn; exact, a mean over prompts.",
  interval: "set",
  judged: "distribution",
  format: "percent",
  tables: { diversity: 30, "run sweep": 60 },
  of: (cell) => {
    const { sampling, warpedLogProbs } = cell;
    const sampled = sampledTexts(cell);
    const { texts } = sampled;
    const found = massesOf(cell);
    // Where a decoding gives the best of several texts, the chance of one is not that of drawing it.
    if (!cell.drawsEachToken && texts.every((count) => count === 1)) {
      return rarefiedMean(sampled, found.holdings, found.masses, fewestOf(sampling.unitsOfDraw));
    }
    return coveredMass(
      sampling,
      Array.from(found.masses, (mass, item) => {
        const sample = found.firsts[item] as number;
        const draw = sampling.drawOf[cell.unitOf[sample] as number] as number;
        return { draw, mass, chance: Math.min(1, Math.exp(warpedLogProbs[sample] as number)) };
      }),
      sumsBy(sampling.drawOf, texts, sampling.draws),
    );
  },
  rarefied: (cell, size) => {
    const { holdings, masses } = massesOf(cell);
    return rarefiedMean(sampledTexts(cell), holdings, masses, size);
  },
};

function fewestOf(counts: Int32Array): number {
  return counts.reduce((a, b) => Math.min(a, b), Infinity);
}

/** The complete texts found after each draw as items, a draw's own, with their probabilities. */
function massesOf({ sampling, unitOf, distinct: { texts, ofSample } }: CellSamples) {
  const numbers = new Map<number, number>();
  const starts = [0];
  const items: number[] = [];
  const firsts: number[] = [];
  const masses: number[] = [];
  const ofDraw = ofSample.map((text, sample) => {
    const key = (sampling.drawOf[unitOf[sample] as number] as number) * texts.length + text;
    let number = numbers.get(key);
    if (number === undefined) {
      numbers.set(key, number = numbers.size);
      const { complete, logProb } = texts[text] as DistinctText;
      if (complete) {
        items.push(masses.length);
        masses.push(Math.exp(logProb));
        firsts.push(sample);
      }
      starts.push(items.length);
    }
    return number;
  });
  const found = { starts: Int32Array.from(starts), items: Int32Array.from(items) };
  return {
    holdings: holdingsOf(sampling.units, unitOf, ofDraw, { ...found, different: masses.length }),
    masses: Float64Array.from(masses),
    firsts,
  };
}

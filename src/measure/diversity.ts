/**
 * How different samples are from one another, and from the documents.
 *
 * @module
 */
import type { CellSamples } from "./cell_samples.ts";
import type { DistinctText } from "./sample_facts.ts";
import type { CellMeasure } from "./measure.ts";
import { distinctShare, repeats, selfBleu, zipf } from "./ngrams.ts";
import { exactly } from "./estimate.ts";
import { characterCount } from "../text/characters.ts";

/** Different continuations. */
export const unique: CellMeasure = {
  kind: "cell",
  name: "unique",
  title: "unique",
  unit: "texts",
  glossary: "different continuations; one counts once however many prompts it follows.",
  interval: "none",
  format: "count",
  tables: { diversity: 10 },
  of: (cell) => ({ value: cell.unique }),
};

/** Different continuations, as a share of the samples. */
export const uniqueShare: CellMeasure = {
  kind: "cell",
  name: "unique_share",
  title: "unique share",
  unit: "share",
  glossary: "different continuations over samples. It falls with the number of samples.",
  interval: "none",
  judged: "distribution",
  format: "percent",
  tables: { baseline: 30, diversity: 20, "entry sweep": 10, "run sweep": 30 },
  panel: { axis: "share" },
  of: ({ unique, samples }) => exactly(unique / samples.length),
};

/** Samples whose text is no training document. */
export const novelShare: CellMeasure = {
  kind: "cell",
  name: "novel_share",
  title: "novel",
  unit: "share",
  glossary: "the text, prompt included, is no training document.",
  interval: "share",
  judged: "distribution",
  format: "percent",
  tables: { baseline: 40, diversity: 30, "run sweep": 40 },
  of: (cell) => cell.share((_, i) => cell.among.training[i] === 0),
};

/** Samples whose text is one of the documents held out. */
export const heldOutShare: CellMeasure = {
  kind: "cell",
  name: "held_out_share",
  title: "in held-out",
  unit: "share",
  glossary: "the text, prompt included, is one of the documents held out.",
  interval: "share",
  judged: "distribution",
  format: "percent",
  tables: { diversity: 40 },
  of: (cell) => cell.share((_, i) => cell.among.heldOut[i] === 1),
};

/** Samples that repeat a few characters. */
export const repetitionShare: CellMeasure = {
  kind: "cell",
  name: "repetition_share",
  title: "repetitive",
  unit: "share",
  glossary: "somewhere in the continuation 1 to 4 characters appear three times in a row.",
  interval: "share",
  judged: "distribution",
  format: "percent",
  tables: { diversity: 50 },
  of: (cell) => cell.share(({ characters }) => repeats(characters)),
};

/** Different characters over all. */
export const distinct1: CellMeasure = distinct(1);
/** Different pairs of characters over all. */
export const distinct2: CellMeasure = distinct(2);
/** Different triples of characters over all. */
export const distinct3: CellMeasure = distinct(3);

function distinct(n: number): CellMeasure {
  return {
    kind: "cell",
    name: `distinct_${n}`,
    title: `distinct-${n}`,
    unit: "share",
    glossary: `different character ${n}-grams over all of them, in the continuations. It falls ` +
      "with the number of samples.",
    interval: "none",
    judged: "distribution",
    format: { decimals: 3 },
    tables: { diversity: 50 + 10 * n },
    of: ({ distinct }) => ({ value: distinctShare(distinct.texts, n) }),
  };
}

/** The most samples that self-BLEU is computed on, evenly spread over all. */
const SELF_BLEU_SAMPLES = 500;

/** Self-BLEU-4. */
export const selfBleu4: CellMeasure = {
  kind: "cell",
  name: "self_bleu",
  title: "self-BLEU",
  unit: "share",
  glossary: `mean BLEU-4 of each of up to ${SELF_BLEU_SAMPLES} samples against the others ` +
    "(smoothing method 1); 1 is all alike.",
  interval: "none",
  judged: "distribution",
  format: { decimals: 3 },
  tables: { diversity: 90 },
  of: ({ distinct: { texts, ofSample } }) => {
    const count = Math.min(ofSample.length, SELF_BLEU_SAMPLES);
    const value = selfBleu(Array.from({ length: count }, (_, i) => {
      const sample = Math.floor(i * ofSample.length / count);
      return (texts[ofSample[sample] as number] as DistinctText).characters;
    }));
    return value === undefined ? undefined : { value };
  },
};

/** Zipf's coefficient of the characters. */
export const zipfCoefficient: CellMeasure = {
  kind: "cell",
  name: "zipf",
  title: "Zipf",
  unit: "ratio",
  glossary: "minus the slope of ln frequency on ln rank of the generated characters.",
  interval: "none",
  judged: "distribution",
  format: { decimals: 3 },
  tables: { diversity: 100 },
  of: ({ distinct }) => {
    const value = zipf(distinct.texts);
    return value === undefined ? undefined : { value };
  },
};

/** Total variation between the lengths of texts and of training documents. */
export const lengthDistance: CellMeasure = {
  kind: "cell",
  name: "length_distance",
  title: "length distance",
  unit: "share",
  glossary: "total variation between the lengths in characters of the texts and of the training " +
    "documents; 0 is the same distribution, 1 nothing in common.",
  interval: "none",
  judged: "distribution",
  format: { decimals: 3 },
  tables: { diversity: 110 },
  of: (cell) => ({ value: lengthVariation(cell) }),
};

/** ½ Σ |p − q| over the lengths in characters of whole texts, prompts included. */
function lengthVariation({ distinct, samples, reference: { lengths } }: CellSamples): number {
  const own: number[] = [];
  for (const { prompt, characters, count } of distinct.texts) {
    const length = characterCount(prompt) + characters.length;
    own[length] = (own[length] ?? 0) + count / samples.length;
  }
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
  kind: "cell",
  name: "mass_covered",
  title: "mass covered",
  unit: "share",
  glossary: "the probability that the target gives to all different complete texts that were " +
    "found, given the prompt; exact, a mean over prompts.",
  interval: "none",
  judged: "distribution",
  format: "percent",
  tables: { diversity: 120, "run sweep": 50 },
  of: (cell) => {
    const mass = new Map<string, number>();
    for (const { prompt, complete, logProb } of cell.distinct.texts) {
      if (complete) mass.set(prompt, (mass.get(prompt) ?? 0) + Math.exp(logProb));
    }
    const covered = cell.prompts.reduce((sum, prompt) => sum + (mass.get(prompt) ?? 0), 0);
    return exactly(covered / cell.draws);
  },
};

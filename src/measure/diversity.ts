/**
 * How different whole texts are from one another, and from the documents.
 *
 * @module
 */
import type { AmongDocuments, CellSamples, Reference } from "./cell_samples.ts";
import { coveredMass } from "./covered_mass.ts";
import { type Estimate, exactly } from "./estimate.ts";
import type { CellMeasure } from "./measure.ts";
import { rarefied, rarefiedMean, rarefiedShare } from "./rarefaction.ts";
import type { DistinctText } from "./sample_facts.ts";
import { sumsBy } from "./sampling.ts";
import { holdingsOf, setShare, type TextItems } from "./text_sets.ts";
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
    return exactly(rarefied(cell.holdings(wholeTexts(cell)), cell.sampledTexts(), size).value);
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
  of: (cell) => setShare(cell.sampling, cell.holdings(wholeTexts(cell)), cell.sampledTexts().texts),
  rarefied: (cell, size) => {
    const from = cell.sampledTexts();
    return rarefiedShare(from, cell.holdings(wholeTexts(cell)), from.texts, size);
  },
};

/** The whole texts, prompts included, as items: the same text may follow two prompts. */
function wholeTexts({ wholeTexts: texts }: CellSamples): TextItems {
  const numbers = new Map<string, number>();
  const items = new Int32Array(texts.length);
  const starts = new Int32Array(texts.length + 1);
  for (let i = 0; i < items.length; i++) {
    const text = texts[i] as string;
    let number = numbers.get(text);
    if (number === undefined) numbers.set(text, number = numbers.size);
    items[i] = number;
    starts[i + 1] = i + 1;
  }
  return { starts, items, different: numbers.size };
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
    const sampled = cell.sampledTexts();
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
    return rarefiedMean(cell.sampledTexts(), holdings, masses, size);
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

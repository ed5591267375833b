import { Documents } from "../../src/data/documents.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { type Costs, type DecodeResult, noCosts } from "../../src/decode/strategy.ts";
import { type MeasureOptions, referenceOf } from "../../src/measure/cell_samples.ts";
import type { DocumentSamples } from "../../src/measure/measure.ts";
import type { Sample } from "../../src/measure/sample.ts";
import type { Scorer } from "../../src/measure/ngram_score.ts";
import { packBits } from "../../src/measure/sample_bits.ts";
import type { SpeculationContext } from "../../src/measure/sample_facts.ts";
import { NgramModel } from "../../src/model/ngram/ngram_model.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";

await loadQuantiles();

/** For the measures of a cell of listed prompts, of an empty corpus. */
export const alone: MeasureOptions = {
  reference: referenceOf(Documents.of([]), Documents.of([])),
  design: { prompts: "listed" },
  isDeterministic: false,
  drawsEachToken: true,
};

/** The same of prompts that were drawn from a thousand documents. */
export const drawn: MeasureOptions = {
  ...alone,
  design: { prompts: "drawn", population: 1000 },
};

/** Counted from one document, ab: P(a) = P(b) = P(EOS) = 1.6/6, P(n) = P(o) = 0.6/6. */
export const unigram: Scorer = unigramOf("ab", ["a", "b", "n", "o"]);

function unigramOf(document: string, characters: readonly string[]): Scorer {
  const vocabulary = new CharacterVocabulary(characters);
  const { bos } = vocabulary;
  const tokens = [bos, ...vocabulary.encode(document), bos];
  const texts = { length: 1, at: () => tokens, given: () => 1 };
  const spec = { vocabSize: bos + 1, blockSize: 16 };
  return { model: NgramModel.count(texts, 1, spec), vocabulary };
}

/** Of measures without samples: no document is among them. */
export const noDocuments: DocumentSamples = { training: packBits([]), heldOut: packBits([]) };

/** A cell that speculates, of an empty corpus: the draft costs a quarter, and a token is a character. */
export function speculating(changes: Partial<SpeculationContext> = {}): MeasureOptions {
  const speculation: SpeculationContext = {
    draftK: 2,
    predictions: "all",
    draftOperations: 0.25,
    promptTokens: (prompt) => 1 + [...prompt].length,
    firstToken: { distance: 0.5, byChance: 0.125 },
    ...changes,
  };
  return { ...alone, speculation };
}

/** The parts of a sample that tests choose; the rest follows from them. */
interface SampleFacts extends Partial<Omit<DecodeResult, "costs">> {
  readonly prompt?: string;
  readonly draw?: number;
  readonly number?: number;
  /** Its log-probability, the same for each choice. */
  readonly logProb?: number;
  readonly costs?: Partial<Costs>;
}

/** A sample with this text, ended by EOS, unless other facts are given. */
export function sampleOf(continuation: string, facts: SampleFacts = {}): Sample {
  const { prompt = "a", draw = 0, number = 0, logProb = -1, costs, ...result } = facts;
  const stop = facts.stop ?? "eos";
  const choices = [...continuation].length + (stop === "eos" ? 1 : 0);
  const logProbs = result.logProbs ?? Array<number>(choices).fill(logProb / choices);
  return {
    prompt,
    draw,
    number,
    continuation,
    result: {
      tokens: [...continuation].map((_, i) => i),
      stop,
      warpedLogProbs: logProbs,
      ...result,
      logProbs,
      costs: { ...noCosts(), ...costs },
    },
  };
}

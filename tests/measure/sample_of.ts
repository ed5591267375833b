import { Documents } from "../../src/data/documents.ts";
import { type Costs, type DecodeResult, noCosts } from "../../src/decode/strategy.ts";
import { type MeasureOptions, referenceOf } from "../../src/measure/cell_samples.ts";
import type { Sample } from "../../src/measure/sample.ts";
import type { SpeculationContext } from "../../src/measure/sample_facts.ts";
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

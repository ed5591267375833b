/**
 * Measures the samples of cells, each alone and then beside the others.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { CellSamples, type MeasureOptions } from "./cell_samples.ts";
import type { CellMeasures, DocumentSamples, FirstSample, Measured } from "./measure.ts";
import { measures } from "./measures.ts";
import { logProb, type Samples } from "./sample.ts";
import { packBits, type SampleBits } from "./sample_bits.ts";
import {
  compareSearch,
  modesOf,
  type ModeSummary,
  searchedPrompts,
  summarizeModes,
} from "./search.ts";
import type { PromptDesign } from "./sampling.ts";

/** Measures the samples of `cell`, at least one, in the order of their prompts. */
export function measureCell(
  cell: Cell,
  samples: Samples,
  options: Omit<MeasureOptions, "drawsEachToken">,
): CellMeasures {
  const { settings } = cell;
  const drawsEachToken = strategyOf(settings).drawsEachToken(settings);
  const measured = new CellSamples(samples, { ...options, drawsEachToken });
  const values: Record<string, Measured> = {};
  for (const measure of measures) {
    const value = measure.kind === "cell" ? measure.of(measured) : undefined;
    if (value !== undefined) values[measure.name] = value;
  }
  return {
    cell,
    values,
    firsts: firstSamples(samples),
    hasChance: measured.sampling.hasChance,
    ...(strategyOf(settings).isSearch ? { searched: searchedPrompts(samples) } : {}),
    among: documentSamples(measured),
  };
}

/** Which of the samples are documents. */
function documentSamples({ among, distinct: { ofSample } }: CellSamples): DocumentSamples {
  const ofSamples = (texts: Uint8Array): SampleBits =>
    packBits(Uint8Array.from(ofSample, (text) => texts[text] as number));
  return { training: ofSamples(among.training), heldOut: ofSamples(among.heldOut) };
}

/** The first of `samples` of each different prompt, in the order of the prompts. */
function firstSamples(samples: Samples): FirstSample[] {
  const firsts = new Map<string, FirstSample>();
  for (const { prompt, continuation, result } of samples) {
    if (firsts.has(prompt)) continue;
    firsts.set(prompt, {
      prompt,
      continuation,
      logProb: logProb(result),
      stop: result.stop,
      choices: result.logProbs.length,
      targetCalls: result.costs.targetCalls,
    });
  }
  return [...firsts.values()];
}

/** The cells of a run with what can be said of them only beside one another. */
export interface ComparedCells {
  /** The cells with the values of all measures. */
  readonly cells: readonly CellMeasures[];
  /** The most probable texts, where any have been proved. */
  readonly modes: ModeSummary | undefined;
}

/**
 * Adds to `cells`, measured over prompts of this `design`, their comparisons with the most probable
 * texts, where some cell has proved any.
 */
export function compareCells(
  cells: readonly CellMeasures[],
  prompts: readonly string[],
  design: PromptDesign,
): ComparedCells {
  const modes = modesOf(cells);
  const compared = cells.map((own): CellMeasures => {
    const values: Record<string, Measured> = { ...own.values };
    const beside = { cell: own, search: compareSearch(own, modes, design) };
    for (const measure of measures) {
      const value = measure.kind === "comparison" ? measure.of(beside) : undefined;
      if (value !== undefined) values[measure.name] = value;
    }
    return { ...own, values };
  });
  return { cells: compared, modes: summarizeModes(modes, prompts, design) };
}

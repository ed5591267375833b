/**
 * Measures the samples of cells, each alone.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { CellSamples, type MeasureOptions } from "./cell_samples.ts";
import type { Estimate } from "./estimate.ts";
import { lengthsOfTexts } from "./lengths.ts";
import type { CellMeasures } from "./measure.ts";
import { allMeasures } from "./measures.ts";
import type { Samples } from "./sample.ts";
import { packBits, type SampleBits } from "./sample_bits.ts";
import { searchedDraws } from "./searched.ts";

/** The inputs of the measures of a cell that may be compared with others. */
export interface ComparableOptions extends Omit<MeasureOptions, "drawsEachToken"> {
  /** How many texts of each draw of a prompt cells are compared with; as many as there are if left out. */
  readonly textsOfDraw?: number;
}

/** Measures the samples of `cell`, at least one, in the order of their prompts. */
export function measureCell(
  cell: Cell,
  samples: Samples,
  { textsOfDraw = Infinity, ...options }: ComparableOptions,
): CellMeasures {
  const { settings } = cell;
  const drawsEachToken = strategyOf(settings).drawsEachToken(settings);
  const measured = new CellSamples(samples, { ...options, drawsEachToken });
  const values: Record<string, Estimate> = {};
  for (const measure of allMeasures) {
    const value = measure.of(measured);
    if (value !== undefined) values[measure.name] = value;
  }
  return {
    cell,
    values,
    firsts: measured.firsts,
    hasChance: measured.sampling.hasChance,
    ...(samples.length > textsOfDraw * measured.draws
      ? { rarefied: rarefiedValues(measured, textsOfDraw) }
      : {}),
    ...(strategyOf(settings).isSearch ? { searched: searchedDraws(samples) } : {}),
    ...(measured.speculation === undefined ? {} : { positions: measured.proposals }),
    ...documentSamples(measured),
    lengths: lengthsOfTexts(measured.distinct),
  };
}

/** Which of the samples are documents, where there is a corpus. */
function documentSamples(cell: CellSamples): Pick<CellMeasures, "among"> {
  const { among } = cell;
  if (among === undefined) return {};
  const bitsOf = (texts: Uint8Array): SampleBits => packBits(cell.ofSamples(texts));
  return { among: { training: bitsOf(among.training), heldOut: bitsOf(among.heldOut) } };
}

/** The measures that depend on the number of texts, of `size` of each draw. */
function rarefiedValues(cell: CellSamples, size: number): Record<string, Estimate> {
  const values: Record<string, Estimate> = {};
  for (const measure of allMeasures) {
    const value = measure.rarefied?.(cell, size);
    if (value !== undefined) values[measure.name] = value;
  }
  return values;
}

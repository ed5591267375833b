/**
 * The definition of a measure, from which columns of files, tables, glossaries and charts are made.
 * `measures.ts` lists them.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import type { Speculation } from "../decode/strategy.ts";
import type { CellSamples } from "./cell_samples.ts";
import type { Estimate } from "./estimate.ts";
import type { LengthCounts } from "./lengths.ts";
import type { FirstSample } from "./sample.ts";
import type { SampleBits } from "./sample_bits.ts";
import type { SearchedDraw } from "./searched.ts";

/** Tables of reports that measures are columns of. */
export type TableName =
  | "overview"
  | "likelihood"
  | "diversity"
  | "baseline"
  | "speculation"
  | "prediction"
  | "first token"
  | "search"
  | "entry sweep"
  | "speculative sweep"
  | "run sweep"
  | "held-out loss"
  | "run sweep of models";

/** Units and things that are counted. */
export type Unit =
  | "share"
  | "ratio"
  | "nats"
  | "nats per token"
  | "bits per character"
  | "bits per byte"
  | "prompts"
  | "samples"
  | "texts"
  | "documents"
  | "decodings"
  | "tokens"
  | "characters"
  | "tokens per target pass"
  | "passes"
  | "rounds";

/** How a table writes a number: a count with commas, a percentage, or with so many decimals. */
export type Format = "count" | "percent" | { readonly decimals: number };

/** All facts of a measure but how it is computed. */
export interface MeasureFacts {
  /** Its column in files; an interval's ends stand in `…_low` and `…_high`. */
  readonly name: string;
  /** Its column in tables of reports. */
  readonly title: string;
  /** Its unit, or the things that it counts. A share lies in [0, 1]. */
  readonly unit: Unit;
  /** Its meaning, in a sentence or two, which glossaries put after its title. */
  readonly glossary: string;
  /**
   * Its 95 % interval: of a share; of a mean or another ratio of sums; of what depends on the set of
   * all samples, such as how many texts are different; none where none is known.
   */
  readonly interval: "share" | "mean" | "set" | "none";
  /**
   * Whether comparisons judge it: as a fact about the distribution that texts are drawn from, which
   * lossless strategies do not change, or about the cost of drawing them.
   */
  readonly judged?: "distribution" | "cost";
  /** How tables write it; a count is written without decimals in files, too. */
  readonly format: Format;
  /**
   * The tables that show it, each with its place there: columns are in the order of these numbers, and the
   * last ones are folded where a table is too wide.
   */
  readonly tables: Readonly<Partial<Record<TableName, number>>>;
  /** Where its axis begins in charts of an entry's sweep: at 0, or below its least value; none if it has none. */
  readonly panel?: "from 0" | "own";
}

/** The end of the glossary of a measure of which runs have none whose tokens are characters. */
export const ONLY_TOKENS = "Only runs of models with a tokenizer have it.";

/** A measure of one cell, whatever the other cells are. */
export interface CellMeasure extends MeasureFacts {
  /** Its value; none where the cell has no such thing. */
  readonly of: (cell: CellSamples) => Estimate | undefined;
  /**
   * Its expected value of `size` texts of each draw of a prompt, for a measure that depends on
   * their number and a cell that has more; none where the cell has no such thing.
   */
  readonly rarefied?: (cell: CellSamples, size: number) => Estimate | undefined;
}

/** A measure of a model on the corpus. */
export interface ModelMeasure<Losses> extends MeasureFacts {
  /** Its value; none where it was not measured. */
  readonly of: (losses: Losses) => Estimate | undefined;
}

/** The values of measures by their names. */
export interface MeasuredValues {
  /** A value for each measure that the cell has. */
  readonly values: Readonly<Record<string, Estimate>>;
}

/**
 * A cell and what was measured of its samples. Plain data: `JSON.parse(JSON.stringify(measures))` is
 * the same again.
 */
export interface CellMeasures extends MeasuredValues {
  /** The strategy and its settings. */
  readonly cell: Cell;
  /** The first sample of each different prompt. */
  readonly firsts: readonly FirstSample[];
  /** Whether anything was drawn by chance after the prompts. */
  readonly hasChance: boolean;
  /**
   * Measures of the set of samples for `decoding.samples` texts of each draw, where the cell has more,
   * so that cells can be compared.
   */
  readonly rarefied?: Readonly<Record<string, Estimate>>;
  /** `[draws]` the best texts that were found, where the strategy searches for probable ones. */
  readonly searched?: readonly SearchedDraw[];
  /** The fate of proposed tokens by their position, over all samples, where the cell speculates. */
  readonly positions?: Speculation;
  /** Which of the samples are documents, prompts included; absent where there is no corpus. */
  readonly among?: DocumentSamples;
  /** How many samples have each length, prompts included. */
  readonly lengths: LengthCounts;
}

/** Which samples of a cell are documents, prompts included. */
export interface DocumentSamples {
  /** Those that the models were trained on. */
  readonly training: SampleBits;
  /** Those that were held out. */
  readonly heldOut: SampleBits;
}

/** The estimate of `measure` in a cell, if it has one. */
export function estimateIn(
  { values }: MeasuredValues,
  { name }: Pick<MeasureFacts, "name">,
): Estimate | undefined {
  return values[name];
}

/** The estimate of `measure` in a cell for comparisons: of as many texts as that of others. */
export function comparableIn(
  cell: Pick<CellMeasures, "values" | "rarefied">,
  measure: Pick<MeasureFacts, "name">,
): Estimate | undefined {
  return cell.rarefied?.[measure.name] ?? estimateIn(cell, measure);
}

/** The number that `measure` is in a cell; 0 where the cell has none. */
export function numberIn(cell: MeasuredValues, measure: Pick<MeasureFacts, "name">): number {
  return estimateIn(cell, measure)?.value ?? 0;
}

/**
 * The definition of a measure, from which columns of files, tables, glossaries and charts are made.
 * `measures.ts` lists them.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import type { StopReason } from "../decode/strategy.ts";
import type { CellSamples } from "./cell_samples.ts";
import type { Estimate } from "./estimate.ts";
import type { SampleBits } from "./sample_bits.ts";
import type { Sampling } from "./sampling.ts";

/** Tables of reports that measures are columns of. */
export type TableName =
  | "quality"
  | "diversity"
  | "speculation"
  | "prediction"
  | "first token"
  | "search"
  | "entry sweep"
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
  | "prompts"
  | "samples"
  | "texts"
  | "documents"
  | "decodings"
  | "tokens"
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
  /** The tables that show it, each with its place there: columns are in the order of these numbers. */
  readonly tables: Readonly<Partial<Record<TableName, number>>>;
  /**
   * The field in `results.csv` of a cell without it: empty, the default; or empty, and no column at all
   * where every cell lacks it.
   */
  readonly whenAbsent?: "empty" | "no column";
  /** Its panel in the charts of an entry's sweep, if it has one. */
  readonly panel?: Panel;
}

/** How a measure is drawn beside others. */
export interface Panel {
  /** Its axis: from 0 to 1; from 0; or as far as the values of the whole grid reach. */
  readonly axis: "share" | "from 0" | "grid";
  /** Whether it is drawn only for cells that speculate. */
  readonly onlySpeculation?: boolean;
}

/** A measured number, or counts by position. */
export type Measured = Estimate | readonly number[];

/** A measure of one cell, whatever the other cells are. */
export interface CellMeasure extends MeasureFacts {
  /** Tells the kinds of measures apart. */
  readonly kind: "cell";
  /** Its value; none where the cell has no such thing. */
  readonly of: (cell: CellSamples) => Measured | undefined;
}

/** A measure of a cell beside others. */
export interface ComparisonMeasure extends MeasureFacts {
  /** Tells the kinds of measures apart. */
  readonly kind: "comparison";
  /** Its value; none where there is nothing to compare with. */
  readonly of: (compared: ComparedCell) => Estimate | undefined;
}

/** A measure of a model on the corpus. */
export interface ModelMeasure<Losses> extends MeasureFacts {
  /** Its value; none where it was not measured. */
  readonly of: (losses: Losses) => Estimate | undefined;
}

/** The values of measures by their names. */
export interface MeasuredValues {
  /** A value for each measure that the cell has. */
  readonly values: Readonly<Record<string, Measured>>;
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
  /** `[draws]` the best texts found after each prompt, where the strategy searches for probable ones. */
  readonly searched?: readonly SearchedPrompt[];
  /** Which of the samples are documents, prompts included. */
  readonly among: DocumentSamples;
}

/** Which samples of a cell are documents, prompts included. */
export interface DocumentSamples {
  /** Those that the models were trained on. */
  readonly training: SampleBits;
  /** Those that were held out. */
  readonly heldOut: SampleBits;
}

/** The first sample of a prompt, as tables show it. */
export interface FirstSample {
  /** The beginning of the text. */
  readonly prompt: string;
  /** The text generated after it. */
  readonly continuation: string;
  /** Its log-probability under the target, nats. */
  readonly logProb: number;
  /** Why it ended. */
  readonly stop: StopReason;
  /** Tokens chosen, EOS counted. */
  readonly choices: number;
  /** Forward passes of the target that its decoding took. */
  readonly targetCalls: number;
}

/** The best texts that the decodings of one prompt found; of a prompt drawn again, those of that draw. */
export interface SearchedPrompt {
  /** The beginning of the texts. */
  readonly prompt: string;
  /** The log-probability of the best text that each decoding found, nats. */
  readonly logProbs: readonly number[];
  /** Whether each of those texts is empty: EOS at once. */
  readonly empty: readonly boolean[];
  /** The proof for the first of them, where the strategy gives one. */
  readonly proof?: BestTextProof;
}

/** The proof of an exact search about the best text that it found. */
export interface BestTextProof {
  /** Whether it and the others found with it are the most probable ones of all. */
  readonly optimal: boolean;
  /** No other text has a log-probability above this, nats; absent where there is no other. */
  readonly bound?: number;
  /** How many tokens the best text has, EOS not counted. */
  readonly tokens: number;
}

/** A cell beside others. */
export interface ComparedCell {
  /** The cell. */
  readonly cell: CellMeasures;
  /** Its searches beside the most probable texts, where both are known. */
  readonly search: ComparedSearch | undefined;
}

/** The decodings of a search over the prompts whose most probable text was proved. */
export interface ComparedSearch {
  /** By draw of a prompt. */
  readonly prompts: readonly ComparedPrompt[];
  /** How the decodings came about. */
  readonly sampling: Sampling;
}

/** The decodings of a search after one draw of a prompt, in order. */
export interface ComparedPrompt {
  /** Log-probability of the mode less that of each decoding's best text, nats. */
  readonly gaps: readonly number[];
  /** The log-probability of each decoding's best text, nats. */
  readonly logProbs: readonly number[];
  /** Whether each of those texts is empty. */
  readonly empty: readonly boolean[];
}

/** The estimate of `measure` in a cell, if it has one. */
export function estimateIn(
  { values }: MeasuredValues,
  { name }: Pick<MeasureFacts, "name">,
): Estimate | undefined {
  const value = values[name];
  return value !== undefined && "value" in value ? value : undefined;
}

/** The number that `measure` is in a cell; 0 where the cell has none. */
export function numberIn(cell: MeasuredValues, measure: Pick<MeasureFacts, "name">): number {
  return estimateIn(cell, measure)?.value ?? 0;
}

/** The counts by position of `measure` in a cell; none where the cell has none. */
export function countsIn(
  { values }: MeasuredValues,
  { name }: Pick<MeasureFacts, "name">,
): readonly number[] {
  const value = values[name];
  return value === undefined || "value" in value ? [] : value;
}

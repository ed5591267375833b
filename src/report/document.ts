/**
 * A report as content, from which `report.md`, `report.html`, `findings.json` and the terminal are made.
 *
 * @module
 */
import type { MeasureFacts } from "../measure/measure.ts";
import type { Chart } from "./chart.ts";
import type { Decision, Finding } from "./findings/finding.ts";
import type { Prose } from "./prose.ts";

/** A whole report: what was asked and found, then everything that it rests on. */
export interface ReportDocument {
  /** The name of the run or sweep, with its variant. */
  readonly title: string;
  /** All that a reader must know before any number: an incomplete run, a smoke run, its place in a sweep. */
  readonly remarks: readonly Prose[];
  /** The question: the config's own words, or else what its strategies ask. */
  readonly question: Prose;
  /** The findings, the most important first. */
  readonly findings: readonly Finding[];
  /** Which cell to use for what. */
  readonly decisions: readonly Decision[];
  /** The cells with their main measures: at most six columns, which fit 80 columns. */
  readonly overview: ReportTable | undefined;
  /** Everything else, in its order; none is empty. */
  readonly sections: readonly Section[];
  /** The words and measures that it uses. */
  readonly glossary: readonly Term[];
  /** How to cite it: what identifies its content, without a clock. */
  readonly citation: Prose;
}

/** A part of a report under a heading of its own. */
export interface Section {
  /** Its anchor, unique in the report. */
  readonly id: string;
  /** Its heading. */
  readonly heading: Prose;
  /** Its content, at least one block. */
  readonly blocks: readonly Block[];
  /** The measures in it, which the glossary explains. */
  readonly shown: readonly MeasureFacts[];
}

/** A piece of content. */
export type Block =
  | { readonly kind: "paragraph"; readonly text: Prose }
  | { readonly kind: "list"; readonly items: readonly Prose[] }
  /** A heading within a section. */
  | { readonly kind: "heading"; readonly text: Prose }
  | { readonly kind: "table"; readonly table: ReportTable }
  | { readonly kind: "chart"; readonly chart: Chart }
  /** Blocks that are folded until a reader asks for it. */
  | { readonly kind: "details"; readonly summary: Prose; readonly blocks: readonly Block[] };

/** A table, whose rows have as many cells as it has columns. */
export interface ReportTable {
  /** A sentence on its content, with the settings that all its rows share. */
  readonly caption?: Prose;
  /** Its columns. */
  readonly columns: readonly ReportColumn[];
  /** Its rows. */
  readonly rows: readonly (readonly ReportCell[])[];
}

/** A column of a table. */
export interface ReportColumn {
  /** Its title. */
  readonly title: string;
  /** Numbers stand right, texts left. */
  readonly align: "left" | "right";
  /** The measure that it shows, whose glossary entry explains it. */
  readonly measure?: MeasureFacts;
}

/** A cell of a table. */
export interface ReportCell {
  /** Its content. */
  readonly text: Prose;
  /** The value that it is sorted by; its text if left out. */
  readonly sortKey?: number;
  /** The exact value with its interval, where the text is rounded. */
  readonly exact?: string;
}

/** A word and its meaning. */
export interface Term {
  /** Its anchor, unique in the report: `term-mass_covered`. */
  readonly id: string;
  /** The word. */
  readonly term: string;
  /** Its meaning. */
  readonly meaning: Prose;
}

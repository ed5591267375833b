/** The sections of the table, in its order. */
export const SECTIONS = [
  "machine",
  "training",
  "decoding",
  "warpers",
  "speculation",
  "ngrams",
  "measures",
  "parity",
  "planning",
  "cold",
  "start",
  "first",
  "memory",
] as const;
/** One of them. */
export type Section = typeof SECTIONS[number];

/** One measurement of about so many seconds, in the row's unit. */
export type Measure = (seconds: number) => number | Promise<number>;

/** What a bound is of: arithmetic, memory, the code in JavaScript, or the start of a process. */
export type BoundKind = "arithmetic" | "memory" | "JavaScript" | "process";

/** The least that a row's work takes, as far as it is known, measured by itself. */
export interface Bound {
  /** What it is of. */
  readonly kind: BoundKind;
  /** What is measured, for people. */
  readonly what: string;
  /** In the row's unit. */
  readonly measure: Measure;
}

/** The same work by another checkout of this program. */
export interface BeforeMeasures {
  /** On one core, where that is a choice. */
  readonly engine: Measure;
  /** On all cores, where it can use them. */
  readonly allCores?: Measure;
}

/** One row of the table. */
export interface Row {
  /** Where it belongs. */
  readonly section: Section;
  /** For people, and unique. */
  readonly name: string;
  /** Where there is little room; the name if left out. */
  readonly label?: string;
  /** Of every number in the row. */
  readonly unit: string;
  /** Which numbers are good. */
  readonly better: "lower" | "higher";
  /** Our engine, on one core where that is a choice. */
  readonly engine: Measure;
  /** Our engine on all cores, where it can use them. */
  readonly allCores?: Measure;
  /** Our engine with strict arithmetic, on one core, where the processor has fused one. */
  readonly strict?: Measure;
  /** The same work elsewhere, by the library's name. */
  readonly peers: Readonly<Record<string, Measure>>;
  /** The same work by another checkout, where one is measured and has it. */
  readonly before?: BeforeMeasures;
  /** What bounds it: the first is the nearest, of which a share is shown beside what is reached. */
  readonly bounds?: readonly Bound[];
  /** Billions of arithmetic operations a second at a number of the row. */
  readonly gigaflops?: (value: number) => number;
  /** Whether one round says it all: no warm-up, no second measurement. */
  readonly once?: boolean;
  /** Whether each measurement starts a process of its own, which no round before makes faster. */
  readonly isProcess?: boolean;
  /** What else is known of it, for people. */
  readonly note?: string;
  /** Whether it is one of many alike, which a chart leaves out. */
  readonly isDetail?: boolean;
  /** Of the time of a measurement, where less is enough. */
  readonly share?: number;
}

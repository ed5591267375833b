/**
 * `timings.csv`: how long the work of a run took, and how much faster speculation made it.
 *
 * @module
 */
import { decimals, fieldsTable } from "./csv.ts";
import type { FileColumn, RowColumn } from "./csv_columns.ts";

/** A number and the ends of its 95 % interval. */
export interface Ranged {
  /** The number. */
  readonly value: number;
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/** The time that some work took. */
export interface Timing {
  /** The kind of work: `train`, `decode`, … */
  readonly stage: string;
  /** The model, cell or part of decoding. */
  readonly what: string;
  /** Wall-clock time, seconds; without an interval where it was done once. */
  readonly seconds: Pick<Ranged, "value"> & Partial<Ranged>;
  /** How many of `unit` were done. */
  readonly count: number;
  /** The things that were counted. */
  readonly unit: string;
  /** Whether an earlier run did it. */
  readonly cached: boolean;
  /** Of a pass: how long it takes, in passes of the target that read one token of each stream. */
  readonly inPasses?: Ranged;
  /** Of speculative decoding: how many times faster it was than decoding token by token. */
  readonly measured?: Ranged;
  /** The same as its parts, each measured by itself, add up. */
  readonly predicted?: Ranged;
  /** The same of its passes alone. */
  readonly ofPasses?: Ranged;
  /** How long its passes of the target take on average, in those that read one token of each stream. */
  readonly verification?: Ranged;
  /** How long they may take for it to be as fast, with all else as it is. */
  readonly breakEven?: Ranged;
}

/** An interval whose upper end is more than so many times the lower one is too wide to go by. */
const MOST_SPREAD = 1.25;

/** The verdict of the intervals of a timing. */
function verdictOf({ seconds, measured }: Timing): string {
  const { low, high } = measured ?? seconds;
  if (low === undefined || high === undefined) return "";
  const isSteady = high <= MOST_SPREAD * low;
  if (measured === undefined) return isSteady ? "" : "unsteady";
  if (low > 1) return isSteady ? "faster" : "faster, unsteady";
  if (high < 1) return isSteady ? "slower" : "slower, unsteady";
  return "unclear: see deno task bench --only speculation";
}

const timingFields: readonly RowColumn<Timing>[] = [
  {
    name: "stage",
    type: "text",
    unit: "",
    meaning:
      "the kind of work: a stage (`train`, `loss`, `decode`, `measure`; with an onnxruntime " +
      "`check`, too), or speculation at `one stream`, which is one text at a time, and at " +
      "`2 streams` and more, in batches, of models from folders and in an onnxruntime",
    of: ({ stage }) => stage,
  },
  {
    name: "what",
    type: "text",
    unit: "",
    meaning:
      "the model or cell; at one stream or several also passes of a model by how many tokens of " +
      "each stream they read, and the choosing of tokens by itself, with logits from memory",
    of: ({ what }) => what,
  },
  ...rangedColumns("wall_seconds", {
    unit: "seconds",
    meaning: "wall-clock time for `count`; of speculation the median over rounds",
    of: ({ seconds }) => seconds,
    text: decimals,
  }),
  {
    name: "count",
    type: "whole number",
    unit: "`unit`",
    meaning: "how many of `unit` were done",
    of: ({ count }) => count,
  },
  {
    name: "unit",
    type: "text",
    unit: "",
    meaning: "the things that were counted",
    of: ({ unit }) => unit,
  },
  {
    name: "per_second",
    type: "number",
    unit: "`unit` per second",
    meaning: "`count` over `wall_seconds`",
    of: ({ seconds, count }) => seconds.value > 0 ? (count / seconds.value).toFixed(1) : "",
  },
  ...rangedColumns("target_passes", {
    unit: "passes",
    meaning: "of a pass: how long it takes, in passes of the target over one token of each stream",
    of: ({ inPasses }) => inPasses,
    text: ratioText,
  }),
  ...rangedColumns("speed_up", {
    unit: "ratio",
    meaning: "of speculative decoding: how many times faster it was than token by token with the " +
      "same warpers; the ratio of the medians",
    of: ({ measured }) => measured,
    text: ratioText,
  }),
  ...rangedColumns("predicted_speed_up", {
    unit: "ratio",
    meaning:
      "the same, as the passes of those texts and the choosing of their tokens, each timed by " +
      "itself, add up",
    of: ({ predicted }) => predicted,
    text: ratioText,
  }),
  ...rangedColumns("passes_speed_up", {
    unit: "ratio",
    meaning: "the same if choosing took no time, as theory has it: what a model would come near " +
      "whose passes took far longer than choosing, in the same proportions",
    of: ({ ofPasses }) => ofPasses,
    text: ratioText,
  }),
  ...rangedColumns("verification_passes", {
    unit: "passes",
    meaning:
      "of speculative decoding: how long a pass of the target takes on average, first passes " +
      "over prompts among them, in its passes over one token of each stream",
    of: ({ verification }) => verification,
    text: ratioText,
  }),
  ...rangedColumns("break_even_passes", {
    unit: "passes",
    meaning:
      "how long it may take for speculative decoding to be as fast as token by token, with the " +
      "passes of the draft and the choosing of tokens as they are here; below 0 it could not be. " +
      "The break-even in results.csv takes a pass of the draft by its operations, and choosing for nothing",
    of: ({ breakEven }) => breakEven,
    text: ratioText,
  }),
  {
    name: "verdict",
    type: "text",
    unit: "",
    meaning:
      "of speculation: `faster` or `slower` where the interval of `speed_up` leaves out 1, " +
      "`unclear` where it does not; `unsteady` where an upper end is more than " +
      `${MOST_SPREAD} times the lower one. \`deno task bench --only speculation\` measures longer`,
    of: verdictOf,
  },
  {
    name: "cached",
    type: "text",
    unit: "",
    meaning: "whether an earlier run did it: `yes` or `no`",
    of: ({ cached }) => cached ? "yes" : "no",
  },
];

/** The columns of a number and of the ends of its interval. */
function rangedColumns(
  name: string,
  { unit, meaning, of, text }: {
    readonly unit: string;
    readonly meaning: string;
    readonly of: (timing: Timing) => Partial<Ranged> | undefined;
    readonly text: (value: number) => string;
  },
): RowColumn<Timing>[] {
  const column = (name: string, meaning: string, end: keyof Ranged): RowColumn<Timing> => ({
    name,
    type: "number",
    unit,
    meaning,
    of: (timing) => {
      const value = of(timing)?.[end];
      return value !== undefined && Number.isFinite(value) ? text(value) : "";
    },
  });
  return [
    column(name, meaning, "value"),
    column(`${name}_low`, "the lower end of its 95 % interval over rounds", "low"),
    column(`${name}_high`, "the upper end", "high"),
  ];
}

/** The columns of `timings.csv`. */
export const timingColumns: readonly FileColumn[] = timingFields;

/** `timings.csv`: the one file that varies between runs. */
export function timingsCsv(timings: readonly Timing[]): string {
  return fieldsTable(timingFields, timings);
}

function ratioText(value: number): string {
  return value.toFixed(3);
}

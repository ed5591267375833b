/**
 * The intervals of a report, explained in words.
 *
 * @module
 */
import { areListed, isSizes } from "../../config/settings.ts";
import type { Blank } from "../../measure/estimate.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import type { Term } from "../document.ts";
import { thousands } from "../markdown.ts";
import { proseOf } from "../prose.ts";
import { formatCount } from "../../text/format.ts";
import type { RunRecord } from "./run_record.ts";

/** An experiment and its prompts. */
export interface Chosen extends Pick<RunRecord, "experiment"> {
  /** The prompts. */
  readonly prompts: readonly string[];
  /** The documents that they could have been drawn from; absent where they are listed. */
  readonly population?: number;
}

/** The estimand of the intervals: one sentence. */
export function estimandText({ experiment, prompts, population }: Chosen): string {
  const { decoding, models } = experiment.config;
  // Another seed trains other models, but reads the same from a folder.
  const training = isSizes(models.target)
    ? ", but not that in training, which runs with other seeds show (`--set seed=1..5`)"
    : "";
  if (areListed(decoding.prompts) || population === undefined) {
    const each = formatCount(decoding.samples, "sample");
    return `Intervals (95 %) are for ${
      these(prompts.length, "prompt")
    }: they cover the chance in ` +
      `sampling, ${each} of each${training}.`;
  }
  return `Intervals (95 %) are for all ${thousands(population)} documents that prompts could be ` +
    `drawn from, of which ${thousands(prompts.length)} were: they cover the chance in drawing ` +
    `prompts and in sampling${training}.`;
}

function these(count: number, thing: string): string {
  return count === 1 ? `this ${thing}` : `these ${thousands(count)} ${thing}s`;
}

/** The reasons why an interval is missing, each in a main clause. */
const reasons: Readonly<Record<Blank, string>> = {
  "no chance": "the prompts are given, and the cell gives the same texts every time",
  "one sample": "of one sample of each prompt it is not known how others would differ",
  "one draw": "of one prompt it is not known how others would differ",
  "too large": "the numbers are so large that their squares are none",
  "all equal": "no two samples differ, so that they do not show how others would",
};

/** The terms about intervals; of the reasons for none only those in `blanks`. */
export function intervalTerms(
  { experiment }: Pick<RunRecord, "experiment">,
  shown: readonly MeasureFacts[],
  blanks: ReadonlySet<Blank>,
): Term[] {
  const { decoding } = experiment.config;
  const has = (kind: MeasureFacts["interval"]): boolean =>
    shown.some(({ interval }) => interval === kind);
  const means = areListed(decoding.prompts)
    ? "Means and ratios have Student's t: the variance within each prompt, added up, with " +
      "Satterthwaite's degrees of freedom."
    : "Means and ratios have Student's t over the prompts drawn, with as many degrees of freedom as " +
      "prompts less one; the share of the documents that was drawn makes it narrower.";
  const shares = has("share")
    ? " Shares have Clopper and Pearson's, for as many independent trials as have the same variance " +
      `(Korn and Graubard, 1998)${
        areListed(decoding.prompts)
          ? ""
          : "; where all prompts agree, as if each were one trial, since others might not"
      }.`
    : "";
  const sets = has("set")
    ? " What depends on the set of all texts, such as the unique share, has an interval for its " +
      `expectation at that number of texts, from what each ${
        areListed(decoding.prompts) ? "sample" : "prompt"
      } alone adds to it, or, of the mass covered, from the chance of each text.`
    : "";
  const none = [...blanks].map((blank) => `*${blank}*: ${reasons[blank]}.`).join(" ");
  return [
    {
      id: "term-interval",
      term: "a ± b, a (b to c)",
      meaning: proseOf(
        "a measure and its 95 % interval, which is written with its ends where it reaches farther to one " +
          `side by more than a unit of the last digit. ${means}${shares}${sets}`,
      ),
    },
    ...(none === "" ? [] : [{
      id: "term-no-interval",
      term: "no interval",
      meaning: proseOf(`${none} Where no reason is given, none is known.`),
    }]),
  ];
}

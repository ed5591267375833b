/**
 * What is said of chance, metric by metric and of all together.
 *
 * @module
 */
import { formatCount } from "../../text/format.ts";
import type { RunDiff } from "../compare.ts";
import { LEVEL } from "../../measure/comparison.ts";
import type { Family } from "../judgement.ts";
import type { MetricDiff } from "../metrics.ts";

/** The columns about chance. */
export const CHANCE_HEADER = ["95 % interval", "p", "sampling error"] as const;

/** The interval of a metric's change, if it is judged. */
export function intervalText({ judgement }: MetricDiff): string {
  if (judgement === undefined) return "–";
  const { low, high } = judgement.difference.interval;
  return `${signedText(low)} to ${signedText(high)}`;
}

function signedText(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1000 ? value.toFixed(0) : value.toPrecision(3);
  // 0.0000123 is easier to compare than 1.23e-5, and 0.000000123 is not.
  const plain = text.includes("e") && size > 1e-7 ? value.toFixed(9) : text;
  return value > 0 ? `+${plain}` : plain;
}

/** p of a metric's change, its own; empty if it is not judged. */
export function pText({ judgement }: MetricDiff): string {
  if (judgement === undefined) return "";
  const { p } = judgement.difference;
  return p < 0.0001 ? "<0.0001" : p.toFixed(4);
}

/** The verdict on a metric: `outside`, `within`, or that there is none. */
export function verdictWord({ judgement, change, differs }: MetricDiff): string {
  if (judgement === undefined) return "–";
  if (judgement.isOutside) return "outside";
  return change === 0 && differs ? "only its interval" : "within";
}

/** The end of the closing line: how many metrics are outside, and how many look it; empty of none. */
export function familyText({ metrics, outside, unadjusted }: Family): string {
  if (metrics === 0) return "";
  const byChance = Number((metrics * LEVEL).toFixed(2));
  return `; ${outside} of ${formatCount(metrics, "judged metric")} outside the sampling error ` +
    `(p < ${LEVEL} in ${unadjusted}, by chance alone in ${byChance})`;
}

/** Sentences about what the tables say of chance. */
export function chanceRemarks({ family, shortcomings }: RunDiff): string[] {
  return [
    ...(family.metrics > 0
      ? [
        "Interval and p are those of each change alone, not adjusted for how many there are; what is " +
        `outside is decided by Holm's method over all ${family.metrics}. Chance is that of sampling and of ` +
        "drawing prompts, not that of training: models of other seeds do differ.",
      ]
      : []),
    ...(shortcomings.length > 0
      ? [
        "Judged by the printed intervals, as if both runs were independent, since " +
        `${shortcomings.join("; ")}.`,
      ]
      : []),
  ];
}

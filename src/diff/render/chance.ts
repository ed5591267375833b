/**
 * The words about chance, metric by metric and of all together.
 *
 * @module
 */
import { formatCount } from "../../text/format.ts";
import type { RunDiff } from "../compare.ts";
import { LEVEL } from "../../measure/comparison.ts";
import type { Family } from "../judgement.ts";
import { isExact } from "../effects.ts";
import type { MetricDiff, RowDiff } from "../metrics.ts";

/** p of a metric's change, its own; empty if it is not judged. */
export function pText({ judgement }: MetricDiff): string {
  if (judgement === undefined) return "";
  const { p } = judgement.difference;
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/**
 * The verdict on a metric: `moved` by more than chance, or `within` it; `exact` where there is none; the
 * `same` as another in another unit; or that it is not judged.
 */
export function verdictWord(row: RowDiff, metric: MetricDiff): string {
  const { judgement, differs, sameAs } = metric;
  if (sameAs !== undefined) return "same";
  if (judgement === undefined) return differs && isExact(row) ? "exact" : "–";
  if (judgement.isOutside) return "moved";
  return "within";
}

/** The end of the closing line: how many comparisons moved, and how many look it; empty of none. */
export function familyText({ metrics, outside, unadjusted }: Family): string {
  if (metrics === 0) return "";
  const byChance = Number((metrics * LEVEL).toFixed(2));
  return `; ${outside} of ${formatCount(metrics, "comparison")} moved beyond chance ` +
    `(p < ${LEVEL} in ${unadjusted}, by chance alone in ${byChance})`;
}

/** Sentences about what the tables say of chance. */
export function chanceRemarks({ family, shortcomings }: RunDiff): string[] {
  return [
    ...(family.metrics > 0
      ? [
        "Interval and p are those of each change alone, not adjusted for how many there are; what " +
        `moved is decided by Holm's method over all ${family.metrics}. Chance is that of sampling and ` +
        "of drawing prompts, not that of training: models of other seeds do differ.",
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

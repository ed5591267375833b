/**
 * Whether the texts of lossless speculation are what they must be: like those of the baseline.
 *
 * @module
 */
import { LEVEL } from "../../measure/comparison.ts";
import { tallyOf } from "../../measure/judged.ts";
import { formatCount } from "../../text/format.ts";
import { codeSpan, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { PlannedFinding } from "./finding.ts";
import type { Speculator } from "./speculators.ts";

/** How many comparisons with the baseline must be 0, and how many of them are not. */
export function losslessness(
  { comparisons, baseline }: RunRecord,
  cells: readonly Speculator[],
): PlannedFinding[] {
  const lossless = new Set(
    cells.flatMap(({ label, profile }) => profile.isLossless ? [label] : []),
  );
  const expected = comparisons.filter(({ isExpected0, cell }) => isExpected0 && lossless.has(cell));
  const { compared, unadjusted, adjusted } = tallyOf(expected);
  if (baseline === undefined || compared === 0) return [];
  const { label } = baseline.cell;
  const told = adjusted === 0 ? "no difference is found" : `${adjusted} show one all the same`;
  const chance = unadjusted === 0
    ? []
    : prose` (each on its own, ${String(unadjusted)} ${
      unadjusted === 1 ? "is" : "are"
    } below 5 %; chance alone makes about ${String(Math.round(LEVEL * compared))})`;
  return [{
    pValues: [],
    say: () => ({
      text: prose`Lossless speculation must write texts like those of ${codeSpan(label)}: in ${
        formatCount(compared, "comparison")
      } ${told}${chance}.`,
      claims: false,
      cells: [label, ...new Set(expected.map(({ cell }) => cell))],
      numbers: [
        { name: "comparisons_expected_0", of: label, value: compared },
        { name: "comparisons_below_0.05", of: label, value: unadjusted },
        { name: "comparisons_told_apart", of: label, value: adjusted },
      ],
    }),
  }];
}

/**
 * The decision table of a sweep: which of its runs to use for what.
 *
 * @module
 */
import { strategyOf } from "../../decode/definitions.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import { rowEstimates, type SweepSummary } from "../sweep/sweep_summary.ts";
import { type Best, bestOf, labelsOf, nameOfBest, overNext, type Wanted } from "./best_cell.ts";
import type { Decision } from "./finding.ts";
import { sureText } from "./planned_comparison.ts";
import { cellEstimate, lossOf } from "./run_setting.ts";
import { heldOutLoss } from "./standing.ts";
import { PER_PASS } from "./speculators.ts";

/** Which run of `sweep` to use for what; empty where none is told from another. */
export function sweepDecisionsIn(sweep: SweepSummary): Decision[] {
  if (sweep.settings.length === 0) return [];
  return [bestModel(sweep), fewestPasses(sweep)].flatMap((one) => one ?? []);
}

/** The runs whose target predicts best. */
function bestModel(sweep: SweepSummary): Decision | undefined {
  const found = bestRow(sweep, rowEstimates(sweep, (run) => lossOf(run, "target")), "lowest");
  const text = sureText(heldOutLoss, found?.best.estimate);
  if (found === undefined || text === undefined) return undefined;
  return {
    want: prose`the target that predicts documents held out best`,
    use: labelsOf(found),
    because: prose`${nameOfBest(found)} has a held-out loss of ${text}${
      overNext(found, heldOutLoss)
    }`,
  };
}

/** The runs in which the last of the cells that speculate needs the fewest target passes. */
function fewestPasses(sweep: SweepSummary): Decision | undefined {
  const cells = sweep.variants.flatMap((run) => run.cells.map(({ cell }) => cell));
  const cell = cells.findLast(({ settings }) =>
    strategyOf(settings).speculation?.(settings).isLossless === true
  );
  if (cell === undefined) return undefined;
  const { label } = cell;
  const found = bestRow(
    sweep,
    rowEstimates(sweep, (run) => cellEstimate(run, label, PER_PASS)),
    "highest",
  );
  const text = sureText(PER_PASS, found?.best.estimate);
  if (found === undefined || text === undefined) return undefined;
  const of: Prose = [codeSpan(label)];
  return {
    want: prose`the fewest target passes with ${of}`,
    use: labelsOf(found),
    because: prose`${nameOfBest(found)} gets ${text} tokens per target pass${
      overNext(found, PER_PASS)
    }`,
  };
}

/** The best of the rows with these estimates, `[rows]`, if any is told from it. */
function bestRow(
  { rows, settings }: SweepSummary,
  estimates: readonly (Estimate | undefined)[],
  wanted: Wanted,
): Best | undefined {
  const candidates = rows.flatMap(({ values }, cost) => {
    const estimate = estimates[cost];
    const label = settings.map((path, i) => `${path}=${values[i]}`).join(",");
    return estimate === undefined ? [] : [{ label, estimate, cost }];
  });
  const found = bestOf(candidates, wanted);
  return found?.next === undefined ? undefined : found;
}

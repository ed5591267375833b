/**
 * The savings of speculation: tokens per target pass, the `draft_k` from which on no more is saved,
 * and the best draft; and when it pays.
 *
 * @module
 */
import { chainText } from "../../decode/cell.ts";
import { effectiveChain } from "../../decode/warp/definitions.ts";
import { tokensPerTargetCall } from "../../measure/cost.ts";
import { codeSpan, listed, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import { breakEvens } from "./break_evens.ts";
import { type FindingDefinition, type PlannedFinding, together } from "./finding.ts";
import {
  areClaims,
  compareEstimates,
  differenceText,
  distanceText,
  foundComparison,
  isSure,
  type PlannedComparison,
  pValuesOf,
  sureText,
  verdictsOf,
} from "./planned_comparison.ts";
import { draftSweeps, PER_PASS, type Speculator, speculatorsOf } from "./speculators.ts";
import { foundNumber } from "./wording.ts";

/** The savings of speculation, and when it pays. */
export const speculation: FindingDefinition<RunRecord> = {
  name: "speculation",
  question(run) {
    return draftSweeps(speculatorsOf(run)).length === 0
      ? undefined
      : prose`How many tokens should a draft propose, and when does that pay?`;
  },
  plan(run) {
    const cells = speculatorsOf(run);
    const sweeps = draftSweeps(cells);
    const saved = sweeps.map((sweep, i) => savedPasses(sweep, i === 0));
    const best = bestDraft(cells, sweeps);
    return [
      // Which draft is best says more than what each of several does.
      ...together(
        (sweeps.length > 1 ? [best, ...saved] : [...saved, best]).flatMap((one) => one ?? []),
      ),
      ...breakEvens(cells, sweeps),
    ];
  },
};

/**
 * The savings of a sweep of `draft_k`, and the value from which on it saves no more; the first says
 * beside what.
 */
function savedPasses(
  sweep: readonly Speculator[],
  isFirst: boolean,
): PlannedFinding | undefined {
  const last = sweep.at(-1);
  if (last === undefined) return undefined;
  const before = sweep.slice(0, -1);
  // More proposals save no fewer passes: each is compared with the last.
  const comparisons = before.map(({ perPass }) => compareEstimates(last.perPass, perPass));
  return {
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const own = sureText(PER_PASS, last.perPass);
      if (own === undefined) return undefined;
      return {
        text: [
          ...prose`${codeSpan(last.label)} gets ${own} tokens from each pass of the target${
            isFirst ? "; choosing token by token gets exactly 1" : ""
          }.`,
          ...endOfSaving(before, comparisons, judged.findLastIndex(isSure) + 1, last),
        ],
        claims: areClaims(comparisons, judged),
        cells: sweep.map(({ label }) => label),
        numbers: [
          ...sweep.map(({ label, perPass }) => foundNumber(PER_PASS.name, label, perPass)),
          ...before.flatMap(({ label }, i) => {
            const comparison = comparisons[i];
            return comparison === undefined
              ? []
              : [foundComparison(PER_PASS, [last.label, label], comparison)];
          }),
        ],
      };
    },
  };
}

/** From which `draft_k` on no more can be told, or what the last step still saves. */
function endOfSaving(
  before: readonly Speculator[],
  comparisons: readonly PlannedComparison[],
  tied: number,
  last: Speculator,
): Prose {
  const isTied = tied < before.length;
  const at = isTied ? tied : before.length - 1;
  const [from, comparison] = [before[at], comparisons[at]];
  if (from === undefined || comparison === undefined) return [];
  const [own, to] = [from, last].map(({ profile }) => codeSpan(`draft_k=${profile.draftK}`));
  const text = isTied
    ? differenceText(PER_PASS, comparison) ?? "exactly 0"
    : distanceText(PER_PASS, comparison);
  if (own === undefined || to === undefined || text === undefined) return [];
  if (isTied) {
    return prose` From ${own} on no further gain can be told: it is tied with ${to} (difference ${text}).`;
  }
  return comparison.value < 0
    ? prose` That is ${text} fewer than with ${own}.`
    : prose` The last step, from ${own}, still gains ${text}.`;
}

/** Which draft saves the most, where several draw from the same distribution, each with its largest `draft_k`. */
function bestDraft(
  cells: readonly Speculator[],
  sweeps: readonly (readonly Speculator[])[],
): PlannedFinding | undefined {
  const notLast = new Set(sweeps.flatMap((own) => own.slice(0, -1)));
  const chains = Map.groupBy(
    cells.filter((one) => one.profile.isLossless && !notLast.has(one)),
    ({ profile: { warp } }) => chainText(effectiveChain(warp)),
  );
  const [rivals] = [...chains.values()].toSorted((a, b) => b.length - a.length);
  if (rivals === undefined || rivals.length < 2) return undefined;
  const sorted = rivals.toSorted((a, b) => b.perPass.value - a.perPass.value);
  // All pairs, since the data choose the best one.
  const pairs = sorted.flatMap((one, i) => sorted.slice(i + 1).map((other) => ({ one, other })));
  const comparisons = pairs.map(({ one, other }) => compareEstimates(one.perPass, other.perPass));
  return {
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const [best, ...others] = sorted;
      const own = best && sureText(PER_PASS, best.perPass);
      if (best === undefined || own === undefined) return undefined;
      const tied = others.filter((_, i) => !isSure(judged[i] ?? "open"));
      const next = others.find((one) => !tied.includes(one));
      const step = next && comparisons[others.indexOf(next)];
      const less = step && distanceText(PER_PASS, step);
      if (next === undefined || less === undefined) {
        const first = comparisons[0];
        const most = first && distanceText(PER_PASS, first);
        if (most === undefined) return undefined;
        return {
          text: prose`Which draft saves the most passes cannot be told: ${
            codeSpan(best.label)
          } (${own} tokens per pass) is tied with ${
            listed(tied.map(({ label }) => [codeSpan(label)]))
          }, the nearest ${most} away.`,
          claims: false,
          cells: sorted.map(({ label }) => label),
          numbers: sorted.map(({ label, perPass }) =>
            foundNumber(tokensPerTargetCall.name, label, perPass)
          ),
        };
      }
      const isTied = tied.length === 0
        ? []
        : prose` (tied with ${listed(tied.map(({ label }) => [codeSpan(label)]))})`;
      return {
        text: [
          ...prose`Of the drafts that leave the distribution as it is, ${codeSpan(best.label)}`,
          ...isTied,
          ...prose` saves the most passes: ${own} tokens per pass, ${less} more than ${
            codeSpan(next.label)
          }.`,
        ],
        claims: true,
        cells: sorted.map(({ label }) => label),
        numbers: [
          ...sorted.map(({ label, perPass }) =>
            foundNumber(tokensPerTargetCall.name, label, perPass)
          ),
          ...(step === undefined
            ? []
            : [foundComparison(PER_PASS, [best.label, next.label], step)]),
        ],
      };
    },
  };
}

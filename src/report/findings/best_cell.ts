/**
 * The best of some cells, or of the runs of a sweep, by one estimate, and those that nothing tells from it.
 *
 * @module
 */
import { holm, LEVEL } from "../../measure/comparison.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import {
  compareEstimates,
  distanceText,
  isSure,
  type PlannedComparison,
  pValuesOf,
  verdictsOf,
} from "./planned_comparison.ts";
import type { Said } from "./wording.ts";

/** A cell or a run that may be the best, by one estimate. */
export interface Candidate {
  /** The name of the cell or run. */
  readonly label: string;
  /** The estimate that it is judged by. */
  readonly estimate: Estimate;
  /** Its cost beside the others; ties are told in this order. */
  readonly cost: number;
}

/** Whether the highest or the lowest estimate is the best. */
export type Wanted = "highest" | "lowest";

/** The best of some candidates, and those that nothing tells from it. */
export interface Best {
  /** The best. */
  readonly best: Candidate;
  /** The best and the tied ones, the cheapest first. */
  readonly tied: readonly Candidate[];
  /** The best of the others, if there are any. */
  readonly next: { readonly candidate: Candidate; readonly by: PlannedComparison } | undefined;
}

/** The best of `candidates`, at least two, judged by all pairs, since the data choose it. */
export function bestOf(
  candidates: readonly Candidate[],
  wanted: Wanted = "highest",
): Best | undefined {
  const sign = wanted === "highest" ? 1 : -1;
  const sorted = candidates.toSorted((a, b) => sign * (b.estimate.value - a.estimate.value));
  const [best, ...others] = sorted;
  if (best === undefined || others.length === 0) return undefined;
  const comparisons = sorted.flatMap((one, i) =>
    sorted.slice(i + 1).map((other) => compareEstimates(one.estimate, other.estimate))
  );
  const areDifferences = holm(pValuesOf(comparisons)).map((p) => p < LEVEL);
  const judged = verdictsOf(comparisons, areDifferences);
  const isTold = (i: number): boolean => isSure(judged[i] ?? "open");
  const tied = [best, ...others.filter((_, i) => !isTold(i))];
  const next = others.findIndex((_, i) => isTold(i));
  const [candidate, by] = [others[next], comparisons[next]];
  return {
    best,
    tied: tied.toSorted((a, b) => a.cost - b.cost),
    next: candidate === undefined || by === undefined ? undefined : { candidate, by },
  };
}

/** ` 0.101 ± 0.035 nats more than `beam(beam_width=16)``, or that nothing is told from it. */
export function overNext(
  { next, tied }: Best,
  measure: Said,
): Prose {
  const tie = tied.length > 1 ? prose`; ${String(tied.length)} are tied` : [];
  if (next === undefined) return tie;
  const text = distanceText(measure, next.by);
  return text === undefined ? tie : [
    ...prose`, ${text} ${next.by.value < 0 ? "less" : "more"} than ${
      codeSpan(next.candidate.label)
    }`,
    ...tie,
  ];
}

/** The labels of the cells to use. */
export function labelsOf({ tied }: Best): string[] {
  return tied.map(({ label }) => label);
}

/** The name of the best one beside {@linkcode labelsOf}: `it` where it is the only one. */
export function nameOfBest({ best, tied }: Best): Prose {
  return tied.length === 1 ? prose`it` : [codeSpan(best.label)];
}

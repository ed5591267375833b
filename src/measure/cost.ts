import type { Costs } from "../decode/strategy.ts";
import { clustersOf, sumsByCluster, trialShare } from "./clusters.ts";
import type { Estimate } from "./interval.ts";
import { type Sample, sum } from "./sample.ts";

/**
 * What the samples of a cell cost in all, and what they bought with it. A decoding that stands for
 * several samples is counted for each of them.
 */
export interface CellCosts extends Readonly<Costs> {
  /** Tokens chosen, EOS counted, a forward pass of the target; 0 without a pass. */
  readonly tokensPerTargetCall: number;
  /**
   * Accepted of those tested: the share of proposals that the target agreed with; 0 of none. The
   * interval, Wilson's, is over prompts or decodings, whichever belong together.
   */
  readonly acceptanceRate: Estimate;
  /** Accepted of those proposed, which is lower since a refusal discards what follows; likewise. */
  readonly acceptedShare: Estimate;
}

/** Adds up what `samples` cost. */
export function cost(samples: readonly Sample[]): CellCosts {
  const total = (count: keyof Costs): number =>
    sum(samples.map(({ result }) => result.costs[count]));
  const costs = {
    targetCalls: total("targetCalls"),
    targetRows: total("targetRows"),
    draftCalls: total("draftCalls"),
    draftRows: total("draftRows"),
    proposed: total("proposed"),
    tested: total("tested"),
    accepted: total("accepted"),
    resampled: total("resampled"),
    bonus: total("bonus"),
    rounds: total("rounds"),
  };
  const choices = sum(samples.map(({ result }) => result.logProbs.length));
  return {
    ...costs,
    tokensPerTargetCall: share(choices, costs.targetCalls),
    ...acceptance(samples, costs.tested),
  };
}

/** What was accepted of `tested` proposals in all, and of those that were made. */
function acceptance(
  samples: readonly Sample[],
  tested: number,
): Pick<CellCosts, "acceptanceRate" | "acceptedShare"> {
  if (tested === 0) return { acceptanceRate: { value: 0 }, acceptedShare: { value: 0 } };
  const clusters = clustersOf(samples);
  const counts = (count: "accepted" | "tested" | "proposed"): Float64Array =>
    Float64Array.from(samples, ({ result }) => result.costs[count]);
  const accepted = counts("accepted");
  // What follows a refusal was proposed, but was no trial.
  return {
    acceptanceRate: trialShare(sumsByCluster(clusters, accepted, counts("tested")), tested),
    acceptedShare: trialShare(sumsByCluster(clusters, accepted, counts("proposed")), tested),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

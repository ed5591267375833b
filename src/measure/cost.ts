import type { Costs } from "../decode/strategy.ts";
import { type Sample, sum } from "./sample.ts";

/**
 * What the samples of a cell cost in all, and what they bought with it. A decoding that stands for
 * several samples is counted for each of them.
 */
export interface CellCosts extends Readonly<Costs> {
  /** Tokens chosen, EOS counted, a forward pass of the target; 0 without a pass. */
  readonly tokensPerTargetCall: number;
  /** Accepted of those tested: the share of proposals that the target agreed with; 0 of none. */
  readonly acceptanceRate: number;
  /** Accepted of those proposed, which is lower since a refusal discards what follows; 0 of none. */
  readonly acceptedShare: number;
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
    acceptanceRate: share(costs.accepted, costs.tested),
    acceptedShare: share(costs.accepted, costs.proposed),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

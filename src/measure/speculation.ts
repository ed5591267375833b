import type { Speculation } from "../decode/strategy.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { type Sample, sum } from "./sample.ts";

/** What became of the proposals of a cell, position by position, over all its samples. */
export interface SpeculationMeasures extends Speculation {
  /**
   * α: the mean of β = Σ min(p, q) over the texts at which a proposal was tested. Each β is exact, so
   * that it varies less than the share that was accepted.
   */
  readonly alpha: number;
  /**
   * Tokens a target pass if each test succeeded with probability α, with proposals as long as they
   * were: the paper's formula without its assumption that texts never end.
   */
  readonly tokensPerPassAtLengths: number;
  /** Accepted of those proposed, likewise. */
  readonly acceptedShareAtLengths: number;
}

/** Adds up what `samples` trace of their proposals; nothing where none has any trace of it. */
export function speculation(samples: readonly Sample[]): SpeculationMeasures | undefined {
  const traces = samples.flatMap(({ result }) => result.speculation ?? []);
  if (traces.length === 0) return undefined;
  const proposedAt = byPosition(traces.map((trace) => trace.proposedAt));
  const testedAt = byPosition(traces.map((trace) => trace.testedAt));
  const overlapAt = byPosition(traces.map((trace) => trace.overlapAt));
  const tested = sum(testedAt);
  const alpha = tested === 0 ? 0 : sum(overlapAt) / tested;
  const rounds = sum(samples.map(({ result }) => result.costs.rounds));
  const proposed = sum(proposedAt);
  const accepted = sum(proposedAt.map((count, position) => count * alpha ** (position + 1)));
  return {
    proposedAt,
    testedAt,
    acceptedAt: byPosition(traces.map((trace) => trace.acceptedAt)),
    overlapAt,
    alpha,
    tokensPerPassAtLengths: rounds === 0 ? 0 : 1 + accepted / rounds,
    acceptedShareAtLengths: proposed === 0 ? 0 : accepted / proposed,
  };
}

/** The sums of several arrays, entry by entry; what one is too short for counts as 0. */
function byPosition(arrays: readonly (readonly number[])[]): number[] {
  const totals: number[] = [];
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) totals[i] = (totals[i] ?? 0) + (array[i] as number);
  }
  return totals;
}

/** Multiplications with weights for a token that a model reads: its matrices, but no table look-up. */
export function operationsPerToken({ nEmbd, nLayer, vocabSize }: ModelSpec): number {
  return nLayer * 12 * nEmbd ** 2 + vocabSize * nEmbd;
}

/**
 * Operations of a speculative cell, in those of reading the same texts token by token: rows of the
 * target and, at `draftStep` each (ĉ), rows of the draft. The prompt is read either way.
 */
export function measuredOperations(samples: readonly Sample[], draftStep: number): number {
  const speculative = samples.map(({ result }) =>
    result.costs.targetRows + draftStep * result.costs.draftRows
  );
  // BOS and the prompt, and each choice but the last, which nothing follows.
  const plain = samples.map(({ prompt, result }) =>
    result.logProbs.length === 0 ? 0 : [...prompt].length + result.logProbs.length
  );
  const total = sum(plain);
  return total === 0 ? 0 : sum(speculative) / total;
}

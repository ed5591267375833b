import type { SpeculationProfile } from "../decode/definition.ts";
import type { Speculation } from "../decode/strategy.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { type Sample, sum } from "./sample.ts";
import { acceptedShare, operationsFactor, tokensPerPass } from "./speculation_theory.ts";

/** What theory says of a cell beside what was counted. */
export interface Predicted {
  /** The paper's formula with the cell's α and draft_k: texts that never end. */
  readonly theory: number;
  /** The same with the proposals as long as they were: shorter where a text ends, or a draft stops. */
  readonly atLengths: number;
  /** What was counted. */
  readonly measured: number;
}

/** What became of the proposals of a cell, position by position, over all its samples. */
export interface SpeculationMeasures extends Speculation {
  /**
   * α: the mean of β = Σ min(p, q) over the texts at which a proposal was tested. Each β is exact, so
   * that α varies less than the share that was accepted.
   */
  readonly alpha: number;
  /** Tokens chosen, EOS counted, a pass of the target. */
  readonly tokensPerPass: Predicted;
  /** Accepted of those proposed. */
  readonly acceptedShare: Predicted;
  /** Operations of a row of the draft, in those of a row of the target: ĉ. */
  readonly draftOperations: number;
  /** Operations, in those of reading the same texts token by token. */
  readonly operations: Omit<Predicted, "atLengths">;
}

/**
 * Adds up what `samples`, with up to `draftK` tokens proposed in a round, trace of their proposals.
 * `draftOperations` is ĉ.
 */
export function speculation(
  samples: readonly Sample[],
  draftK: number,
  draftOperations: number,
): SpeculationMeasures {
  const traces = samples.flatMap(({ result }) => result.speculation ?? []);
  const proposedAt = byPosition(traces.map((trace) => trace.proposedAt));
  const testedAt = byPosition(traces.map((trace) => trace.testedAt));
  const acceptedAt = byPosition(traces.map((trace) => trace.acceptedAt));
  const overlapAt = byPosition(traces.map((trace) => trace.overlapAt));
  const alpha = share(sum(overlapAt), sum(testedAt));
  const rounds = sum(samples.map(({ result }) => result.costs.rounds));
  const choices = sum(samples.map(({ result }) => result.logProbs.length));
  const accepted = sum(proposedAt.map((count, position) => count * alpha ** (position + 1)));
  return {
    proposedAt,
    testedAt,
    acceptedAt,
    overlapAt,
    alpha,
    tokensPerPass: {
      theory: tokensPerPass(alpha, draftK),
      atLengths: 1 + share(accepted, rounds),
      measured: share(choices, rounds),
    },
    acceptedShare: {
      theory: acceptedShare(alpha, draftK),
      atLengths: share(accepted, sum(proposedAt)),
      measured: share(sum(acceptedAt), sum(proposedAt)),
    },
    draftOperations,
    operations: {
      theory: operationsFactor(alpha, draftK, draftOperations),
      measured: measuredOperations(samples, draftOperations),
    },
  };
}

/** ĉ of a speculative cell: an n-gram model and a look-up multiply nothing. */
export function draftOperations(
  { needs }: Pick<SpeculationProfile, "needs">,
  specs: { readonly target: ModelSpec; readonly draft?: ModelSpec },
): number {
  if (needs !== "draft model" || specs.draft === undefined) return 0;
  return operationsPerToken(specs.draft) / operationsPerToken(specs.target);
}

/** Multiplications with weights for a token that a model reads: its matrices, but no table look-up. */
function operationsPerToken({ nEmbd, nLayer, vocabSize }: ModelSpec): number {
  return nLayer * 12 * nEmbd ** 2 + vocabSize * nEmbd;
}

/** Rows of the target and, at ĉ each, of the draft, in the rows of reading token by token. */
function measuredOperations(samples: readonly Sample[], draftOperations: number): number {
  const speculative = samples.map(({ result: { costs } }) =>
    costs.targetRows + draftOperations * costs.draftRows
  );
  // BOS and the prompt, and each choice but the last, which nothing follows.
  const plain = samples.map(({ prompt, result }) =>
    result.logProbs.length === 0 ? 0 : [...prompt].length + result.logProbs.length
  );
  return share(sum(speculative), sum(plain));
}

/** The sums of several arrays, entry by entry; what one is too short for counts as 0. */
function byPosition(arrays: readonly (readonly number[])[]): number[] {
  const totals: number[] = [];
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) totals[i] = (totals[i] ?? 0) + (array[i] as number);
  }
  return totals;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

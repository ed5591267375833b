/**
 * Speculative decoding: the predictions of theory (Leviathan, Kalman & Matias, 2023), where every
 * proposal is accepted with the same probability whatever came before, and texts never end; and the
 * measures beside them.
 *
 * Letters: `α` that probability; `γ` tokens proposed in a round; `c` the time of a draft step, `v` of
 * verifying γ tokens, both in steps of the target; `ĉ` the operations of a draft step in those of the
 * target's; `V` tokens in the vocabulary.
 *
 * @module
 */
import type { Token } from "../model/language_model.ts";
import { operationsPerToken, type TransformerSpec } from "../model/transformer.ts";
import type { CellSamples } from "./cell_samples.ts";
import type { FirstTokenDistance, SpeculationContext } from "./sample_facts.ts";
import type { CellMeasure, MeasureFacts } from "./measure.ts";
import type { Estimate } from "./estimate.ts";
import { type Samples, sum } from "./sample.ts";

/** 1 + α + … + α^γ = (1 − α^{γ+1}) / (1 − α): tokens per pass of the target (equation 1). */
export function tokensPerPass(alpha: number, gamma: number): number {
  // As a sum, since the quotient is 0/0 where everything is accepted.
  let sum = 1;
  for (let i = 1; i <= gamma; i++) sum += alpha ** i;
  return sum;
}

/** α(1 − α^γ) / ((1 − α)γ): accepted over proposed. Not α, since a refusal discards the rest. */
export function predictedAcceptedShare(alpha: number, gamma: number): number {
  return (tokensPerPass(alpha, gamma) - 1) / gamma;
}

/**
 * (1 − α)(γĉ + γ + 1) / (1 − α^{γ+1}): operations per token, in those of decoding token by token
 * (theorem 3.11).
 */
export function operationsFactor(alpha: number, gamma: number, operations: number): number {
  return (gamma * operations + gamma + 1) / tokensPerPass(alpha, gamma);
}

/** The costs of rounds, in passes of the target over one token. */
export interface RoundCosts {
  /** c: a pass of the draft over one token. */
  readonly draftStep: number;
  /**
   * A pass of the draft over two tokens, `draftStep` if left out. After a round in which all were accepted
   * the draft has read neither the last token that it proposed nor the bonus, and reads both at once.
   */
  readonly draftCatchUp?: number;
  /** v: verifying γ tokens; 1 if left out, as theorem 3.8 has it. */
  readonly verification?: number;
  /**
   * The time outside the models for each token: token by token, and where it speculates. None if left
   * out.
   */
  readonly outside?: { readonly plain: number; readonly speculative: number };
}

/**
 * Tokens per pass / (γc + v): how many times faster it is than token by token (theorem 3.8, which takes
 * verifying to cost as much as one step). With a share α^γ of rounds that begin with a pass of the draft
 * over two tokens, and what happens outside the models, o and o′ a token, it is
 * tokens per pass · (1 + o) / (γc + α^γ (c₂ − c) + v + o′ · tokens per pass).
 */
export function speedUp(
  alpha: number,
  gamma: number,
  { draftStep, draftCatchUp = draftStep, verification = 1, outside }: RoundCosts,
): number {
  const tokens = tokensPerPass(alpha, gamma);
  const drafting = gamma * draftStep + alpha ** gamma * (draftCatchUp - draftStep);
  const { plain = 0, speculative = 0 } = outside ?? {};
  return tokens * (1 + plain) / (drafting + verification + speculative * tokens);
}

/** The mean acceptance probability. */
export const alpha: CellMeasure = {
  name: "alpha",
  title: "α",
  unit: "share",
  glossary:
    "the mean of β = Σ min(p, q), the probability that a proposed token is accepted, computed " +
    "exactly at each text where one was tested; it varies less than the share that was accepted. " +
    "None for a rule that accepts with another probability.",
  interval: "mean",
  judged: "cost",
  format: { decimals: 3 },
  tables: { prediction: 30 },
  of: (cell) => {
    if (alphaOf(cell) === undefined) return undefined;
    return within01(cell.mean(cell.proposed.overlap, cell.proposed.tested));
  },
};

/** An estimate of what lies in [0, 1], whose interval needs to go no further. */
function within01(estimate: Estimate): Estimate {
  const { interval } = estimate;
  if (interval === undefined) return estimate;
  const { low, high } = interval;
  return { ...estimate, interval: { low: Math.max(0, low), high: Math.min(1, high) } };
}

/** Predicted tokens per target pass. */
export const theoryTokensPerTargetCall: CellMeasure = ofSpeculation({
  name: "theory_tokens_per_target_call",
  title: "tokens, theory",
  unit: "tokens per target pass",
  glossary: "1 + α + … + α^`draft_k`, for texts that never end. None where proposals have other " +
    "lengths than `draft_k`: where a draft stops for want of `confidence`, or looks up what it can.",
  format: { decimals: 2 },
  tables: { prediction: 40 },
}, ofConstantLength(tokensPerPass));

/** The same with the proposals as long as they were. */
export const theoryTokensPerTargetCallAtLengths: CellMeasure = ofSpeculation({
  name: "theory_tokens_per_target_call_at_lengths",
  title: "tokens, at lengths",
  unit: "tokens per target pass",
  glossary:
    "the same with the proposals as long as they were: shorter where a text or a draft ends.",
  format: { decimals: 2 },
  tables: { prediction: 20 },
}, (cell) => {
  const accepted = shareOfSome(expectedAccepted(cell), cell.total("rounds"));
  return accepted === undefined ? undefined : 1 + accepted;
});

/** Predicted share of the proposed tokens that are accepted. */
export const theoryAcceptedShare: CellMeasure = ofSpeculation({
  name: "theory_accepted_share",
  title: "accepted / proposed, theory",
  unit: "share",
  glossary:
    "(α + … + α^`draft_k`) / `draft_k`. It is not α, since a refusal discards the rest. None " +
    "where proposals have other lengths than `draft_k`.",
  format: "percent",
  tables: { prediction: 90 },
}, ofConstantLength(predictedAcceptedShare));

/** The same with the proposals as long as they were. */
export const theoryAcceptedShareAtLengths: CellMeasure = ofSpeculation({
  name: "theory_accepted_share_at_lengths",
  title: "accepted / proposed, at lengths",
  unit: "share",
  glossary: "the same with the proposals as long as they were.",
  format: "percent",
  tables: { prediction: 100 },
}, (cell) => shareOfSome(expectedAccepted(cell), sum(cell.proposals.proposedAt)));

/** ĉ. */
export const draftOperations: CellMeasure = ofSpeculation({
  name: "draft_operations",
  title: "ĉ",
  unit: "ratio",
  glossary: "operations of a row of the draft, in those of a row of the target; 0 for a draft " +
    "that multiplies nothing.",
  format: { decimals: 2 },
  tables: { prediction: 70 },
}, (_, { draftOperations }) => draftOperations);

/** Predicted operations. */
export const theoryOperations: CellMeasure = ofSpeculation({
  name: "theory_operations",
  title: "operations, theory",
  unit: "ratio",
  glossary:
    "(`draft_k` ĉ + `draft_k` + 1) over the predicted tokens per target pass, where there is " +
    "that prediction; prompts are not counted.",
  format: { decimals: 2 },
  tables: { prediction: 60 },
}, ofConstantLength(operationsFactor));

/** Operations, in those of decoding token by token. */
export const operations: CellMeasure = {
  name: "operations",
  title: "operations",
  unit: "ratio",
  glossary: "multiplications with weights, in those of decoding the same texts token by token, a " +
    "draft's row at ĉ of a target's: 1 at least, since refused tokens were computed, too.",
  format: { decimals: 2 },
  interval: "mean",
  tables: { prediction: 50 },
  of(cell) {
    const { speculative, plain } = cell.operations;
    return plain.some((rows) => rows > 0) ? cell.mean(speculative, plain) : undefined;
  },
};

/** How dear verifying may be. */
export const breakEven: CellMeasure = {
  name: "break_even",
  title: "break-even",
  unit: "ratio",
  glossary:
    "how long a pass of the target over a proposal may take, in its passes over one token, for " +
    "speculation to be no slower than token by token: tokens chosen less ĉ for each token proposed, " +
    "over target passes. It is where the speed-up of theory (Leviathan et al., 2023, theorem 3.8) " +
    "is 1, with tokens and proposals as they were, and with a draft whose passes take ĉ of the " +
    "target's.",
  interval: "mean",
  format: { decimals: 2 },
  tables: { prediction: 45 },
  of(cell) {
    const { speculation, choices, targetCalls, proposed } = cell;
    if (speculation === undefined || cell.total("targetCalls") === 0) return undefined;
    const { draftOperations } = speculation;
    return cell.mean(
      choices.map((count, i) => count - draftOperations * (proposed.proposed[i] as number)),
      targetCalls,
    );
  },
};

/** Total variation between the first tokens and their exact distribution. */
export const firstTokenDistanceMeasure: CellMeasure = ofSpeculation({
  name: "first_token_distance",
  title: "distance",
  unit: "share",
  glossary:
    "total variation between the first tokens drawn and the target's exact distribution of " +
    "them; the mean over prompts.",
  format: { decimals: 4 },
  tables: { "first token": 10 },
}, (_, { firstToken }) => firstToken?.distance);

/** The distance that chance alone would give. */
export const firstTokenDistanceByChance: CellMeasure = ofSpeculation({
  name: "first_token_distance_by_chance",
  title: "by chance",
  unit: "share",
  glossary: "about the mean distance of as many tokens drawn from just that distribution.",
  format: { decimals: 4 },
  tables: { "first token": 20 },
}, (_, { firstToken }) => firstToken?.byChance);

/** A measure that only cells have that speculate. */
function ofSpeculation(
  facts: Omit<MeasureFacts, "interval">,
  value: (
    cell: CellSamples,
    context: SpeculationContext,
  ) => number | undefined,
): CellMeasure {
  const of = (cell: CellSamples): Estimate | undefined => {
    const measured = cell.speculation && value(cell, cell.speculation);
    return measured === undefined ? undefined : { value: measured };
  };
  return { ...facts, interval: "none", of };
}

/** A prediction from α and γ where proposals have a constant length. */
function ofConstantLength(
  predicted: (alpha: number, gamma: number, operations: number) => number,
): (cell: CellSamples, context: SpeculationContext) => number | undefined {
  return (cell, { draftK, draftOperations, predictions }) => {
    const alpha = alphaOf(cell);
    if (alpha === undefined || predictions !== "all") return undefined;
    return predicted(alpha, draftK, draftOperations);
  };
}

/** The mean of β over the tokens tested, where any was, and β is the probability to be accepted. */
function alphaOf(cell: CellSamples): number | undefined {
  const { overlap, tested } = cell.proposed;
  return overlap.length === 0 ? undefined : shareOfSome(total(overlap), total(tested));
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** How many of the proposals would be accepted if each were with probability α. */
function expectedAccepted(cell: CellSamples): number | undefined {
  const alpha = alphaOf(cell);
  if (alpha === undefined) return undefined;
  return sum(cell.proposals.proposedAt.map((count, position) => count * alpha ** (position + 1)));
}

/** Part of a whole, where both are known and the whole is something. */
function shareOfSome(part: number | undefined, whole: number): number | undefined {
  return part === undefined || whole === 0 ? undefined : part / whole;
}

/** ĉ of a draft model: operations of a row, in those of a row of the target. */
export function draftOperationsOf(target: TransformerSpec, draft: TransformerSpec): number {
  return operationsPerToken(draft) / operationsPerToken(target);
}

/**
 * Compares the first tokens of `samples` with `exact`, which gives their distribution `[V]` by prompt and
 * is asked once for each. Prompts after which there was no room for a token are left out; `undefined`
 * where that is all of them.
 */
export function firstTokenDistance(
  samples: Samples,
  exact: Pick<ReadonlyMap<string, Float64Array>, "get">,
  stops: readonly Token[],
): FirstTokenDistance | undefined {
  const drawn = new Map<string, Map<Token, number>>();
  for (const { prompt, result: { tokens, stop } } of samples) {
    // Samples do not say which of the stops ended them: together they are the first one.
    const first = tokens[0] ?? (stop === "eos" ? stops[0] : undefined);
    if (first === undefined) continue;
    const counts = drawn.get(prompt) ?? new Map<Token, number>();
    counts.set(first, (counts.get(first) ?? 0) + 1);
    drawn.set(prompt, counts);
  }
  const distances = [...drawn].flatMap(([prompt, counts]) => {
    const probabilities = exact.get(prompt);
    return probabilities ? [distanceOf(counts, withOneStop(probabilities, stops))] : [];
  });
  if (distances.length === 0) return undefined;
  return {
    distance: sum(distances.map(({ distance }) => distance)) / distances.length,
    byChance: sum(distances.map(({ byChance }) => byChance)) / distances.length,
  };
}

/** `probabilities` with those of all `stops` at the first of them. */
function withOneStop(probabilities: Float64Array, stops: readonly Token[]): Float64Array {
  const [first, ...others] = stops;
  if (first === undefined || others.length === 0) return probabilities;
  const whole = probabilities.slice();
  for (const other of others) {
    whole[first] = (whole[first] ?? 0) + (whole[other] ?? 0);
    whole[other] = 0;
  }
  return whole;
}

function distanceOf(
  counts: ReadonlyMap<Token, number>,
  probabilities: Float64Array,
): FirstTokenDistance {
  const n = sum([...counts.values()]);
  let distance = 0;
  let byChance = 0;
  for (let token = 0; token < probabilities.length; token++) {
    const p = probabilities[token] as number;
    distance += Math.abs((counts.get(token) ?? 0) / n - p) / 2;
    // The mean absolute deviation of a binomial share: that of the normal distribution, and for rare
    // tokens, where that is too much, 2p(1 − p) at most.
    byChance += Math.min(Math.sqrt(2 * p * (1 - p) / (Math.PI * n)), 2 * p * (1 - p)) / 2;
  }
  return { distance, byChance };
}

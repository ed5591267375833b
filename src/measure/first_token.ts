import type { Token } from "../model/language_model.ts";
import { type Sample, sum } from "./sample.ts";

/** How far what a cell began with is from the target's exact distribution. */
export interface FirstTokenDistance {
  /**
   * Total variation, ½ Σ |share − probability|, between the first tokens drawn and the distribution
   * they should have: 0 alike, 1 nothing in common. The mean over prompts.
   */
  readonly distance: number;
  /** What it would be on average, about, if as many had been drawn from exactly that distribution. */
  readonly byChance: number;
}

/**
 * Measures `samples` against `exact`, the distribution of the first token, `[V]`, by prompt. Prompts
 * after which there was no room for a token are left out; nothing is left where that is all of them.
 */
export function firstTokenDistance(
  samples: readonly Sample[],
  exact: ReadonlyMap<string, Float64Array>,
  eos: Token,
): FirstTokenDistance | undefined {
  const distances: FirstTokenDistance[] = [];
  for (const [prompt, own] of Map.groupBy(samples, (sample) => sample.prompt)) {
    const probabilities = exact.get(prompt);
    const first = own.flatMap(({ result: { tokens, stop } }) =>
      tokens[0] ?? (stop === "eos" ? eos : [])
    );
    if (probabilities !== undefined && first.length > 0) {
      distances.push(distanceOf(first, probabilities));
    }
  }
  if (distances.length === 0) return undefined;
  return {
    distance: sum(distances.map(({ distance }) => distance)) / distances.length,
    byChance: sum(distances.map(({ byChance }) => byChance)) / distances.length,
  };
}

function distanceOf(drawn: readonly Token[], probabilities: Float64Array): FirstTokenDistance {
  const counts = new Float64Array(probabilities.length);
  for (const token of drawn) counts[token] = (counts[token] as number) + 1;
  const n = drawn.length;
  let distance = 0;
  let byChance = 0;
  for (let token = 0; token < counts.length; token++) {
    const p = probabilities[token] as number;
    distance += Math.abs((counts[token] as number) / n - p) / 2;
    // The mean absolute deviation of a binomial share: that of the normal distribution, and for rare
    // tokens, where that is too much, 2p(1 − p) at most.
    byChance += Math.min(Math.sqrt(2 * p * (1 - p) / (Math.PI * n)), 2 * p * (1 - p)) / 2;
  }
  return { distance, byChance };
}

/**
 * Truncation by a threshold: every token that reaches it is kept. Equal tokens stand or fall
 * together, and the most probable ones always stand.
 *
 * @module
 */
import { softmax } from "../distribution.ts";
import type { Warper } from "./warper.ts";

/**
 * Keeps the tokens of at least `minP` times the largest probability (Nguyen et al., 2024). 0 keeps
 * everything, 1 the most probable token and its equals.
 */
export function minP(minP: number): Warper {
  checkShare("minimum probability", minP);
  const logMinP = Math.log(minP);
  return {
    name: "min_p",
    apply(logits) {
      keepFrom(logits, logits, largest(logits) + logMinP);
    },
  };
}

/**
 * Keeps the tokens whose logits are within `n` standard deviations (of the logits that are left, over
 * their number) of the largest (Tang et al., 2024). Equal logits have no deviation: all are kept.
 */
export function topNSigma(n: number): Warper {
  if (!(n > 0 && n < Infinity)) {
    throw new RangeError(`Cannot keep within ${n} standard deviations: expected a number above 0`);
  }
  return {
    name: "top_n_sigma",
    apply(logits) {
      keepFrom(logits, logits, largest(logits) - n * standardDeviation(logits));
    },
  };
}

/**
 * Keeps the tokens of at least probability `epsilon`, and where none has it the most probable one and
 * its equals (epsilon sampling; Hewitt et al., 2022). 0 keeps everything.
 */
export function epsilon(epsilon: number): Warper {
  checkShare("probability", epsilon);
  return {
    name: "epsilon",
    apply(logits) {
      if (epsilon === 0) return;
      const probabilities = softmax(logits);
      keepFrom(logits, probabilities, Math.min(epsilon, largest(probabilities)));
    },
  };
}

/**
 * As {@linkcode epsilon} with the threshold min(ε, √ε·e^−H), where H is the entropy in nats: lower
 * where the model is unsure (eta sampling; Hewitt et al., 2022).
 */
export function eta(epsilon: number): Warper {
  checkShare("eta threshold", epsilon);
  return {
    name: "eta",
    apply(logits) {
      if (epsilon === 0) return;
      const probabilities = softmax(logits);
      const threshold = Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy(probabilities)));
      keepFrom(logits, probabilities, Math.min(threshold, largest(probabilities)));
    },
  };
}

function checkShare(what: string, share: number): void {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot keep from ${what} ${share}: expected a number from 0 to 1`);
  }
}

/** Forbids the tokens whose `values` `[V]` are below `threshold`. */
function keepFrom(logits: Float64Array, values: Float64Array, threshold: number): void {
  for (let i = 0; i < logits.length; i++) {
    if ((values[i] as number) < threshold) logits[i] = -Infinity;
  }
}

function largest(values: Float64Array): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if ((values[i] as number) > largest) largest = values[i] as number;
  }
  return largest;
}

/** Of the logits above −∞, over their number. */
function standardDeviation(logits: Float64Array): number {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i] === -Infinity) continue;
    count += 1;
    sum += logits[i] as number;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i] !== -Infinity) squares += ((logits[i] as number) - mean) ** 2;
  }
  return Math.sqrt(squares / count);
}

/** −Σ p log p, nats. */
function entropy(probabilities: Float64Array): number {
  let entropy = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] as number;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return entropy;
}

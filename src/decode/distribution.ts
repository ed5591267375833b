/**
 * Functions of one row of logits, `[V]`. Plain loops: each runs once or twice for every token that is
 * decoded.
 *
 * @module
 */

/** Softmax, `[V] → [V]`, shifted by the maximum; −∞ becomes exactly 0. */
export function softmax(logits: Float64Array): Float64Array {
  const probabilities = new Float64Array(logits.length);
  const maximum = largest(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const exponential = Math.exp((logits[i] as number) - maximum);
    probabilities[i] = exponential;
    sum += exponential;
  }
  for (let i = 0; i < logits.length; i++) probabilities[i] = (probabilities[i] as number) / sum;
  return probabilities;
}

/** Natural logarithm of the softmax, `[V] → [V]`, without the rounding of small probabilities. */
export function logSoftmax(logits: Float64Array): Float64Array {
  const normaliser = logSumExp(logits);
  const logProbs = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) logProbs[i] = (logits[i] as number) - normaliser;
  return logProbs;
}

/** The log-probability of one token, nats: one entry of {@linkcode logSoftmax}. */
export function logProbability(logits: Float64Array, token: number): number {
  return (logits[token] as number) - logSumExp(logits);
}

/** The index of the largest value; of equal ones the lowest. */
export function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}

/** All indices by descending value; of equal ones the lower first. */
export function ranked(values: Float64Array): number[] {
  return Array.from(values.keys()).sort((a, b) =>
    (values[b] as number) - (values[a] as number) || a - b
  );
}

/** ln Σ eˣ, shifted by the maximum. */
function logSumExp(logits: Float64Array): number {
  const maximum = largest(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] as number) - maximum);
  return maximum + Math.log(sum);
}

function largest(values: Float64Array): number {
  let maximum = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > maximum) maximum = value;
  }
  return maximum;
}

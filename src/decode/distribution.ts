/**
 * Functions of one row of logits, `[V]`. Plain loops: each runs once or twice for every token that is
 * decoded.
 *
 * @module
 */

/** Softmax, `[V] → [V]`, shifted by the maximum; −∞ becomes exactly 0. */
export function softmax(logits: Float64Array): Float64Array {
  const probabilities = logits.slice();
  softmaxInPlace(probabilities);
  return probabilities;
}

/** Turns logits `[V]` into probabilities. */
export function softmaxInPlace(logits: Float64Array): void {
  const maximum = largest(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const exponential = Math.exp((logits[i] as number) - maximum);
    logits[i] = exponential;
    sum += exponential;
  }
  for (let i = 0; i < logits.length; i++) logits[i] = (logits[i] as number) / sum;
}

/** Natural logarithm of the softmax, `[V] → [V]`, without the rounding of small probabilities. */
export function logSoftmax(logits: Float64Array): Float64Array {
  const maximum = largest(logits);
  const logSum = Math.log(shiftedSum(logits, maximum));
  const logProbs = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) {
    logProbs[i] = ((logits[i] as number) - maximum) - logSum;
  }
  return logProbs;
}

/** The log-probability of one token, nats: one entry of {@linkcode logSoftmax}. */
export function logProbability(logits: Float64Array, token: number): number {
  const maximum = largest(logits);
  // In this order: a logarithm near 0 would be rounded away in maximum + logSum.
  return ((logits[token] as number) - maximum) - Math.log(shiftedSum(logits, maximum));
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

/** Σ exp(x − maximum). */
function shiftedSum(logits: Float64Array, maximum: number): number {
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] as number) - maximum);
  return sum;
}

function largest(values: Float64Array): number {
  let maximum = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > maximum) maximum = value;
  }
  return maximum;
}

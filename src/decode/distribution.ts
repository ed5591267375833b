/** Softmax, `[V] → [V]`, shifted by the maximum; −∞ becomes exactly 0. */
export function softmax(logits: Float64Array): Float64Array {
  const maximum = logits.reduce((max, logit) => Math.max(max, logit), -Infinity);
  const exponentials = logits.map((logit) => Math.exp(logit - maximum));
  const sum = exponentials.reduce((total, exponential) => total + exponential, 0);
  return exponentials.map((exponential) => exponential / sum);
}

/** Natural logarithm of the softmax, `[V] → [V]`, without the rounding of small probabilities. */
export function logSoftmax(logits: Float64Array): Float64Array {
  const maximum = logits.reduce((max, logit) => Math.max(max, logit), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - maximum), 0);
  const logSum = Math.log(sum);
  return logits.map((logit) => logit - maximum - logSum);
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

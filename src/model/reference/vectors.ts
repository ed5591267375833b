/**
 * Operations on vectors that the plain forward passes share, in place and from left to right, so that
 * their bits depend on nothing else.
 *
 * @module
 */

/** Turns the scores of one query into weights that add up to 1, shifted by the largest. */
export function softmaxInPlace(scores: Float64Array): void {
  let maximum = -Infinity;
  for (const score of scores) maximum = Math.max(maximum, score);
  let sum = 0;
  for (let t = 0; t < scores.length; t++) {
    const exponential = Math.exp((scores[t] as number) - maximum);
    scores[t] = exponential;
    sum += exponential;
  }
  for (let t = 0; t < scores.length; t++) scores[t] = (scores[t] as number) / sum;
}

/** `target += addend`, `[n]` each. */
export function addTo(target: Float64Array, addend: Float32Array | Float64Array): void {
  for (let j = 0; j < target.length; j++) {
    target[j] = (target[j] as number) + (addend[j] as number);
  }
}

import { exponential } from "./exponential";
import { lanes, largestLane } from "./lanes";

/**
 * Softmax, cross-entropy and its gradient in one: `logits` `[N, ld]`, of which the first V columns
 * count, become d loss / d logits, where row i's loss, −ln max(p, 1e−10) of its `targets[i]`, is
 * weighted by `factors[i]`. Leaves each p in `probabilities`: the logarithm is the caller's.
 */
export function crossEntropy(
  logits: usize,
  targets: usize,
  factors: usize,
  rows: i32,
  v: i32,
  ld: i32,
  probabilities: usize,
): void {
  const bytes = <usize> ld << 2;
  // The columns of the last four that count: the padding is masked in one store, which the loads after
  // it can take over.
  const inside = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(4 - (ld - v)));
  for (let i = 0; i < rows; i++) {
    const last = logits + bytes - 16;
    v128.store(last, v128.bitselect(v128.load(last), f32x4.splat(-1e30), inside));
    let largest = v128.load(logits);
    for (let j: usize = 16; j < bytes; j += 16) largest = f32x4.pmax(largest, v128.load(logits + j));
    const shift = largestLane(largest);
    let sums = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) {
      const e = exponential(f32x4.sub(v128.load(logits + j), shift));
      v128.store(logits + j, e);
      sums = f32x4.add(sums, e);
    }
    const inverse = <f32> 1 / lanes(sums);
    const target = logits + (<usize> i32.load(targets + (<usize> i << 2)) << 2);
    const probability = f32.load(target) * inverse;
    let factor = f32.load(factors + (<usize> i << 2));
    f32.store(probabilities + (<usize> i << 2), probability);
    // Where the probability is clamped, the gradient flows through the clamp: 1 / 1e−10 for 1 / p.
    if (probability < <f32> 1e-10) factor *= probability * <f32> 1e10;
    const scale = f32x4.splat(factor * inverse);
    for (let j: usize = 0; j < bytes; j += 16) {
      v128.store(logits + j, f32x4.mul(v128.load(logits + j), scale));
    }
    f32.store(target, f32.load(target) - factor);
    logits += bytes;
  }
}

import { madd } from "./madd";

/**
 * One update by Adam of `count` parameters, a multiple of 4. `rate` is the learning rate over the
 * first moment's correction, `inverse` one over the second's.
 */
export function adam(
  parameters: usize,
  gradient: usize,
  first: usize,
  second: usize,
  count: i32,
  rate: f32,
  inverse: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
): void {
  const b1 = f32x4.splat(beta1), c1 = f32x4.splat(<f32> 1 - beta1);
  const b2 = f32x4.splat(beta2), c2 = f32x4.splat(<f32> 1 - beta2);
  const e = f32x4.splat(epsilon), r = f32x4.splat(rate), s = f32x4.splat(inverse);
  for (let i: usize = 0, end = <usize> count << 2; i < end; i += 16) {
    const g = v128.load(gradient + i);
    const m = madd(f32x4.mul(b1, v128.load(first + i)), c1, g);
    const v = madd(f32x4.mul(b2, v128.load(second + i)), c2, f32x4.mul(g, g));
    v128.store(first + i, m);
    v128.store(second + i, v);
    const step = f32x4.div(f32x4.mul(r, m), f32x4.add(f32x4.sqrt(f32x4.mul(v, s)), e));
    v128.store(parameters + i, f32x4.sub(v128.load(parameters + i), step));
  }
}

/** The learning rate of `step` (from 0) when it falls linearly from `initial` to 0 over `steps`. */
export function linearDecay(initial: number, step: number, steps: number): number {
  return initial * (1 - step / steps);
}

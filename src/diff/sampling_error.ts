import { type Measured, numberIn } from "./measured.ts";

/**
 * Whether a metric changed by more than chance explains: |Δ| > √(h_old² + h_new²), where h is the
 * half-width of a value's 95 % interval on the side that faces the other value; `undefined` where one
 * of them has no interval.
 *
 * That is the square-and-add method for a difference of two independent estimates (Newcombe 1998 for
 * Wilson's intervals of shares; Donner and Zou 2010, MOVER, for any): the change is outside exactly
 * if the 95 % interval that it has by this method excludes 0. For symmetric intervals of normal
 * estimates it is the z test at 5 %. It keeps the shape of skewed intervals, which 1.96 standard
 * errors would not, and does not ask for more than 5 %, as "the intervals do not overlap" does.
 *
 * What it takes for chance is which samples were drawn and for which prompts, as the intervals do;
 * not the seed that the models were trained from. Runs with draws in common are nearer to one another
 * than independent ones, and "within" says less about them. Of many metrics that did not change, one
 * in twenty is outside.
 */
export function isOutsideSamplingError(old: Measured, current: Measured): boolean | undefined {
  const [from, to] = [numberIn(old.text), numberIn(current.text)];
  if (from === undefined || to === undefined) return undefined;
  const rises = to > from;
  const facing = [
    numberIn(rises ? old.ends.high : old.ends.low),
    numberIn(rises ? current.ends.low : current.ends.high),
  ] as const;
  if (facing[0] === undefined || facing[1] === undefined) return undefined;
  // A percentile interval of a skewed statistic may lie beside its value.
  const halfOld = Math.max(0, rises ? facing[0] - from : from - facing[0]);
  const halfNew = Math.max(0, rises ? to - facing[1] : facing[1] - to);
  return Math.abs(to - from) > Math.hypot(halfOld, halfNew);
}

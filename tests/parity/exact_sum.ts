/** The exact sum of `values`, rounded once, as CPython's `math.fsum`; for multiples of 2⁻¹²⁰. */
export function exactSum(values: Iterable<number>): number {
  let scaled = 0n;
  for (const value of values) scaled += BigInt(value * 2 ** 120);
  return Number(scaled) * 2 ** -120;
}

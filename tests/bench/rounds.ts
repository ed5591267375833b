/** The results of several rounds of one measurement. */
export interface Summary {
  /** The middle one; of an even number the mean of the two in the middle. */
  readonly median: number;
  /** The least. */
  readonly min: number;
  /** The most. */
  readonly max: number;
  /** All, in the order of the rounds. */
  readonly rounds: readonly number[];
}

/** Median, least and most of `rounds`; throws a `RangeError` if there are none. */
export function summarize(rounds: readonly number[]): Summary {
  if (rounds.length === 0) throw new RangeError("Cannot summarize: there are no rounds");
  const sorted = rounds.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] as number;
  const upper = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(upper) : (at(upper - 1) + at(upper)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1), rounds };
}

/** How much was done, and how long that took. */
export interface Measurement {
  /** Documents trained on, or tokens chosen. */
  readonly units: number;
  /** Wall-clock time. */
  readonly seconds: number;
}

/** Repeats `once`, which says how much it did, until `seconds` have passed. */
export function measureFor(once: () => number, seconds: number): Measurement {
  const began = performance.now();
  for (let units = 0;;) {
    units += once();
    const elapsed = (performance.now() - began) / 1000;
    if (elapsed >= seconds) return { units, seconds: elapsed };
  }
}

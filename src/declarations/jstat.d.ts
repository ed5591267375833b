// Types for the part of jstat that is used: it ships none.

/** Distributions, by their names. */
declare const jstat: {
  /** The χ² distribution. */
  readonly chisquare: {
    /** P(X ≤ x) of the χ² distribution with so many degrees of freedom. */
    cdf(x: number, degreesOfFreedom: number): number;
  };
  /** Student's t distribution. */
  readonly studentt: {
    /** The x with P(X ≤ x) = p of Student's t distribution with so many degrees of freedom. */
    inv(p: number, degreesOfFreedom: number): number;
  };
};
export default jstat;

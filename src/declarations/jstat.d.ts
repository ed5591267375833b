// Types for the part of jstat that is used: it ships none.

/** Distributions, by their names, and special functions. */
declare const jstat: {
  /** The χ² distribution. */
  readonly chisquare: {
    /** P(X ≤ x) of the χ² distribution with so many degrees of freedom. */
    cdf(x: number, degreesOfFreedom: number): number;
    /** The x with P(X ≤ x) = p of the χ² distribution with so many degrees of freedom. */
    inv(p: number, degreesOfFreedom: number): number;
  };
  /** Student's t distribution. */
  readonly studentt: {
    /** The x with P(X ≤ x) = p of Student's t distribution with so many degrees of freedom. */
    inv(p: number, degreesOfFreedom: number): number;
  };
  /** The beta distribution. */
  readonly beta: {
    /** The x with P(X ≤ x) = p of the beta distribution with these shapes. */
    inv(p: number, a: number, b: number): number;
  };
  /** The regularized incomplete beta function Iₓ(a, b). */
  ibeta(x: number, a: number, b: number): number;
};
export default jstat;

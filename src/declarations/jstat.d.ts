declare const jstat: {
  readonly chisquare: {
    /** P(X ≤ x) of the χ² distribution with so many degrees of freedom. */
    cdf(x: number, degreesOfFreedom: number): number;
  };
  readonly studentt: {
    /** The x with P(X ≤ x) = p of Student's t distribution with so many degrees of freedom. */
    inv(p: number, degreesOfFreedom: number): number;
  };
};
export default jstat;

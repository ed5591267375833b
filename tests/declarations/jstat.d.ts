declare const jstat: {
  readonly chisquare: {
    /** P(X ≤ x) of the χ² distribution with so many degrees of freedom. */
    cdf(x: number, degreesOfFreedom: number): number;
  };
};
export default jstat;

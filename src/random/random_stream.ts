/** A source of uniform numbers. */
export interface RandomSource {
  /** The next uniform number in [0, 1). */
  next(): number;
}

/** A source that can be split into independent streams by name. */
export interface RandomStream extends RandomSource {
  /**
   * The stream at `path` below this one.
   *
   * It depends on this stream's own path and on `path` only, never on the numbers drawn so far, and
   * `child("a", "b")` is `child("a").child("b")`.
   */
  child(...path: (string | number)[]): RandomStream;
}

// Types for the part of random-js that is used: they lie beside the other build of it.

/** The generator of CPython's `random`: 624 words of state, 32 bits a step (Matsumoto and Nishimura, 1998). */
export declare class MersenneTwister19937 {
  /** A generator that starts from the words of `source`, as `init_by_array` of its authors. */
  static seedWithArray(source: ArrayLike<number>): MersenneTwister19937;
  /** The next 32 bits, as a signed integer. */
  next(): number;
}

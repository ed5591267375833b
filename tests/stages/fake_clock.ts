import type { Work } from "../../src/stages/interleaved_rounds.ts";

/** A clock that stands still until something is said to take time. */
export class FakeClock {
  #seconds = 1000;

  /** The seconds that have passed. */
  readonly now = (): number => this.#seconds;

  /** Lets `seconds` pass. */
  take(seconds: number): void {
    this.#seconds += seconds;
  }

  /** Work that takes as long as `cost` says when it is done for the n-th time, from 0. */
  work(cost: (n: number) => number): Work {
    let n = 0;
    return () => {
      this.take(cost(n++));
      return 1;
    };
  }
}

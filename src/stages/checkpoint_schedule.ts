/** Milliseconds between two saves, at the least. */
const LEAST = 5000;
/** The share of the time that saving may take. */
const SHARE = 0.02;

/**
 * When a long computation keeps what it has done: first after five seconds, then as soon as saving,
 * going by what the last one took, costs at most a fiftieth of the time. In milliseconds of any clock.
 */
export class SaveTimes {
  #next: number;

  /** For a computation that begins at `now`. */
  constructor(now: number) {
    this.#next = now + LEAST;
  }

  /** Whether it is time. */
  isDue(now: number): boolean {
    return now >= this.#next;
  }

  /** Notes a save that took from `began` to `ended`. */
  saved(began: number, ended: number): void {
    this.#next = ended + Math.max(LEAST, (ended - began) * (1 / SHARE - 1));
  }
}

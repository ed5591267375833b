/** How far a stage is and how fast it goes, in words. */
export class Pace {
  /** What is going on: `training target`. */
  readonly stage: string;
  readonly #total: number;
  readonly #unit: string;
  readonly #before: number;
  readonly #began: number;
  readonly #now: () => number;
  #done: number;

  /**
   * Of `stage`, which has `total` `unit`s of which `before` were done already; `now` is a clock,
   * milliseconds.
   */
  constructor(
    stage: string,
    { total, unit, before, now }: {
      total: number;
      unit: string;
      before: number;
      now: () => number;
    },
  ) {
    this.stage = stage;
    this.#total = total;
    this.#unit = unit;
    this.#before = before;
    this.#now = now;
    this.#began = now();
    this.#done = before;
  }

  /** So many are done. */
  advance(done: number): void {
    this.#done = done;
  }

  /** What is done, as a share of all. */
  get share(): number {
    return this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
  }

  /** `300 of 700 steps`. */
  get count(): string {
    return `${this.#done} of ${this.#total} ${this.#unit}`;
  }

  /** Time since it began. */
  get elapsed(): string {
    const seconds = this.#seconds();
    return seconds < 60 ? `${seconds.toFixed(1)} s` : durationText(seconds);
  }

  /** `45/s, 9 s left`; nothing where none is done yet. */
  get outlook(): string {
    const perSecond = (this.#done - this.#before) / this.#seconds();
    if (!(perSecond > 0) || !Number.isFinite(perSecond)) return "";
    const left = Math.max(0, this.#total - this.#done) / perSecond;
    return `${rateText(perSecond)}/s, ${durationText(Math.ceil(left))} left`;
  }

  #seconds(): number {
    return (this.#now() - this.#began) / 1000;
  }
}

/** `0.034`, `4.5` or `123`: two digits, or all of those before the point. */
function rateText(perSecond: number): string {
  return perSecond >= 10 ? perSecond.toFixed(0) : String(Number(perSecond.toPrecision(2)));
}

/** `9 s`, `2 min 5 s` or `1 h 3 min`. */
function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

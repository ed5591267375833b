/** Told how far a run is; whoever starts a run decides how to show it. */
export interface Progress {
  /**
   * A phase of `total` `unit`s begins, such as `training target` of 700 `steps`; `done` of them
   * (default: none) were done by earlier runs and say nothing about its speed.
   */
  begin(phase: string, total: number, unit: string, done?: number): void;
  /** That many of the current phase's units are done, `before` of them by earlier runs. */
  advance(done: number, before: number): void;
  /** The current phase has ended. */
  end(): void;
}

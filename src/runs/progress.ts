/** Told how far a run is; whoever runs a pipeline decides how to show it. */
export interface Progress {
  /**
   * A stage of `total` `unit`s begins, such as `training target` of 700 `steps`, of which `done`
   * (default: none) were done before: they say nothing of how fast it goes.
   */
  begin(stage: string, total: number, unit: string, done?: number): void;
  /** So many of the current stage's units are done. */
  advance(done: number): void;
  /** The current stage is over. */
  end(): void;
}

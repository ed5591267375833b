/** Told how far a run is; whoever runs a pipeline decides how to show it. */
export interface Progress {
  /** A stage of `total` steps begins, such as `training target`. */
  begin(stage: string, total: number): void;
  /** So many of the current stage's steps are done. */
  advance(done: number): void;
  /** The current stage is over. */
  end(): void;
}

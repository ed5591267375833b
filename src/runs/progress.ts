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

/** A phase as it is shown: what it began with, how far it is, and whether it has ended. */
interface Phase {
  readonly began: Parameters<Progress["begin"]>;
  at: Parameters<Progress["advance"]> | undefined;
  hasEnded: boolean;
}

/**
 * Shows one phase on `progress` after that which it runs beside, and which is shown until `earlier`
 * settles: then from there on, or all of it at once where it has ended by then.
 */
export function laterProgress(progress: Progress, earlier: Promise<void>): Progress {
  let phase: Phase | undefined;
  let isShown = false;
  const show = (): void => {
    isShown = true;
    if (phase === undefined) return;
    progress.begin(...phase.began);
    if (phase.at !== undefined) progress.advance(...phase.at);
    if (phase.hasEnded) progress.end();
  };
  earlier.then(show, () => {});
  return {
    begin(...began) {
      if (isShown) return progress.begin(...began);
      phase = { began, at: undefined, hasEnded: false };
    },
    advance(...at) {
      if (isShown) progress.advance(...at);
      else if (phase !== undefined) phase.at = at;
    },
    end() {
      if (isShown) progress.end();
      else if (phase !== undefined) phase.hasEnded = true;
    },
  };
}

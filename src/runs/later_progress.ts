import type { Progress } from "./run_phases.ts";

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

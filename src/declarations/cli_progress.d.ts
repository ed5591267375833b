// Types for the part of cli-progress that is used: its own would bring all of Node's.

/** Options of {@linkcode SingleBar}. */
export interface BarOptions {
  /** The text of the line; `maxWidth` is the terminal's. */
  format: (options: BarOptions, params: { readonly maxWidth: number }) => string;
  /** Whether the cursor is hidden while the bar is shown. */
  hideCursor: boolean;
  /** Whether a line that is too long wraps. */
  linewrap: boolean;
  /** Whether the bar disappears once it is full. */
  clearOnComplete: boolean;
  /** Redraws per second, at most. */
  fps: number;
}
/** One progress bar on stderr. */
export declare class SingleBar {
  /** A bar that is not shown yet. */
  constructor(options: BarOptions);
  /** Shows the bar at `startValue` of `total`. */
  start(total: number, startValue: number): void;
  /** Moves the bar to `current`. */
  update(current: number): void;
  /** Ends the bar and restores the terminal. */
  stop(): void;
}

// Types for the part of cli-progress that is used: its own would bring all of Node's.

/** Options of {@linkcode SingleBar}. */
export interface BarOptions {
  /** The text of the line; `maxWidth` is the terminal's. */
  format: (options: BarOptions, params: { readonly maxWidth: number }) => string;
  hideCursor: boolean;
  linewrap: boolean;
  clearOnComplete: boolean;
  fps: number;
}
/** One progress bar on stderr. */
export declare class SingleBar {
  constructor(options: BarOptions);
  start(total: number, startValue: number): void;
  update(current: number): void;
  stop(): void;
}

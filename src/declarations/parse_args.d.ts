// Types for the part of @std/cli/parse-args that is used: the npm build ships none.

/** Options of {@linkcode parseArgs}. */
export interface ParseOptions {
  /** Flags that are there or not. */
  boolean: readonly string[];
  /** Flags with a value that stays text; `_` for what is not a flag. */
  string: readonly string[];
  /** Flags whose values are all kept, in order. */
  collect: readonly string[];
}
/** The result of {@linkcode parseArgs}: each flag by its name, everything else in `_`. */
export interface ParsedArgs {
  /** Everything that is not a flag, in order. */
  readonly _: readonly string[];
  /** The values of a flag, by its name. */
  readonly [flag: string]: readonly (string | boolean)[];
}
/** Parses a command line. */
export declare function parseArgs(args: readonly string[], options: ParseOptions): ParsedArgs;

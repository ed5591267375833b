// Types for the part of @std/cli/parse-args that is used: the npm build ships none.

/** What a command accepts. */
export interface ParseOptions {
  string?: readonly string[];
  boolean?: readonly string[];
  collect?: readonly string[];
  alias?: Readonly<Record<string, string>>;
  stopEarly?: boolean;
  /** Called for each argument not declared; return `false` to drop it. */
  unknown?: (argument: string, key?: string, value?: unknown) => unknown;
}
/** Parsed flags by name, with the positional arguments under `_`. */
export interface ParsedArguments {
  readonly _: readonly (string | number)[];
  readonly [flag: string]: unknown;
}
export declare function parseArgs(args: readonly string[], options?: ParseOptions): ParsedArguments;

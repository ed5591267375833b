// @ts-types="../declarations/parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { expectedOneOf } from "../config/nearest.ts";
import { UsageError } from "./command.ts";

/** The flags of a command by their kind. */
export interface FlagSpec {
  /** Flags that are there or not. */
  readonly switches: readonly string[];
  /** Flags with one value. */
  readonly values: readonly string[];
  /** Flags with a value that may be given again and again. */
  readonly lists: readonly string[];
}

/** A parsed command line. */
export interface Arguments {
  /** What is not a flag, in order. */
  readonly positional: readonly string[];
  /** Whether a switch was given. */
  has(flag: string): boolean;
  /** The value of a flag, if it was given. */
  value(flag: string): string | undefined;
  /** The values of a list flag. */
  list(flag: string): readonly string[];
}

/** Parses `args`; throws a {@linkcode UsageError} for a flag that `spec` does not name. */
export function parseArguments(args: readonly string[], spec: FlagSpec): Arguments {
  const known = [...spec.switches, ...spec.values, ...spec.lists].map((flag) => `--${flag}`);
  const parsed = parseArgs(args, {
    boolean: spec.switches,
    string: ["_", ...spec.values, ...spec.lists],
    collect: [...spec.values, ...spec.lists],
    unknown: (argument) => {
      if (!argument.startsWith("-")) return true;
      const flag = argument.replace(/=.*/s, "");
      throw new UsageError(`unknown flag: ${expectedOneOf(flag, [...known, "--help"])}`);
    },
  });
  for (const flag of [...spec.values, ...spec.lists]) {
    const given = [parsed[flag]].flat();
    if (given.some((value) => value === "")) {
      throw new UsageError(`expected a value after --${flag}, found nothing`);
    }
  }
  return {
    positional: parsed._.map(String),
    has: (flag) => parsed[flag] === true,
    value: (flag) => {
      const values = valuesOf(parsed[flag]);
      if (values.length > 1) throw new UsageError(`expected --${flag} once, found it again`);
      return values[0];
    },
    list: (flag) => valuesOf(parsed[flag]),
  };
}

function valuesOf(flag: unknown): string[] {
  return Array.isArray(flag) ? flag.map(String) : [];
}

import { parseArgs } from "node:util";
import { expectedOneOf, shown } from "../text/suggestions.ts";
import { UsageError } from "./command.ts";

/** The flags of a command by their kind. */
export interface FlagSpec {
  /** Flags that are there or not. */
  readonly switches: readonly string[];
  /** Flags with one value. */
  readonly values: readonly string[];
  /** Flags with a value, be it an empty one, that may be given again and again. */
  readonly lists: readonly string[];
  /** Flags that may be written as one letter, by that letter. */
  readonly letters?: Readonly<Record<string, string>>;
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

/** A flag as it was written. */
interface Option {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/**
 * Parses `args`: `--flag`, `--flag value`, `--flag=value`, `-f value`, and after `--` no more flags.
 * Throws a {@linkcode UsageError} for a flag that `spec` does not name, for one without its value, and
 * for a value where there is none.
 */
export function parseArguments(args: readonly string[], spec: FlagSpec): Arguments {
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options: optionsOf(spec),
    // What is wrong is said here, in the words of every other message.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const values = given.get(token.name) ?? [];
    given.set(token.name, [...values, valueOf(token, spec)]);
  }
  return {
    positional: positionals,
    has: (flag) => given.has(flag),
    value: (flag) => {
      const values = given.get(flag) ?? [];
      if (values.length > 1) throw new UsageError(`expected --${flag} once, found it again`);
      return values[0];
    },
    list: (flag) => given.get(flag) ?? [],
  };
}

function optionsOf({ switches, values, lists, letters = {} }: FlagSpec) {
  const letterOf = new Map(Object.entries(letters).map(([letter, flag]) => [flag, letter]));
  const option = (flag: string, type: "boolean" | "string") => {
    const short = letterOf.get(flag);
    return [flag, { type, ...(short === undefined ? {} : { short }) }] as const;
  };
  return Object.fromEntries([
    ...switches.map((flag) => option(flag, "boolean")),
    ...[...values, ...lists].map((flag) => option(flag, "string")),
  ]);
}

/** The value of a flag as it was written; of a switch, nothing. */
function valueOf({ name, rawName, value, inlineValue = false }: Option, spec: FlagSpec): string {
  const { switches, values, lists, letters = {} } = spec;
  if (switches.includes(name)) {
    if (value === undefined) return "";
    throw new UsageError(`expected ${rawName} without a value, found ${shown(value)}`);
  }
  if (![...values, ...lists].includes(name)) {
    const flags = [...switches, ...values, ...lists].map((flag) => `--${flag}`);
    const known = [...flags, ...Object.keys(letters).map((letter) => `-${letter}`), "--help"];
    throw new UsageError(`unknown flag: ${expectedOneOf(rawName, known)}`);
  }
  if (value === undefined || value === "" && values.includes(name)) {
    throw new UsageError(`expected a value after ${rawName}, found nothing`);
  }
  if (!inlineValue && /^-\D/.test(value)) {
    const meant = rawName.startsWith("--") ? `${rawName}=${value}` : `${rawName}${value}`;
    throw new UsageError(
      `expected a value after ${rawName}, found ${shown(value)}; if it is one, write ${meant}`,
    );
  }
  // Of -n=20 the parser leaves "=20".
  return inlineValue && !rawName.startsWith("--") ? value.replace(/^=/, "") : value;
}

/** The whole number that `given` says; throws a {@linkcode UsageError} for what is none in that range. */
export function wholeNumber(
  flag: string,
  given: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = /^-?\d{1,16}$/.test(given) ? Number(given) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(
    `expected a whole number of ${least} to ${most} after --${flag}, found ${shown(given)}`,
  );
}

/**
 * The typed layer over `parseArgs` of `@std/cli`: what that would let through silently is refused
 * with a message.
 *
 * @module
 */
// @ts-types="../declarations/parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { expectedOneOf, shown, suggestion } from "../text/suggestions.ts";
import { UsageError } from "./command.ts";

/** The flags of a command by their kind. */
export interface FlagSpec<Flag extends string = string> {
  /** Flags without a value. */
  readonly switches: readonly Flag[];
  /** Flags with one value. */
  readonly values: readonly Flag[];
  /** Flags that may be repeated, each time with a value, which may be empty. */
  readonly lists: readonly Flag[];
  /** Those of them whose values are flags of another program. */
  readonly foreign?: readonly Flag[];
  /** One-letter names of flags, by letter. */
  readonly letters?: Readonly<Record<string, Flag>>;
}

/** A parsed command line; only flags of its {@linkcode FlagSpec} can be asked for. */
export interface Arguments<Flag extends string = string> {
  /** The arguments that are not flags, in order. */
  readonly positional: readonly string[];
  /** Whether a switch was given. */
  has(flag: Flag): boolean;
  /** The value of a flag, if it was given; throws a {@linkcode UsageError} if it was repeated. */
  value(flag: Flag): string | undefined;
  /** The values of a repeatable flag, in order. */
  list(flag: Flag): readonly string[];
  /** The values of some repeatable flags, each with its flag, in the order of the command line. */
  inOrder<Some extends Flag>(...flags: readonly Some[]): readonly GivenFlag<Some>[];
}

/** A flag with the value that it was given once. */
export interface GivenFlag<Flag extends string = string> {
  /** The flag's name. */
  readonly flag: Flag;
  /** Its value. */
  readonly value: string;
}

/**
 * Parses `args`: `--flag`, `--flag value`, `--flag=value`, `-f value`, and after `--` no more flags.
 * Throws a {@linkcode UsageError} for a flag that `spec` does not have, for a flag without its value,
 * and for a switch with one.
 */
export function parseArguments<const Flag extends string>(
  args: readonly string[],
  spec: FlagSpec<Flag>,
): Arguments<Flag> {
  const { switches, values, lists } = spec;
  const withValue = [...values, ...lists];
  const written = unambiguous(args, spec);
  const parsed = parseArgs(written, {
    boolean: switches.map(keyOf),
    string: [...withValue.map(keyOf), "_"],
    collect: [...switches, ...withValue].map(keyOf),
  });
  const given = (flag: Flag): readonly string[] => (parsed[keyOf(flag)] ?? []).map(String);
  return {
    positional: parsed._,
    has: (flag) => given(flag).length > 0,
    value: (flag) => {
      const [value, ...more] = given(flag);
      if (more.length > 0) throw new UsageError(`expected --${flag} once, found it again`);
      return value;
    },
    list: given,
    inOrder: (...flags) => {
      const end = written.indexOf("--");
      return (end < 0 ? written : written.slice(0, end)).flatMap((arg) =>
        flags.filter((flag) => arg.startsWith(`--${keyOf(flag)}=`))
          .map((flag) => ({ flag, value: arg.slice(keyOf(flag).length + 3) }))
      );
    },
  };
}

/** Parses `args` as {@linkcode parseArguments} does, for a command that takes flags only. */
export function parseFlags<const Flag extends string>(
  args: readonly string[],
  spec: FlagSpec<Flag>,
): Arguments<Flag> {
  const parsed = parseArguments(args, spec);
  const [first] = parsed.positional;
  if (first === undefined) return parsed;
  const nearest = suggestion(first, flagNames(spec));
  throw new UsageError(`expected flags only, found ${shown(first)}${nearest}`);
}

/** The key of a flag for `parseArgs`, which drops the `no-` that a name may begin with. */
function keyOf(flag: string): string {
  return `flag-${flag}`;
}

/**
 * `args` with every flag in the one form that `parseArgs` does not guess about, `--key=value`. As they
 * are written it takes `--quiet=yes` for true, the `true` after `--quiet` for its value, `--set -1` for
 * an empty text and a flag `1`, and `-qn=20` for `-q=20`.
 */
function unambiguous(args: readonly string[], spec: FlagSpec): string[] {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  const result: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const arg = flags[i] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      result.push(arg);
      continue;
    }
    for (const { name, written, value } of flagsIn(arg, spec)) {
      if (spec.switches.includes(name)) {
        if (value !== undefined) {
          throw new UsageError(`expected ${written} without a value, found ${shown(value)}`);
        }
        result.push(`--${keyOf(name)}=true`);
      } else {
        const isForeign = spec.foreign?.includes(name) === true;
        const meant = value ?? valueAfter(written, flags[++i], isForeign);
        if (meant === "" && spec.values.includes(name)) throw noValue(written);
        result.push(`--${keyOf(name)}=${meant}`);
      }
    }
  }
  return end < 0 ? result : [...result, ...args.slice(end)];
}

/** A flag as it was written, with the value in the same argument if there is one. */
interface WrittenFlag {
  readonly name: string;
  readonly written: string;
  readonly value: string | undefined;
}

/** The flag `--name` or `--name=value`, or the one-letter flags of `-ab`, `-n20` and `-n=20`. */
function flagsIn(arg: string, spec: FlagSpec): WrittenFlag[] {
  if (arg.startsWith("--")) {
    const equals = arg.indexOf("=");
    const written = equals < 0 ? arg : arg.slice(0, equals);
    const value = equals < 0 ? undefined : arg.slice(equals + 1);
    return [{ name: longName(written, spec), written, value }];
  }
  const found: WrittenFlag[] = [];
  const letters = [...arg.slice(1)];
  for (const [i, letter] of letters.entries()) {
    const written = `-${letter}`;
    const name = letterName(written, spec);
    const rest = letters.slice(i + 1).join("");
    const takesRest = rest.startsWith("=") || rest !== "" && !spec.switches.includes(name);
    found.push({ name, written, value: takesRest ? rest.replace(/^=/, "") : undefined });
    if (takesRest) break;
  }
  return found;
}

function longName(written: string, spec: FlagSpec): string {
  const name = written.slice(2);
  if ([...spec.switches, ...spec.values, ...spec.lists].includes(name)) return name;
  throw unknownFlag(written, spec);
}

function letterName(written: string, spec: FlagSpec): string {
  const [, name] =
    Object.entries(spec.letters ?? {}).find(([letter]) => written === `-${letter}`) ??
      [];
  if (name === undefined) throw unknownFlag(written, spec);
  return name;
}

function unknownFlag(written: string, spec: FlagSpec): UsageError {
  return new UsageError(`unknown flag: ${expectedOneOf(written, flagNames(spec))}`);
}

/** Every flag as it may be written. */
function flagNames({ switches, values, lists, letters = {} }: FlagSpec): string[] {
  const flags = [...switches, ...values, ...lists].map((flag) => `--${flag}`);
  return [...flags, ...Object.keys(letters).map((letter) => `-${letter}`), "--help"];
}

/**
 * The argument after a flag, as its value: not what looks like a flag, but for a negative number and for
 * flags of another program.
 */
function valueAfter(written: string, next: string | undefined, isForeign: boolean): string {
  if (next === undefined) throw noValue(written);
  if (isForeign || !/^-\D/.test(next)) return next;
  const meant = written.startsWith("--") ? `${written}=${next}` : `${written}${next}`;
  throw new UsageError(
    `expected a value after ${written}, found ${shown(next)}; if it is one, write ${meant}`,
  );
}

function noValue(written: string): UsageError {
  return new UsageError(`expected a value after ${written}, found nothing`);
}

/** The whole number `given`; throws a {@linkcode UsageError} unless it is one of `least` to `most`. */
export function wholeNumber(
  flag: string,
  given: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = /^-?\d{1,16}$/.test(given) ? Number(given) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(
    `expected a whole number from ${least} to ${most} after --${flag}, found ${shown(given)}`,
  );
}

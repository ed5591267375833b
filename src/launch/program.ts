/**
 * Programs of others: started without a shell, waited for a limited time, and read.
 *
 * @module
 */
import { LaunchError } from "./launcher.ts";

/** How a program ended and what it printed. */
export interface ProgramEnd {
  /** Its exit code. */
  readonly code: number;
  /** Its stdout. */
  readonly stdout: string;
  /** Its stderr, without spaces at its ends. */
  readonly stderr: string;
}

/** How to start a program. */
export interface ProgramOptions {
  /** Its stdin (default: nothing). */
  readonly input?: string;
  /** Variables of its environment, besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which it is killed (default: {@linkcode LONGEST}). */
  readonly longest?: number;
}

/** Runs a program to its end; throws a {@linkcode LaunchError} where it cannot start. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  options?: ProgramOptions,
) => Promise<ProgramEnd>;

/** Milliseconds that a program may take: `squeue` waits a minute for a controller that does not answer. */
const LONGEST = 100_000;

/** Runs a program that is on the PATH. */
export const runProgram: RunProgram = async (program, args, options = {}): Promise<ProgramEnd> => {
  const { input, env = {}, longest = LONGEST } = options;
  const process = startProgram(program, {
    args: [...args],
    env,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(longest),
  });
  if (input !== undefined) {
    const writer = process.stdin.getWriter();
    // One that ends without reading says why on its stderr.
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await process.output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: said ?? "", stderr: (complained ?? "").trim() };
};

/**
 * Starts a program that is on the PATH. A Ctrl-C at the terminal does not reach it: whoever started it decides
 * what becomes of it. Variables of the dynamic linker, such as those that the modules
 * of a cluster set, are emptied for it: Deno starts no program with them that has less than every
 * permission.
 */
export function startProgram(program: string, options: Deno.CommandOptions): Deno.ChildProcess {
  const emptied: Record<string, string> = {};
  for (;;) {
    try {
      const env = { ...options.env, ...emptied };
      return new Deno.Command(program, { ...options, env, detached: true }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new LaunchError(`cannot find ${program} on the PATH`);
      }
      // Only the message knows which they are: this process may not ask for variables of any name.
      const named = error instanceof Deno.errors.NotCapable
        ? [...error.message.matchAll(/\b(?:LD|DYLD)_\w+/g)].map(([name]) => name)
        : [];
      const more = named.filter((name) => !Object.hasOwn(emptied, name));
      if (more.length === 0) throw error;
      for (const name of more) emptied[name] = "";
    }
  }
}

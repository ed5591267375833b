// @ts-types="../declarations/colors.d.ts"
import { bold, red } from "@std/fmt/colors";
import project from "../../deno.json" with { type: "json" };
import { ConfigError } from "../config/config_error.ts";
import { expectedOneOf } from "../text/suggestions.ts";
import { CorpusError } from "../data/corpus.ts";
import { DiffError } from "../diff/diff_error.ts";
import { CheckpointError } from "../train/checkpoint.ts";
import { DivergedError } from "../model/diverged_error.ts";
import { WriteError } from "../files/write_whole.ts";
import { Interrupted } from "../threads/interrupted.ts";
import { HeldError } from "../files/lock.ts";
import { FailFastError } from "../threads/task_scheduler.ts";
import { notice, obeysEscapes, print } from "./terminal.ts";

/** Exit codes of every command. */
export const ExitCode = {
  /** Done, or equal. */
  done: 0,
  /** Something failed, or two things differ. */
  failed: 1,
  /** A wrong config, corpus, checkpoint, run or command line: the user's to mend. */
  misused: 2,
  /** Asked to end before it was done. */
  interrupted: 130,
} as const;

/** One of the things that `deno task` runs. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Runs it; the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** A mistake on the command line. */
export class UsageError extends Error {
  /** Of the class. */
  override readonly name = "UsageError";
}

/** Runs the command that `args` name; the exit code. Errors become one message on stderr. */
export async function runCommand(
  commands: Readonly<Record<string, () => Promise<Command>>>,
  args: readonly string[],
): Promise<number> {
  const [name, ...rest] = args;
  try {
    const end = rest.indexOf("--");
    const flags = end < 0 ? rest : rest.slice(0, end);
    if (name === "--version" || flags.includes("--version")) {
      print(`microbeam ${project.version}`);
      return ExitCode.done;
    }
    if (name === undefined || name === "--help" || name === "-h") {
      print(await overview(commands));
      return name === undefined ? ExitCode.misused : ExitCode.done;
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined) {
      throw new UsageError(`unknown command: ${expectedOneOf(name, Object.keys(commands))}`);
    }
    const command = await load();
    // Whatever else is wrong with the command line: help is what was asked for.
    if (flags.includes("--help") || flags.includes("-h")) {
      print(command.help);
      return ExitCode.done;
    }
    return await command.run(rest);
  } catch (error) {
    return explain(error);
  }
}

async function overview(
  commands: Readonly<Record<string, () => Promise<Command>>>,
): Promise<string> {
  const width = Math.max(...Object.keys(commands).map(({ length }) => length));
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => {
      const { summary } = await load();
      return `  deno task ${name.padEnd(width)}  ${summary}`;
    }),
  );
  const title = obeysEscapes(Deno.stdout) ? bold("microbeam") : "microbeam";
  return [
    `${title} ${project.version}: a laboratory for decoding strategies`,
    "",
    ...lines,
    "",
    "Each has --help.",
  ].join("\n");
}

/** Prints what went wrong: one message for what a user can mend, a stack trace for a bug alone. */
function explain(error: unknown): number {
  const mistakes = [UsageError, ConfigError, CorpusError, CheckpointError, DiffError];
  const prefix = obeysEscapes(Deno.stderr) ? red(bold("error")) : "error";
  if (error instanceof Error && mistakes.some((kind) => error instanceof kind)) {
    notice(`${prefix}: ${error.message}`);
    return ExitCode.misused;
  }
  if (error instanceof Interrupted) {
    notice(error.message);
    return ExitCode.interrupted;
  }
  const failures = [WriteError, DivergedError, HeldError, FailFastError];
  if (error instanceof Error && failures.some((kind) => error instanceof kind)) {
    notice(`${prefix}: ${error.message}`);
    return ExitCode.failed;
  }
  notice(`${prefix}: this is a bug in microbeam, please report it with the lines below`);
  notice(error instanceof Error ? error.stack ?? error.message : String(error));
  return ExitCode.failed;
}

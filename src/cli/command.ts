// @ts-types="../declarations/colors.d.ts"
import { bold } from "@std/fmt/colors";
import project from "../../deno.json" with { type: "json" };
import { ConfigError } from "../config/config_error.ts";
import { expectedOneOf } from "../text/suggestions.ts";
import { CorpusError } from "../data/corpus_text.ts";
import { DiffError } from "../diff/run_files.ts";
import { CheckpointError } from "../train/checkpoint.ts";
import { ModelFolderError } from "../model/hugging_face/json_object.ts";
import { DivergedError } from "../model/language_model.ts";
import { OnnxRuntimeError } from "../model/onnx/runtime.ts";
import { ArithmeticError } from "../model/simd/arithmetic.ts";
import { WriteError } from "../files/write_whole.ts";
import { LaunchError } from "../launch/launcher.ts";
import { FailFastError, Interrupted } from "../stages/stage.ts";
import { LinkedPathError } from "../files/inside.ts";
import { ListingError } from "../files/listing.ts";
import { isSystemError, reasonOf } from "../files/system_error.ts";
import { StoreError } from "../store/read_stored.ts";
import { HeldError } from "../files/lock.ts";
import { PlaceError } from "../files/place.ts";
import { Signalled } from "./interruption.ts";
import { complain, notice, obeysEscapes, print, printPainted } from "./terminal.ts";

/** Exit codes of every command. */
export const ExitCode = {
  /** Done, or equal. */
  done: 0,
  /** Something failed, or two things differ. */
  failed: 1,
  /** A wrong config, corpus, checkpoint, run, command line or start: for the user to correct. */
  misused: 2,
  /** Asked to end before it was done, by Ctrl-C; a {@linkcode Signalled} has those of other signals. */
  interrupted: 130,
} as const;

/** A command that a task of `deno.json` runs. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text of `--help`. */
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
      printPainted(await overview(commands));
      return name === undefined ? ExitCode.misused : ExitCode.done;
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined) {
      throw new UsageError(`unknown command: ${expectedOneOf(name, Object.keys(commands))}`);
    }
    const command = await load();
    // Whatever else the command line says, right or wrong: help was asked for.
    if (flags.includes("--help") || flags.includes("-h")) {
      print(command.help);
      return ExitCode.done;
    }
    await checkPermissions(name, rest);
    return await command.run(rest);
  } catch (error) {
    return await explain(error);
  }
}

/** The permissions of a task by kind: all, or a list of which any suffices to start. */
type PermissionSet = Readonly<Partial<Record<"read" | "write" | "env" | "run", Grants>>>;
type Grants = boolean | readonly string[];

/**
 * Throws a {@linkcode UsageError} if this process has nothing of a kind of permission that the task of
 * the command `name` has in `deno.json`, as after `deno run main.ts run`: Deno would ask for one after
 * the other otherwise, or fail somewhere in the middle.
 */
async function checkPermissions(name: string, args: readonly string[]): Promise<void> {
  const sets: Readonly<Record<string, PermissionSet>> = project.permissions;
  const { read, write, env, run } = sets[name] ?? {};
  const needed: readonly Deno.PermissionDescriptor[][] = [
    listOf(read, ".").map((path) => ({ name: "read", path })),
    listOf(write, ".").map((path) => ({ name: "write", path })),
    listOf(env, "TERM").map((variable) => ({ name: "env", variable })),
    // Launchers have their own programs, which a machine need not have.
    listOf(run, "git").filter((command) => command === "git")
      .map((command) => ({ name: "run", command })),
  ];
  const missing: string[] = [];
  for (const descriptors of needed) {
    const states = await Promise.all(descriptors.map((one) => Deno.permissions.query(one)));
    const [first] = descriptors;
    if (first !== undefined && states.every(({ state }) => state !== "granted")) {
      missing.push(first.name);
    }
  }
  if (missing.length === 0) return;
  throw new UsageError(
    `cannot start without the permissions of the task (${missing.join(", ")}); try: ` +
      ["deno task", name, ...args].join(" "),
  );
}

/** The items of a list, or `something` where everything is granted. */
function listOf(grants: Grants = [], something: string): readonly string[] {
  return typeof grants === "boolean" ? grants ? [something] : [] : grants;
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

/** Prints an error, with a stack trace only if it is a bug; the exit code. */
async function explain(thrown: unknown): Promise<number> {
  // Only now is it worth finding the lines of what is wrong.
  const error = thrown instanceof ConfigError ? await thrown.located() : thrown;
  const mistakes = [
    ...[UsageError, ConfigError, CorpusError, CheckpointError, DiffError],
    PlaceError,
  ];
  if (error instanceof Error && mistakes.some((kind) => error instanceof kind)) {
    complain(error.message);
    return ExitCode.misused;
  }
  if (error instanceof Interrupted) {
    notice(error.message);
    return error instanceof Signalled ? error.exitCode : ExitCode.interrupted;
  }
  if (error instanceof Deno.errors.NotCapable) {
    complain(denied(error));
    return ExitCode.misused;
  }
  const failures = [
    WriteError,
    LinkedPathError,
    ListingError,
    StoreError,
    DivergedError,
    ModelFolderError,
    OnnxRuntimeError,
    ArithmeticError,
    HeldError,
    FailFastError,
    LaunchError,
  ];
  const isFailure = error instanceof Error && failures.some((kind) => error instanceof kind);
  if (isFailure || isSystemError(error)) {
    complain(isFailure ? error.message : reasonOf(error));
    return ExitCode.failed;
  }
  complain("this is a bug in microbeam, please report it with the lines below");
  notice(error instanceof Error ? error.stack ?? error.message : String(error));
  return ExitCode.failed;
}

/** For what Deno does not let this process do: its own advice would be to start with all permissions. */
function denied(error: Error): string {
  return `${reasonOf(error)}; the tasks of deno.json have what they need`;
}

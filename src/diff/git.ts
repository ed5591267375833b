/**
 * Runs git on a repository that nobody has vouched for: its own configuration may name commands, and
 * none of them is run.
 *
 * @module
 */
import { environmentVariable } from "../files/environment.ts";

/** How a call of git ended. */
export interface GitResult {
  /** Whether it exited with 0. */
  readonly ok: boolean;
  /** Its output. */
  readonly stdout: Uint8Array;
  /** The first line of its error message; the reason why there is none where git is missing. */
  readonly complaint: string;
}

/**
 * Settings that name a command, or let one be found, for anything but a transport; they outrank those
 * of the repository. What only other commands of git obey is here, too, for those that a later version
 * calls on its own: `rev-parse`, `ls-tree`, `cat-file` and `for-each-ref` show no diffs, apply no
 * filters, check no signatures, and no alias can replace them.
 */
const HARMLESS = [
  // Hooks, and the program that says which files have changed.
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  // Programs for transports and for questions.
  "core.sshCommand=false",
  "core.gitProxy=",
  "core.askPass=",
  "credential.helper=",
  "core.alternateRefsCommand=false",
  "core.pager=cat",
  "core.editor=false",
  "diff.external=",
  "core.attributesFile=/dev/null",
  "protocol.allow=never",
  "gc.auto=0",
  "maintenance.auto=false",
  // A folder of the checkout that looks like a repository has a configuration of its own.
  "safe.bareRepository=explicit",
];

/** The environment of git, which is nobody's: what a hook or a shell has set would name other files. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  // Its messages become part of ours, which are English.
  LC_ALL: "C",
  // An object that a partial clone lacks is not fetched: its remote names the command that would.
  GIT_NO_LAZY_FETCH: "1",
  // For versions before 2.39.4, which know no such variable. Unlike protocol.allow it outranks the
  // settings protocol.<name>.allow of the repository.
  GIT_ALLOW_PROTOCOL: "none",
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
};

/**
 * Variables that git gets as they are: where programs are, and where the user's own settings are, of
 * which `safe.directory` decides whether a repository of somebody else's is read at all. They and the
 * system's settings are not the checkout's to write.
 */
const PASSED_ON = ["PATH", "HOME", "XDG_CONFIG_HOME", "SUDO_UID", "USERPROFILE", "SYSTEMROOT"];

/** Runs `git` in the folder `cwd`, with arguments of which none is foreign text before an option's end. */
export async function git(cwd: string, ...args: string[]): Promise<GitResult> {
  try {
    const { success, stdout, stderr } = await commandOf(cwd, args).output();
    return { ok: success, stdout, complaint: complaintIn(new TextDecoder().decode(stderr)) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return {
      ok: false,
      stdout: new Uint8Array(),
      complaint: "expected git, found no such program",
    };
  }
}

/** The output of `git`, part by part, however much it is; throws if git fails. */
export async function* gitOutput(cwd: string, ...args: string[]): AsyncGenerator<Uint8Array> {
  const child = commandOf(cwd, args, "null").spawn();
  yield* child.stdout;
  if (!(await child.status).success) throw new Error(`git ${args[0]} failed`);
}

function commandOf(
  cwd: string,
  args: readonly string[],
  stderr: "piped" | "null" = "piped",
): Deno.Command {
  return new Deno.Command("git", {
    args: ["--no-pager", ...HARMLESS.flatMap((setting) => ["-c", setting]), "-C", cwd, ...args],
    clearEnv: true,
    env: { ...passedOn(), ...ENVIRONMENT },
    stdin: "null",
    stdout: "piped",
    stderr,
  });
}

function passedOn(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const variable of PASSED_ON) {
    const value = environmentVariable(variable);
    if (value !== undefined) found[variable] = value;
  }
  return found;
}

/** The first line of what git says that is not a warning. */
function complaintIn(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line !== "");
  const first = lines.find((line) => !line.startsWith("warning: ")) ?? lines[0] ?? "";
  return first.replace(/^(fatal|error): /, "");
}

/** The output of git without the last line end. */
export function lineOf({ stdout }: GitResult): string {
  return new TextDecoder().decode(stdout).replace(/\n$/, "");
}

/** The items in the output of git with `-z`. */
export function itemsOf({ stdout }: GitResult): string[] {
  return new TextDecoder().decode(stdout).split("\0").filter((item) => item !== "");
}

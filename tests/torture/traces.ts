/**
 * The system calls of a command, seen by strace: those that a fault can be aimed at.
 *
 * @module
 */
import type { Outcome } from "../end_to_end/clean_clone.ts";
import { works } from "./kind.ts";
import type { Sandbox } from "./sandbox.ts";
import { kindOf } from "./scenarios.ts";

/** A system call that has to do with a file of ours. */
export interface Call {
  /** `openat`. */
  readonly name: string;
  /** How many of that name its thread had made, with it. */
  readonly count: number;
  /** The kind of the file: `run/results.csv`. */
  readonly file: string;
}

/** The calls that strace knows to deal with files. */
const FILE_CALLS = "trace=%file,%desc";

/** Why there are no traces here; `undefined` if there are. */
export async function noTraces(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "strace is for Linux";
  // It may be there and not be allowed to trace.
  return await works("strace", "-f", "-o", "/dev/null", "true")
    ? undefined
    : "no strace that may trace (Debian: apt install strace)";
}

/** Every call of a command that has to do with a file of a run: its results, config or corpus. */
export async function traced(sandbox: Sandbox, command: readonly string[]): Promise<Call[]> {
  const { log } = await underStrace(sandbox, command, ["--seccomp-bpf", "-e", FILE_CALLS]);
  const counts = new Map<string, number>();
  return log.flatMap(({ thread, name, text }): Call[] => {
    const which = `${thread} ${name}`;
    const count = (counts.get(which) ?? 0) + 1;
    counts.set(which, count);
    const file = fileOf(sandbox, text);
    return file === undefined ? [] : [{ name, count, file }];
  });
}

/** A command run under strace with a fault. */
export interface Injected {
  /** How it ended. */
  readonly outcome: Outcome;
  /** The kinds of files of the calls that failed; `elsewhere` for those of Deno itself. */
  readonly hit: readonly string[];
}

/** What stands for files that are no run's: Deno's modules and caches. */
export const ELSEWHERE = "elsewhere";

/** Runs a command in which calls of a name fail: `fault` is `error=EIO:when=3`. */
export async function inject(
  sandbox: Sandbox,
  command: readonly string[],
  name: string,
  fault: string,
): Promise<Injected> {
  const { outcome, log } = await underStrace(sandbox, command, [
    // Not with --seccomp-bpf: strace 6.1 loses count of the calls of a thread.
    ...["-e", `trace=${name}`],
    ...["-e", `inject=${name}:${fault}`],
  ]);
  const hit = log.filter(({ text }) => text.includes("(INJECTED)"))
    .map(({ text }) => fileOf(sandbox, text) ?? ELSEWHERE);
  return { outcome, hit };
}

/** The arguments of strace that make it kill at a call, without a log. */
export function killAt({ name, count }: Call): readonly string[] {
  return [
    ...["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${name}`],
    ...["-e", `inject=${name}:signal=SIGKILL:when=${count}`],
  ];
}

interface LoggedCall {
  readonly thread: string;
  readonly name: string;
  readonly text: string;
}

async function underStrace(
  sandbox: Sandbox,
  command: readonly string[],
  flags: readonly string[],
): Promise<{ outcome: Outcome; log: readonly LoggedCall[] }> {
  const file = `${sandbox.folder}/trace.log`;
  const under = ["strace", "-f", "-qq", "-y", "-s", "300", "-o", file, ...flags];
  const outcome = await sandbox.process(command, { under });
  const log = parseLog(await Deno.readTextFile(file).catch(() => ""));
  return { outcome, log };
}

/** The calls in a log, each where it began; one whose end is on a later line has that, too. */
function parseLog(text: string): LoggedCall[] {
  const calls: LoggedCall[] = [];
  const open = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const [, resumed] = /^<\.\.\. (\w+) resumed>/.exec(rest) ?? [];
    if (resumed !== undefined) {
      const at = open.get(`${thread} ${resumed}`);
      const begun = at === undefined ? undefined : calls[at];
      if (at !== undefined && begun !== undefined) {
        calls[at] = { ...begun, text: begun.text + rest };
      }
      continue;
    }
    const [, name] = /^(\w+)\(/.exec(rest) ?? [];
    if (name === undefined) continue;
    open.set(`${thread} ${name}`, calls.length);
    calls.push({ thread, name, text: rest });
  }
  return calls;
}

/** The kind of the file of ours that a call names, in a path or in that of a descriptor. */
function fileOf({ folder }: Sandbox, text: string): string | undefined {
  for (const [, quoted = "", opened = ""] of text.matchAll(/"([^"]*)"|<([^<>]*)>/g)) {
    const path = quoted + opened;
    const within = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
    if (/^outputs(\/|$)|^configs\/\w+\.yaml$|^tests\/data\//.test(within)) return kindOf(within);
  }
  return undefined;
}

import { environmentVariable } from "../files/environment.ts";
import { Interrupted } from "../stages/stage.ts";

/** The end of a run that was told to end, with the exit code that says by what. */
export class Signalled extends Interrupted {
  /** 128 and the number of the signal, as shells have it. */
  readonly exitCode: number;

  /** Told to end by `cause`, in words if it is not the person who started it. */
  constructor(exitCode: number, cause = "") {
    const because = cause === "" ? "" : ` (${cause})`;
    super(`interrupted${because}: finished results are saved; repeat the command to resume`);
    this.exitCode = exitCode;
  }
}

/** The exit codes of signals that ask a program to end. */
const SIGNALS: ReadonlyMap<Deno.Signal, number> = new Map(
  Deno.build.os === "windows"
    ? [["SIGINT", 130], ["SIGBREAK", 130]]
    : [["SIGINT", 130], ["SIGTERM", 143]],
);

/**
 * The signal of a terminal that is closed. Without a terminal it keeps its meaning, which may be that it
 * is ignored: that is what nohup is for, and a program cannot ask.
 */
const CLOSED: readonly [Deno.Signal, number] = ["SIGHUP", 129];

/** Milliseconds within which a second signal is the first again: from the terminal, and from the task. */
const SAME = 500;
/** Milliseconds between two looks for the task. */
const LOOK = 500;

/**
 * Runs `action` with a signal that is aborted when the program is asked to end; asked again, it calls
 * `beforeExit` and ends at once.
 */
export async function untilInterrupted<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
  beforeExit: () => void,
): Promise<Result> {
  const controller = new AbortController();
  let first: { readonly time: number; readonly end: Signalled } | undefined;
  const stop = (end: Signalled): void => {
    if (first !== undefined && performance.now() > first.time + SAME) {
      beforeExit();
      Deno.exit(first.end.exitCode);
    }
    first ??= { time: performance.now(), end };
    controller.abort(first.end);
  };
  const listeners = [...SIGNALS, ...hasTerminal() ? [CLOSED] : []]
    .map(([signal, exitCode]) => ({ signal, listen: () => stop(new Signalled(exitCode)) }));
  for (const { signal, listen } of listeners) Deno.addSignalListener(signal, listen);
  const timer = onceOrphaned(() => stop(new Signalled(130, "the task that started it was killed")));
  try {
    return await action(controller.signal);
  } catch (error) {
    // A thread that saved its progress does not know why.
    throw error instanceof Interrupted && controller.signal.aborted
      ? controller.signal.reason
      : error;
  } finally {
    clearInterval(timer);
    for (const { signal, listen } of listeners) Deno.removeSignalListener(signal, listen);
  }
}

function hasTerminal(): boolean {
  return Deno.build.os !== "windows" &&
    [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
}

/**
 * Calls `stop` once the `deno task` that started this process is gone, killed by what it cannot pass on:
 * a run that nobody can see must not go on. Without a task, the parent may end as it likes.
 */
function onceOrphaned(stop: () => void): ReturnType<typeof setInterval> | undefined {
  const hasTask = environmentVariable("INIT_CWD") !== undefined;
  const parent = Deno.ppid;
  if (!hasTask || parent <= 1) return undefined;
  const timer = setInterval(() => {
    if (Deno.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, LOOK);
  return timer;
}

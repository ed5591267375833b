import { Interrupted } from "../threads/interrupted.ts";
import { ExitCode } from "./command.ts";

/** Signals that ask a program to end. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Milliseconds within which a second signal is the first again: from the terminal, and from the task. */
const SAME = 500;

/**
 * Runs `action` with a signal that is aborted when the program is asked to end; asked again, it ends
 * at once.
 */
export async function untilInterrupted<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let first = Infinity;
  const stop = (): void => {
    if (performance.now() > first + SAME) Deno.exit(ExitCode.interrupted);
    first = Math.min(first, performance.now());
    controller.abort(
      new Interrupted(
        "interrupted; all that is finished is kept, and the same command goes on from there",
      ),
    );
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  try {
    return await action(controller.signal);
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop);
  }
}

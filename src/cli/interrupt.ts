import { Interrupted } from "../pipeline/interrupted.ts";
import { ExitCode } from "./command.ts";

/** Signals that ask a program to end. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/**
 * Runs `action` with a signal that is aborted when the program is asked to end; asked again, it ends
 * at once.
 */
export async function untilInterrupted<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) Deno.exit(ExitCode.interrupted);
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

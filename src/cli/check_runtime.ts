/**
 * Whether this process can compute what is asked for: models of onnxruntime need one.
 *
 * @module
 */
import { tasksText } from "../model/onnx/platform.ts";
import { onnxRuntime } from "../model/onnx/runtime.ts";
import { tasksForRuntime } from "../runs/platform.ts";
import { describeResult } from "../stages/stages.ts";
import type { Store } from "../store/store.ts";
import { firstAndCount } from "../text/format.ts";
import { shellWord } from "../text/shell_word.ts";
import { UsageError } from "./command.ts";
import type { Requested } from "./requested_runs.ts";

/** What is asked for. */
export interface RuntimeNeeds {
  /** The arguments of the command. */
  readonly args: readonly string[];
  /** The keys of the results that are asked for; all if left out. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Where results are cached. */
  readonly store: Store;
  /** Whether cached results are computed again. */
  readonly fresh: boolean;
}

/**
 * Throws a {@linkcode UsageError} that names the task to use where a result is lacking that only a
 * process with an onnxruntime can compute.
 */
export async function checkRuntime(
  { sweeps }: Requested,
  { args, only, ...options }: RuntimeNeeds,
): Promise<void> {
  if (onnxRuntime() !== undefined) return;
  const experiments = sweeps.flatMap(({ parts }) => parts.map(({ data }) => data));
  const lacking = await tasksForRuntime(experiments, options);
  const own = lacking.filter(({ id }) => only?.has(id.key) !== false);
  if (own.length === 0) return;
  const what = firstAndCount(own.map(({ id }) => describeResult(id)), 2).join(", ");
  throw new UsageError(
    `cannot compute what is not cached (${what}): "engine: onnx" needs an onnxruntime, which ` +
      `deno task run does not have; use ${tasksText("run")}, as in: ` +
      ["deno task run:native", ...args.map(shellWord)].join(" "),
  );
}

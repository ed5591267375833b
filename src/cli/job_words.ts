/**
 * The commands of jobs: those of the tasks of `deno.json`, whose permissions they have.
 *
 * @module
 */
import { resolve } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { outsideProblem } from "../config/named_files.ts";
import type { Place } from "../files/place.ts";
import type { Share } from "../launch/launcher.ts";
import { onnxRuntime, runtimeTasks } from "../model/onnx/runtime.ts";
import type { FrozenPlan } from "../runs/plan_file.ts";

/** The words of the commands of the jobs of a plan. */
export interface JobWords {
  /** After the program, for a share. */
  readonly share: (number: string, share: Pick<Share, "rank" | "of">) => readonly string[];
  /** After the program, for the job that writes the folders. */
  readonly merge: readonly string[];
  /** What a person types to see how far the plan is. */
  readonly status: readonly string[];
}

/** What the jobs of a plan compute, and where. */
export interface PlannedJobs {
  /** The plan. */
  readonly plan: FrozenPlan;
  /** Its file, which all jobs see. */
  readonly file: string;
  /** The folder of the results that are cached. */
  readonly store: Place;
  /** The folder of the results, as the command line has it. */
  readonly output: string | undefined;
  /** The threads of a job. */
  readonly threads: number;
}

/** The words of the commands of jobs, whose paths are absolute but for the folder of the results. */
export function jobWords({ plan, file, store, output, threads }: PlannedJobs): JobWords {
  const path = resolve(file);
  // Whoever started this has allowed them; a job has the plan alone.
  const readsOutside = plan.needs.inputs.some((input) => outsideProblem(file, input) !== undefined);
  const places = [
    ...["--store", resolve(store.path)],
    ...readsOutside ? ["--allow-read-outside"] : [],
  ];
  return {
    share: (number, { rank, of }) => [
      ...taskWords(runTask()),
      ...["--plan", path, "--shard", `${number}/${of}`, "--rank", String(rank)],
      ...["--workers", String(threads)],
      ...places,
    ],
    merge: [
      ...[...taskWords("deno task merge"), path, "--wait", ...places],
      ...output === undefined ? [] : ["--output", output],
    ],
    status: ["deno", "task", "run", "--plan", path, "--status", ...places],
  };
}

/** The task that runs configs with the onnxruntime of this process, if it has one. */
export function runTask(): string {
  const runtime = onnxRuntime();
  return runtime === undefined ? "deno task run" : runtimeTasks[runtime.name].run;
}

/** The words of a task such as `deno task run` after `deno`. */
function taskWords(task: string): string[] {
  const tasks: Readonly<Record<string, { readonly command: string }>> = project.tasks;
  const { command } = tasks[task.split(" ").at(-1) ?? ""] ?? {};
  if (command === undefined) throw new RangeError(`expected a task of deno.json, found ${task}`);
  return command.split(" ").slice(1);
}

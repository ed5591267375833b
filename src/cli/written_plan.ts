/**
 * What is said of a plan that was written to a file: how many tasks of which kind it has, about what they
 * take, and the commands that compute it.
 *
 * @module
 */
import { stageNamed } from "../stages/stages.ts";
import type { PlanRows } from "../runs/plan_rows.ts";
import { inColumns } from "../text/display_width.ts";
import { formatBytes, formatCount, formatDuration } from "../text/format.ts";

/** The groups of a plan that have the same rank and begin with a task of the same stage. */
export interface PlannedKind {
  /** The rank: 0 needs nothing, and each other one only results of lower ranks. */
  readonly rank: number;
  /** The stage of their first tasks. */
  readonly stage: string;
  /** How many there are. */
  groups: number;
  /** How many tasks they have. */
  tasks: number;
  /** About how long these take together on one thread, seconds. */
  seconds: number;
  /** About how much memory one of them takes at most on one thread, bytes. */
  memory: number;
}

/** A plan in a file. */
export interface WrittenPlan {
  /** The file, as it was named. */
  readonly file: string;
  /** How many runs it has. */
  readonly runs: number;
  /** Its tasks. */
  readonly rows: PlanRows;
  /** The task of `deno.json` that computes it. */
  readonly task: string;
  /** The flags that all of its commands need, such as `--store DIR`. */
  readonly flags: readonly string[];
  /** The flags of those that write the output folders, too, such as `--output DIR`. */
  readonly ofFolders: readonly string[];
}

/** The kinds of groups, by rank and in the order of the plan. */
export function kindsIn(rows: PlanRows): readonly PlannedKind[] {
  const kinds = new Map<string, PlannedKind>();
  for (const { number, group, rank, seconds, memory } of rows) {
    const { stage } = rows.at(group);
    const kind = kinds.get(`${rank} ${stage}`) ??
      { rank, stage, groups: 0, tasks: 0, seconds: 0, memory: 0 };
    kinds.set(`${rank} ${stage}`, kind);
    if (number === group) kind.groups++;
    kind.tasks++;
    kind.seconds += seconds;
    kind.memory = Math.max(kind.memory, memory);
  }
  return [...kinds.values()].sort((a, b) => a.rank - b.rank);
}

/** The plan for a person; no line but a command is longer than 80 columns, unless the path is long. */
export function writtenPlanText(plan: WrittenPlan): string {
  const kinds = kindsIn(plan.rows);
  const seconds = kinds.reduce((sum, kind) => sum + kind.seconds, 0);
  const memory = kinds.reduce((most, kind) => Math.max(most, kind.memory), 0);
  const counts = `${formatCount(plan.rows.length, "task")} of ${formatCount(plan.runs, "run")}`;
  const { whole, shard, status, merge, slurm } = commandsFor(plan);
  return [
    `${plan.file}: ${counts}`,
    `about ${formatDuration(seconds)} on one thread, ${formatBytes(memory)} at most`,
    ...inColumns([
      ["  rank", "of", "groups", "tasks", "time", "memory"],
      ...kinds.map(({ rank, stage, groups, tasks, seconds, memory }) => [
        `${rank}`,
        stageNamed(stage).noun[1],
        `${groups}`,
        `${tasks}`,
        formatDuration(seconds),
        formatBytes(memory),
      ]),
    ], "rlrrrr"),
    "next, here:",
    `  ${whole}`,
    "or in shares, 1/4 to 4/4, by any processes with the same store; and then merged:",
    `  ${shard}`,
    `  ${status}`,
    `  ${merge}`,
    "or on a cluster with Slurm:",
    `  ${slurm}`,
  ].join("\n");
}

/** The plan for a script. */
export function writtenPlanJson(plan: WrittenPlan): string {
  const kinds = kindsIn(plan.rows);
  return JSON.stringify(
    {
      plan: plan.file,
      runs: plan.runs,
      tasks: plan.rows.length,
      seconds: kinds.reduce((sum, { seconds }) => sum + seconds, 0),
      memory: kinds.reduce((most, { memory }) => Math.max(most, memory), 0),
      kinds,
      commands: commandsFor(plan),
    },
    null,
    2,
  );
}

/** The commands that compute a plan. */
function commandsFor({ file, task, flags, ofFolders }: WrittenPlan) {
  const run = (...own: readonly string[]): string =>
    [task, "--plan", file, ...own, ...flags].join(" ");
  return {
    whole: run(...ofFolders),
    shard: run("--shard 1/4"),
    status: run("--status"),
    merge: ["deno task merge", file, ...ofFolders, ...flags].join(" "),
    slurm: run("--launcher slurm", ...ofFolders),
  };
}

/**
 * Plans: the results that a run would compute and those that it can reuse, the reasons, and estimated
 * times.
 *
 * @module
 */
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { StageTask } from "../stages/stage.ts";
import { type ExperimentTasks, phases, stageNamed, stages } from "../stages/stages.ts";
import type { Json, ResultId, StoredHead } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";

/** A result that a run needs, with the results that follow it. */
export interface PlannedResult {
  /** The kind of result: `training`, `loss`, `cell`. */
  readonly kind: string;
  /** Several of them: `trainings`. */
  readonly kinds: string;
  /** The model or cell that it belongs to. */
  readonly name: string;
  /** Whether all of it is in the store. */
  readonly cached: boolean;
  /** If not, why: what has changed since it was computed before. */
  readonly reason?: string;
  /** Whether an interrupted run has saved progress, from which it resumes. */
  readonly resumes?: boolean;
  /** If not, about how long it takes on one thread, seconds; unknown without a similar earlier run. */
  readonly seconds?: number;
}

/** The heads of earlier results, by stage. */
export type KnownResults = ReadonlyMap<string, readonly StoredHead[]>;

/** Reads the heads of all results in `store`. */
export async function knownResults(store: Store): Promise<KnownResults> {
  const known = new Map<string, readonly StoredHead[]>();
  for (const { name } of stages) known.set(name, await store.heads(name));
  return known;
}

/** Plans an experiment, stage by stage. */
export async function planRun(
  tasks: ExperimentTasks,
  { store, known, fresh }: {
    readonly store: Store;
    readonly known: KnownResults;
    readonly fresh: boolean;
  },
): Promise<PlannedResult[]> {
  const planned: PlannedResult[] = [];
  for (const phase of phases) {
    for (const group of tasks.groups(phase)) {
      const lacking: StageTask[] = [];
      for (const task of group.tasks) if (fresh || !await store.has(task.id)) lacking.push(task);
      const [first] = lacking;
      const [{ id }] = group.tasks;
      const [kind, kinds] = stageNamed(id.stage).noun;
      const row = { kind, kinds, name: id.name, cached: first === undefined };
      planned.push(
        first === undefined ? row : {
          ...row,
          reason: await store.has(first.id) ? "--fresh" : reasonFor(first, known),
          resumes: await store.hasProgress(first.id),
          ...secondsOf(lacking.map((task) => estimatedSeconds(task, tasks.data, known))),
        },
      );
    }
  }
  return planned;
}

/**
 * About how long a task takes on one thread, seconds: at the speed of the nearest earlier result;
 * unknown where there is none.
 */
export function estimatedSeconds(
  task: StageTask,
  data: ExperimentData,
  known: KnownResults,
): number | undefined {
  const nearest = nearestOf(task.id, known.get(task.id.stage) ?? []);
  if (nearest === undefined || nearest.head.effort.count === 0) return undefined;
  const { seconds, count } = nearest.head.effort;
  return seconds / count * stageNamed(task.id.stage).count(task, data) * nearest.cost;
}

/** The sum of the estimates that there are. */
function secondsOf(estimates: readonly (number | undefined)[]): { seconds?: number } {
  const known = estimates.filter((seconds) => seconds !== undefined);
  return known.length === 0 ? {} : { seconds: known.reduce((sum, seconds) => sum + seconds, 0) };
}

function reasonFor({ id }: StageTask, known: KnownResults): string {
  const nearest: Nearest | undefined = nearestOf(id, known.get(id.stage) ?? []);
  if (nearest === undefined || !isNear(nearest)) return "never computed before";
  if (nearest.differences.length === 0) return "its result is no longer in the store";
  return nearest.differences.map(({ path, old, now }) =>
    old === undefined || now === undefined ? path : `${path}: ${old} → ${now}`
  ).join(", ");
}

/** A setting or another input that has changed. */
export interface Difference {
  /** The setting's path, or a description of the input. */
  readonly path: string;
  /** The setting's value then. */
  readonly old: string | undefined;
  /** The setting's value now. */
  readonly now: string | undefined;
}

/** An earlier result, and how it differs from the one in question. */
export interface Nearest {
  /** The earlier one. */
  readonly head: StoredHead;
  /** The inputs that have changed; none where it is the same. */
  readonly differences: readonly Difference[];
  /** The cost of a unit now, relative to then. */
  readonly cost: number;
}

/** With more differences than these it is another result, and not a changed one. */
const FAR = 4;

/** The result among `heads` of the same family that differs the least from `id`. */
export function nearestOf(id: ResultId, heads: readonly StoredHead[]): Nearest | undefined {
  const { family, unitCost, inputNames } = stageNamed(id.stage);
  const comparable = heads.filter((head) => family?.(head.id) === family?.(id));
  const nearest = comparable.map((head): Nearest => ({
    head,
    differences: differencesOf(head.id.inputs, id.inputs, { ...VERSIONS, ...inputNames }),
    cost: (unitCost?.(id) ?? 1) / (unitCost?.(head.id) ?? 1),
  }));
  return nearest.toSorted((a, b) =>
    a.differences.length - b.differences.length ||
    Number(b.head.id.name === id.name) - Number(a.head.id.name === id.name)
  )[0];
}

/** Whether a result is an earlier one with a few changes. */
export function isNear({ differences }: Nearest): boolean {
  return differences.length <= FAR;
}

/** The differences of `now` from `old`, path by path; inputs that are not settings have `names`. */
function differencesOf(
  old: ResultId["inputs"],
  now: ResultId["inputs"],
  names: Readonly<Record<string, string>>,
): Difference[] {
  const before = leavesOf(old);
  const after = leavesOf(now);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path): Difference[] => {
    const [a, b] = [before.get(path), after.get(path)];
    if (a === b) return [];
    const words = names[path];
    if (words !== undefined) return [{ path: words, old: undefined, now: undefined }];
    return [{ path, old: a ?? "nothing", now: b ?? "nothing" }];
  });
}

/** Descriptions of changed versions. */
const VERSIONS: Readonly<Record<string, string>> = {
  "versions.stage": "another version of microbeam",
  "versions.v8": "another version of Deno",
};

/** Every value in `inputs` by its path, as text. */
function leavesOf(inputs: Json | undefined, path = ""): Map<string, string> {
  if (inputs === undefined) return new Map();
  const isMap = typeof inputs === "object" && inputs !== null && !Array.isArray(inputs);
  if (!isMap) return new Map([[path, JSON.stringify(inputs)]]);
  return new Map(
    Object.entries(inputs).flatMap(([key, value]) => [
      ...leavesOf(value, path === "" ? key : `${path}.${key}`),
    ]),
  );
}

/**
 * Plans: the results that a run would compute and those that it can reuse, the reasons, and estimated
 * times.
 *
 * @module
 */
import type { StageTask } from "../stages/stage.ts";
import { type ExperimentTasks, phases, stageNamed } from "../stages/stages.ts";
import type { ResultId, StoredHead } from "../store/stored_result.ts";
import { estimatedSeconds, type KnownResults } from "./known_results.ts";
import { areFew, beside, type Difference, type Nearest, NearestResults } from "./nearest_result.ts";

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

/** How to plan. */
export interface PlanOptions {
  /** The results in the store. */
  readonly known: KnownResults;
  /** Whether everything is to be computed again. */
  readonly fresh: boolean;
  /** The keys of the results in the output folder, by stage and name, if a run is there. */
  readonly before?: KeysByName | undefined;
}

/** Keys of results, by stage and name, as a manifest has them. */
export type KeysByName = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Whether `keys` are those of the results of `tasks`, each of them and no others. */
export function areKeysOf(keys: KeysByName, tasks: ExperimentTasks): boolean {
  const all = tasks.all();
  const count = Object.values(keys).reduce((sum, own) => sum + Object.keys(own).length, 0);
  return count === all.length && all.every(({ id }) => keys[id.stage]?.[id.name] === id.key);
}

/** Plans an experiment, stage by stage. */
export async function planRun(
  tasks: ExperimentTasks,
  { known, fresh, before = {} }: PlanOptions,
): Promise<PlannedResult[]> {
  const folder = new FolderResults(before, known);
  const planned: PlannedResult[] = [];
  for (const phase of phases) {
    for (const group of tasks.groups(phase)) {
      const lacking: StageTask[] = [];
      for (const task of group.tasks) if (fresh || !await known.has(task.id)) lacking.push(task);
      const [first] = lacking;
      const [{ id }] = group.tasks;
      const [kind, kinds] = stageNamed(id.stage).noun;
      const row = { kind, kinds, name: id.name, cached: first === undefined };
      if (first === undefined) {
        planned.push(row);
        continue;
      }
      const estimates: number[] = [];
      for (const task of lacking) {
        const seconds = await estimatedSeconds(task, tasks.data, known);
        if (seconds !== undefined) estimates.push(seconds);
      }
      planned.push({
        ...row,
        reason: await known.has(first.id) ? "--fresh" : await reasonFor(first.id, folder, known),
        resumes: await known.hasProgress(first.id),
        ...(estimates.length > 0 && { seconds: estimates.reduce((sum, one) => sum + one) }),
      });
    }
  }
  return planned;
}

/**
 * The reason to compute a result: the changes since there was such a one, in the output folder or
 * else in the store; or that there is none, or none that is whole.
 */
async function reasonFor(
  id: ResultId,
  folder: FolderResults,
  known: KnownResults,
): Promise<string> {
  const key = folder.keyOf(id);
  const head = key === undefined ? undefined : await known.head({ stage: id.stage, key });
  if (head !== undefined) return textOf(beside(head, id).differences);
  if (await known.isDamaged(id)) return "its result in the store is damaged";
  if (key === id.key) return "its result is no longer in the store";
  if (key === undefined && folder.has(id.stage)) {
    const nearest = await folder.nearest(id);
    const differences = nearest?.differences ?? [];
    if (nearest !== undefined && areFew(differences)) {
      return `like ${nearest.head.id.name}, but ${textOf(differences)}`;
    }
  }
  const differences = (await known.nearest(id))?.differences;
  if (differences === undefined || !areFew(differences)) return "never computed before";
  return textOf(differences);
}

function textOf(differences: readonly Difference[]): string {
  return differences.map(({ path, old, now }) =>
    old === undefined || now === undefined ? path : `${path}: ${old} → ${now}`
  ).join(", ");
}

/** The results of the run in the output folder. */
class FolderResults {
  readonly #keys: KeysByName;
  readonly #known: KnownResults;
  readonly #stages = new Map<string, Promise<NearestResults>>();

  constructor(keys: KeysByName, known: KnownResults) {
    this.#keys = keys;
    this.#known = known;
  }

  /** The key of the result with the stage and name of `id`. */
  keyOf({ stage, name }: Pick<ResultId, "stage" | "name">): string | undefined {
    const keys = this.#keys[stage];
    return keys !== undefined && Object.hasOwn(keys, name) ? keys[name] : undefined;
  }

  /** Whether the folder has results of that stage. */
  has(stage: string): boolean {
    return Object.hasOwn(this.#keys, stage);
  }

  /** The one of its results that differs the least from `id`. */
  async nearest(id: ResultId): Promise<Nearest | undefined> {
    const results = this.#stages.get(id.stage) ?? this.#read(id.stage);
    this.#stages.set(id.stage, results);
    return (await results).of(id);
  }

  async #read(stage: string): Promise<NearestResults> {
    const heads: StoredHead[] = [];
    for (const key of Object.values(this.#keys[stage] ?? {})) {
      const head = await this.#known.head({ stage, key });
      if (head !== undefined) heads.push(head);
    }
    return new NearestResults(heads);
  }
}

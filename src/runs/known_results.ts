import type { StageTask } from "../stages/stage.ts";
import { stageNamed } from "../stages/stages.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { ResultId, ResultRef, StoredHead } from "../store/stored_result.ts";
import { PROGRESS, type Store } from "../store/store.ts";
import { type Nearest, NearestResults } from "./nearest_result.ts";

/** Heads that are read at once. */
const AT_ONCE = 32;

/**
 * The results in a store, as it was when this was made: its files are listed once, so that results
 * that it lacks cost nothing, and heads are read when first asked for.
 */
export class KnownResults {
  readonly #store: Store;
  /** The keys in each folder of the store. */
  readonly #keys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #heads = new Map<string, Promise<StoredHead | undefined>>();
  readonly #stages = new Map<string, Promise<NearestResults>>();

  private constructor(store: Store, keys: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#store = store;
    this.#keys = keys;
  }

  /** The results in `store`. */
  static async in(store: Store): Promise<KnownResults> {
    const keys = new Map<string, Set<string>>();
    for await (const { stage, key } of store.files()) {
      if (key === undefined) continue;
      const own = keys.get(stage) ?? new Set();
      keys.set(stage, own.add(key));
    }
    return new KnownResults(store, keys);
  }

  /** The head of a result; `undefined` where it is not there, or damaged. */
  head({ stage, key }: Pick<ResultRef, "stage" | "key">): Promise<StoredHead | undefined> {
    if (this.#keys.get(stage)?.has(key) !== true) return Promise.resolve(undefined);
    const name = `${stage}/${key}`;
    const head = this.#heads.get(name) ?? this.#store.head({ stage, key });
    this.#heads.set(name, head);
    return head;
  }

  /** Whether there is such a result, judging by its head and size. */
  async has(ref: Pick<ResultRef, "stage" | "key">): Promise<boolean> {
    return await this.head(ref) !== undefined;
  }

  /** Whether there is a file of that result, but no whole one. */
  async isDamaged(ref: Pick<ResultRef, "stage" | "key">): Promise<boolean> {
    return this.#keys.get(ref.stage)?.has(ref.key) === true && !await this.has(ref);
  }

  /** Whether an interrupted run has saved progress of a result. */
  hasProgress({ key }: Pick<ResultRef, "key">): boolean {
    return this.#keys.get(PROGRESS)?.has(key) === true;
  }

  /** The result that differs the least from `id`; `undefined` where there is none of its family. */
  async nearest(id: ResultId): Promise<Nearest | undefined> {
    const known = this.#stages.get(id.stage) ?? this.#read(id.stage);
    this.#stages.set(id.stage, known);
    return (await known).of(id);
  }

  /** All results of a stage, by name and inputs: which of several is the nearest depends on no key. */
  async #read(stage: string): Promise<NearestResults> {
    const keys = [...this.#keys.get(stage) ?? []];
    const heads: StoredHead[] = [];
    for (let i = 0; i < keys.length; i += AT_ONCE) {
      const some = keys.slice(i, i + AT_ONCE).map((key) => this.head({ stage, key }));
      for (const head of await Promise.all(some)) if (head !== undefined) heads.push(head);
    }
    const sorted = heads.map((head) => ({
      head,
      by: JSON.stringify([head.id.name, head.id.inputs]),
    }))
      .sort((a, b) => a.by < b.by ? -1 : 1);
    return new NearestResults(sorted.map(({ head }) => head));
  }
}

/**
 * About how long a task takes on one thread, seconds: at the speed of the nearest earlier result;
 * unknown where there is none.
 */
export async function estimatedSeconds(
  task: StageTask,
  data: ExperimentData,
  known: KnownResults,
): Promise<number | undefined> {
  const nearest = await known.nearest(task.id);
  if (nearest === undefined || nearest.head.effort.count === 0) return undefined;
  const { seconds, count } = nearest.head.effort;
  return seconds / count * stageNamed(task.id.stage).count(task, data) * nearest.cost;
}

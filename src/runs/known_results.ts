import type { StageTask } from "../stages/stage.ts";
import { stageNamed } from "../stages/stages.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { ResultId, ResultRef, StoredHead } from "../store/stored_result.ts";
import { groupOf } from "../store/layout.ts";
import type { FoundResult, Store } from "../store/store.ts";
import { type Nearest, NearestResults } from "./nearest_result.ts";

/** So many results of a stage are read at most to find one that is near to another. */
const MOST_READ = 1000;
/** Heads that are read at once. */
const AT_ONCE = 32;
/** When a folder of the store is asked for so many results, it is listed. */
const MANY = 2;

/** A folder of results with the same first digits. */
interface Group {
  /** How many different results it was asked for. */
  asked: number;
  /** The keys in it, once it was listed. */
  keys?: Promise<ReadonlySet<string>>;
}

/**
 * The results in a store, as it was when they were first asked for. Of a large store, only what is asked
 * for is read: the heads of results, and of folders that are asked for many the list of their files, so
 * that results that are lacking cost nothing.
 */
export class KnownResults {
  readonly #store: Store;
  readonly #groups = new Map<string, Group>();
  readonly #found = new Map<string, Promise<FoundResult>>();
  readonly #stages = new Map<string, Promise<NearestResults>>();
  #progress: Promise<ReadonlySet<string>> | undefined;

  private constructor(store: Store) {
    this.#store = store;
  }

  /** The results in `store`, of which nothing is read yet. */
  static in(store: Store): KnownResults {
    return new KnownResults(store);
  }

  /** The head of a result; `undefined` where it is not there, or damaged. */
  async head(ref: Pick<ResultRef, "stage" | "key">): Promise<StoredHead | undefined> {
    return headOf(await this.#find(ref));
  }

  /** Whether there is such a result, judging by its head and size. */
  async has(ref: Pick<ResultRef, "stage" | "key">): Promise<boolean> {
    return await this.head(ref) !== undefined;
  }

  /** Whether there is a file of that result, but no whole one. */
  async isDamaged(ref: Pick<ResultRef, "stage" | "key">): Promise<boolean> {
    return (await this.#find(ref)).state === "damaged";
  }

  /** Whether an interrupted run has saved progress of a result. */
  async hasProgress({ key }: Pick<ResultRef, "key">): Promise<boolean> {
    this.#progress ??= this.#store.progressKeys();
    return (await this.#progress).has(key);
  }

  /**
   * The result that differs the least from `id`, of those of its stage or, in a large store, of the first
   * of them by their keys; `undefined` where there is none of its family.
   */
  async nearest(id: ResultId): Promise<Nearest | undefined> {
    const known = this.#stages.get(id.stage) ?? this.#readSome(id.stage);
    this.#stages.set(id.stage, known);
    return (await known).of(id);
  }

  #find(ref: Pick<ResultRef, "stage" | "key">): Promise<FoundResult> {
    return this.#once(ref, () => this.#look(ref));
  }

  /** The state of a result, which is looked for once. */
  #once(
    { stage, key }: Pick<ResultRef, "stage" | "key">,
    look: () => Promise<FoundResult>,
  ): Promise<FoundResult> {
    const name = `${stage}/${key}`;
    const found = this.#found.get(name) ?? look();
    this.#found.set(name, found);
    return found;
  }

  async #look({ stage, key }: Pick<ResultRef, "stage" | "key">): Promise<FoundResult> {
    const digits = groupOf({ key });
    const group: Group = this.#groups.get(`${stage}/${digits}`) ?? { asked: 0 };
    this.#groups.set(`${stage}/${digits}`, group);
    group.asked++;
    if (group.asked > MANY) {
      group.keys ??= this.#store.keysIn(stage, digits);
      if (!(await group.keys).has(key)) return { state: "absent" };
    }
    return await this.#store.find({ stage, key });
  }

  /** Results of a stage, by name and inputs: which of several is the nearest depends on no key. */
  async #readSome(stage: string): Promise<NearestResults> {
    const keys = await this.#store.keys(stage, MOST_READ);
    const heads: StoredHead[] = [];
    for (let i = 0; i < keys.length; i += AT_ONCE) {
      const some = keys.slice(i, i + AT_ONCE).map((key) =>
        this.#once({ stage, key }, () => this.#store.find({ stage, key }))
      );
      heads.push(...(await Promise.all(some)).flatMap((found) => headOf(found) ?? []));
    }
    const sorted = heads.map((head) => ({
      head,
      by: JSON.stringify([head.id.name, head.id.inputs]),
    }))
      .sort((a, b) => a.by < b.by ? -1 : 1);
    return new NearestResults(sorted.map(({ head }) => head));
  }
}

function headOf(found: FoundResult): StoredHead | undefined {
  return found.state === "whole" ? found.head : undefined;
}

/**
 * About how long a task takes on one thread, seconds: at the speed of the nearest earlier result;
 * unknown where there is none.
 */
export async function estimatedSeconds(
  task: StageTask,
  data: ExperimentData,
  known: Pick<KnownResults, "nearest">,
): Promise<number | undefined> {
  const nearest = await known.nearest(task.id);
  if (nearest === undefined || nearest.head.effort.count === 0) return undefined;
  const { seconds, count } = nearest.head.effort;
  return seconds / count * stageNamed(task.id.stage).count(task, data) * nearest.cost;
}

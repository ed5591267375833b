/**
 * A stage: a step of an experiment that depends on its inputs alone (but for the clock that timings
 * read), whose results are cached by a hash of those inputs. Whatever plans, runs, stores or lists
 * results knows a stage by this interface only.
 *
 * @module
 */
import type { Reference } from "../measure/cell_samples.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { LanguageModel } from "../model/language_model.ts";
import type { NgramModel } from "../model/ngram/ngram_model.ts";
import type { Failure } from "../report/run/run_record.ts";
import { type Json, type ResultId, resultId, type ResultRef } from "../store/stored_result.ts";
import type { SavedProgress } from "../store/store.ts";
import type { ExperimentData, ModelName } from "./experiment_data.ts";

/** One result to compute: plain data, which travels between threads. */
export interface StageTask {
  /** The result. */
  readonly id: ResultId;
  /** The results that it reads. */
  readonly needs: readonly ResultRef[];
}

/** A result as a stage computes it. */
export interface StageOutput<Result> {
  /** The result. */
  readonly result: Result;
  /** Wall-clock time of the work itself, seconds, without loading models. */
  readonly seconds: number;
  /** How many of the stage's units were done. */
  readonly count: number;
}

/** How the bytes of a result are read. */
export interface ResultFormat<Result> {
  /** The result in `body`; throws a `RangeError` where that is none. */
  decode(body: Uint8Array): Result;
}

/** Reads a result from the store, or from memory where this thread has just computed it. */
export type ReadResult = <Result>(
  format: ResultFormat<Result>,
  ref: ResultRef,
) => Promise<Result>;

/** The end of work that was told to stop, at a point where its progress is saved. */
export class Interrupted extends Error {
  /** The name of the class. */
  override readonly name = "Interrupted";
}

/** The end of a run at its first failure, as was asked for. */
export class FailFastError extends Error {
  /** The name of the class. */
  override readonly name = "FailFastError";
}

/** How a task is watched and stopped. */
export interface Watch {
  /** Told how many of its steps are done: first, before any is taken, those of an earlier run. */
  onStep(done: number): void;
  /** Asked at safe points whether to stop. */
  stopped(): boolean;
  /** Told what a person should know, if anyone listens. */
  notice?(message: string): void;
}

/** A model as a task uses it: plain data, which travels between threads. */
export interface ModelUse {
  /** Which of the experiment's models. */
  readonly name: ModelName;
  /**
   * Where its weights come from: a training, or a folder, which is read for blocks of that size, as long
   * as its files are in that state.
   */
  readonly weights:
    | { readonly trained: ResultRef }
    | { readonly folder: string; readonly state: string; readonly blockSize: number };
  /** How many layers it has of them, from the first on; all of them if left out. */
  readonly layers?: number;
  /** What the key of a result that depends on the model says of it. */
  readonly key: Json;
  /** The results that a task which uses it needs. */
  readonly needs: readonly ResultRef[];
}

/** Models and what else is worth sharing between tasks of an experiment; made when first asked for. */
export interface ModelSource {
  /** The tokens of the corpus. */
  readonly vocabulary: Vocabulary;
  /** A model of the experiment; it is loaded once, however many tasks use it. */
  model(use: ModelUse): Promise<LanguageModel>;
  /** The n-gram model of that order, counted from the training documents. */
  ngram(order: number): NgramModel;
  /** The texts that samples are compared with. */
  reference(): Reference | undefined;
}

/** Everything that a task may use. */
export interface StageInputs {
  /** The experiment. */
  readonly data: ExperimentData;
  /** Reads the results that it needs. */
  readonly read: ReadResult;
  /** Models, on as many threads as the task has. */
  readonly models: ModelSource;
  /** Threads that it may use. */
  readonly threads: number;
  /** Who watches it. */
  readonly watch: Watch;
  /** Where a resumable task saves how far it is. */
  readonly progress: SavedProgress;
}

/** The tasks of an experiment's earlier stages. */
export interface EarlierTasks {
  /** The tasks of `stage`, in order. */
  of<Task extends StageTask>(stage: Stage<Task, unknown>): readonly Task[];
  /** Why a result is missing, where its computation failed. */
  failure(ref: ResultRef): Error | undefined;
  /** The reproducible results of the stages before `stage` that failed, and why. */
  failures(stage: Pick<Stage, "name">): readonly Failure[];
}

/** A rough estimate of a task, made from its sizes alone. */
export interface Workload {
  /** Time on one thread, seconds, to the nearest power of ten. */
  readonly seconds: number;
  /** Threads that it can use. */
  readonly parts: number;
}

/** One step of an experiment; each is defined in a file of its own and listed in `stages.ts`. */
export interface Stage<Task extends StageTask = StageTask, Result = unknown>
  extends ResultFormat<Result> {
  /** Its name: also the store's folder for its results. */
  readonly name: string;
  /** Raised whenever the same inputs come to give another result, or other bytes. */
  readonly version: number;
  /** Its results, as a list of the store has them: `trained models`. */
  readonly title: string;
  /** One of its results as a plan names it, and several: `training`, `trainings`. */
  readonly noun: readonly [one: string, many: string];
  /** Computing its results, as the progress display has it: `decoding`. */
  readonly activity: string;
  /** The unit of progress, in the plural: `steps`, or tasks by their noun. */
  readonly progressUnit: string;
  /** The unit of its effort, in the plural: `documents`. */
  readonly unit: string;
  /** Whether it gives the same bytes every time; what reads a clock does not, and no report has it. */
  readonly isReproducible: boolean;
  /** Whether its tasks save their progress, so that an interrupted one resumes. */
  readonly isResumable?: boolean;
  /** Whether a task asks soon whether to stop, and is waited for: it keeps the runtime of a model busy. */
  readonly stopsSoon?: boolean;
  /** Whether a task needs all threads, and nothing beside it, since it measures time. */
  readonly runsAlone?: boolean;
  /** Where it runs: on a worker thread, if left out, or where the run itself does. */
  readonly runsOnMain?: boolean;
  /**
   * The stage after whose tasks its own run, each right after the one that it needs and on the same
   * thread, which still has that result in memory.
   */
  readonly follows?: string;
  /** Descriptions of changed inputs that are not settings, by their paths in a key's inputs. */
  readonly inputNames?: Readonly<Record<string, string>>;
  /** Inputs that need no word where the setting that they follow from has changed, by their paths. */
  readonly impliedInputs?: Readonly<Record<string, string>>;

  /** Its tasks in an experiment. */
  tasks(data: ExperimentData, earlier: EarlierTasks): readonly Task[];
  /** The result in the words of a list of failures: `training of the target`. */
  describe(ref: ResultRef): string;
  /** How many units a task takes, about. */
  count(task: Task, data: ExperimentData): number;
  /** Steps that a task tells its watch of; it counts as one step if left out. */
  steps?(task: Task, data: ExperimentData): number;
  /** A rough estimate of a task, by which threads are shared out; all are alike if left out. */
  workload?(task: Task, data: ExperimentData): Workload;
  /**
   * A name that tasks of an experiment have in common which share what takes long to make: they run one
   * after another, best on one thread; `undefined`, or left out, for one that shares nothing.
   */
  shares?(task: Task): string | undefined;
  /** Results with the same family take times that can be compared; all of the stage if left out. */
  family?(id: ResultId): string;
  /** The cost of a unit relative to other results of the family; 1 if left out. */
  unitCost?(id: ResultId): number;
  /** The models that the computation of a task loads; none if left out. */
  models?(task: Task): readonly ModelUse[];
  /**
   * Of a stage that runs alone: whether a task uses one of so many threads, so that the run itself goes on
   * beside it.
   */
  leavesThread?(task: Task, data: ExperimentData, threads: number): boolean;
  /** Begins to load what {@linkcode run} needs, while a thread has nothing to do. */
  preload?(data: ExperimentData): void;
  /** Computes the result of a task. */
  run(task: Task, inputs: StageInputs): Promise<StageOutput<Result>>;
  /** The bytes of a result. */
  encode(result: Result): Uint8Array;
}

/** The id of a result of `stage` that depends on `inputs` and on what computes it. */
export function idOf(
  { name, version }: Pick<Stage, "name" | "version">,
  title: string,
  inputs: Readonly<Record<string, Json | undefined>>,
): ResultId {
  // Functions such as exp belong to the runtime, another version of which may round differently.
  const versions = { stage: version, v8: Deno.version.v8 };
  return resultId(name, title, { ...inputs, versions });
}

/** The result of `work` and the time that it took. */
export function timed<Result>(work: () => Result): Pick<StageOutput<Result>, "result" | "seconds"> {
  const began = performance.now();
  const result = work();
  return { result, seconds: (performance.now() - began) / 1000 };
}

/** The bytes of a result that is plain data; throws a `RangeError` for what JSON cannot represent. */
export function encodeJson(result: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(result, (key, value) => {
    if (typeof value !== "number" || Number.isFinite(value)) return value;
    throw new RangeError(`Cannot store ${key}: expected a finite number, found ${value}`);
  }));
}

/** The result that {@linkcode encodeJson} wrote; throws a `RangeError` unless `is` holds for it. */
export function decodeJson<Result>(
  body: Uint8Array,
  what: string,
  is: (value: unknown) => value is Result,
): Result {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new RangeError(`expected ${what} as JSON`, { cause: error });
  }
  if (is(value)) return value;
  throw new RangeError(`expected ${what}, found other JSON`);
}

/** Whether `value` is an object whose fields have these types (as `typeof` has it; or `array`). */
export function hasFields(
  value: unknown,
  types: Readonly<Record<string, "string" | "number" | "object" | "array">>,
): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(types).every(([name, type]) => {
    const field: unknown = Reflect.get(value, name);
    return type === "array" ? Array.isArray(field) : typeof field === type && field !== null;
  });
}

/**
 * A plan as a file: everything that it takes to compute its tasks one by one, in any process and on
 * any machine with the same program, to the same bytes. Later edits of the configs change nothing.
 *
 * @module
 */
import { pathText } from "../config/path.ts";
import { ChangedCorpusError } from "../data/corpus.ts";
import { TokenizerError } from "../data/vocabularies.ts";
import { UnreadableError } from "../files/read_bounded.ts";
import { ModelFolderError } from "../model/hugging_face/model_folder.ts";
import type { Arithmetic } from "../model/simd/arithmetic.ts";
import {
  corpusData,
  type ExperimentData,
  type FrozenExperiment,
  type ReadInputs,
} from "../stages/experiment_data.ts";
import type { StageTask } from "../stages/stage.ts";
import { ExperimentTasks, stageNamed } from "../stages/stages.ts";
import { memoryProblem } from "./check_with_corpus.ts";
import { CorpusCache } from "./corpus_cache.ts";
import { machineProblem, type PlannedExperiment, runProblem } from "./plan_content.ts";
import type { PlanRow, PlanRows } from "./plan_rows.ts";
import { PlanTextError, WRITE_AGAIN } from "./plan_text.ts";
import { type FrozenSweep, type PlanNeeds, type PlanParts, readPlan } from "./read_plan.ts";

/** A plan that cannot be read or used, or a task that it does not have. */
export class PlanError extends Error {
  /** The name of the class. */
  override readonly name = "PlanError";
}

/** The runs of one config, and the folders of their results. */
export interface PlanSweep {
  /** Their name. */
  readonly name: string;
  /** The folder of a sweep, which has those of its runs in it; that of the run where there is one. */
  readonly folder: string;
  /** The experiments. */
  readonly parts: readonly { readonly data: ExperimentData; readonly folder: string }[];
}

/** One task of a plan, made. */
export interface PlanTask {
  /** Its row. */
  readonly row: PlanRow;
  /** The experiment that it is the task of; of several the first. */
  readonly data: ExperimentData;
  /** The task. */
  readonly task: StageTask;
}

/** How the runs of a plan are made. */
export interface ReadOptions {
  /** Reads corpora and models, each once. */
  readonly corpora: CorpusCache;
  /** Says which files links in a model's folder may lead to; if left out, none. */
  readonly mayRead?: (path: string) => boolean;
  /** The threads that a run has, which must fit into the memory; as many as there are cores if left out. */
  readonly threads?: number;
  /** How the processor rounds products and sums; what {@linkcode processorArithmetic} says if left out. */
  readonly arithmetic?: Arithmetic;
  /**
   * Whether results are only read, and none of a model is computed: then the processor and the memory of
   * this machine may be others than those that the runs need.
   */
  readonly mergesOnly?: boolean;
}

/** The tasks of experiments, as long as anybody has these. */
const tasksOfData = new WeakMap<ExperimentData, ExperimentTasks>();

/**
 * A plan that was opened: its rows are there; its experiments are made, and the corpora and models that
 * they name are read, when they are first asked for.
 */
export class FrozenPlan {
  /** The file, as messages name it. */
  readonly file: string;
  /** The SHA-256 of the plan. */
  readonly sha256: string;
  /** The runs of each config. */
  readonly sweeps: readonly FrozenSweep[];
  /** The tasks. */
  readonly rows: PlanRows;
  /** The files and the network that it needs. */
  readonly needs: PlanNeeds;
  readonly #parts: PlanParts;
  readonly #options: ReadOptions;
  readonly #made = new Map<number, Promise<ExperimentTasks> | WeakRef<ExperimentData>>();

  /** The plan in `file` with these `parts`, whose runs are made as `options` say. */
  constructor(
    file: string,
    parts: PlanParts,
    options: ReadOptions = { corpora: new CorpusCache() },
  ) {
    this.file = file;
    this.sha256 = parts.sha256;
    this.sweeps = parts.sweeps;
    this.rows = parts.rows;
    this.needs = parts.needs;
    this.#parts = parts;
    this.#options = options;
  }

  /** The same plan, whose runs are made as `options` say. */
  reading(options: ReadOptions): FrozenPlan {
    return new FrozenPlan(this.file, this.#parts, options);
  }

  /** How many runs it has. */
  get runCount(): number {
    return this.#parts.runs.length;
  }

  /**
   * The experiment with that index. Reads its corpus and what it has to know of its models; throws a
   * `CorpusError` or a {@linkcode PlanError} where one is no longer what the plan was made for, or this
   * program computes other tasks from it. The same object is given as long as anybody has it.
   */
  async run(index: number): Promise<ExperimentData> {
    return (await this.tasks(index)).data;
  }

  /** The tasks of the experiment with that index, made as {@linkcode FrozenPlan.run} says. */
  async tasks(index: number): Promise<ExperimentTasks> {
    const known = this.#made.get(index);
    const data = known instanceof WeakRef ? known.deref() : undefined;
    const made = known instanceof WeakRef ? data && tasksOfData.get(data) : known;
    if (made !== undefined) return await made;
    const making = this.#make(index);
    this.#made.set(index, making);
    const tasks = await making;
    tasksOfData.set(tasks.data, tasks);
    this.#made.set(index, new WeakRef(tasks.data));
    return tasks;
  }

  /** The task with that number, made as {@linkcode FrozenPlan.run} says. */
  async task(number: number): Promise<PlanTask> {
    const row = this.rows.at(number);
    const tasks = await this.tasks(row.run);
    const task = tasks.of(stageNamed(row.stage)).find(({ id }) => id.key === row.key);
    if (task === undefined) throw this.#otherTasks(row);
    return { row, data: tasks.data, task };
  }

  /** All runs, made. */
  async whole(): Promise<readonly PlanSweep[]> {
    const sweeps: PlanSweep[] = [];
    for (const { name, folder, runs } of this.sweeps) {
      const parts: PlanSweep["parts"][number][] = [];
      for (const { index, folder } of runs) parts.push({ data: await this.run(index), folder });
      sweeps.push({ name, folder, parts });
    }
    return sweeps;
  }

  /**
   * The task that `given` names: its number, or the beginning of its key (8 digits at least). Throws a
   * {@linkcode PlanError}.
   */
  find(given: string): PlanRow {
    const { rows } = this;
    const number = /^[1-9]\d{0,8}$/.test(given) ? Number(given) : 0;
    const byKey: PlanRow[] = [];
    if (/^[0-9a-f]{8,64}$/.test(given)) {
      for (const row of rows) if (row.key.startsWith(given)) byKey.push(row);
    }
    const [found] = byKey;
    if (found !== undefined && byKey.length === 1) return found;
    if (number >= 1 && number <= rows.length) return rows.at(number);
    throw new PlanError(
      `cannot find the task ${given}: expected a number of 1 to ${rows.length}, or the beginning ` +
        "of the key of one task",
    );
  }

  async #make(index: number): Promise<ExperimentTasks> {
    const { file } = this;
    const line = this.#parts.runs[index];
    if (line === undefined) throw new TypeError(`Cannot find run ${index} of ${file}`);
    const { folder: _folder, ...frozen }: PlannedExperiment = JSON.parse(
      new TextDecoder().decode(line),
    );
    const problem = runProblem(file, frozen);
    if (problem !== undefined) throw refusal(file, problem);
    const { corpora, mayRead, threads, mergesOnly = false } = this.#options;
    const elsewhere = mergesOnly ? undefined : machineProblem(frozen, this.#options.arithmetic);
    if (elsewhere !== undefined) throw refusal(file, `it was written for ${elsewhere}`);
    const inputs = await readInputs(file, frozen, corpora, mayRead);
    const { folders: _, ...pinned } = frozen;
    const data = { ...pinned, ...corpusData(frozen.experiment.config, inputs) };
    const tooLarge = mergesOnly
      ? undefined
      : memoryProblem(data, threads === undefined ? {} : { threads });
    if (tooLarge !== undefined) {
      throw refusal(file, `${pathText(tooLarge.path)}: ${tooLarge.message}`);
    }
    const tasks = new ExperimentTasks(data);
    this.#checkRows(index, tasks);
    return tasks;
  }

  /** Checks that the rows of a run are those of its `tasks`; throws a {@linkcode PlanError}. */
  #checkRows(index: number, tasks: ExperimentTasks): void {
    const { rows } = this;
    const own = rows.ofRun(index);
    for (const { id: { stage, name, key }, needs } of tasks.inOrderOfWork([])) {
      const number = rows.numberOf(key);
      // An earlier run has it, too.
      if (number !== undefined && rows.at(number).run < index) continue;
      const row = own.next().value;
      if (row === undefined) throw this.#otherTasks(rows.at(rows.length));
      const said = row.needs;
      const isSame = row.key === key && row.stage === stage && row.name === name &&
        said.length === needs.length &&
        needs.every((need, i) => rows.numberOf(need.key) === said[i]);
      if (!isSame) throw this.#otherTasks(row);
    }
    const more = own.next().value;
    if (more !== undefined) throw this.#otherTasks(more);
  }

  #otherTasks({ number }: PlanRow): PlanError {
    return refusal(
      this.file,
      `this program computes other tasks from its experiments, from task ${number} on; ` +
        WRITE_AGAIN,
    );
  }
}

/**
 * Opens a plan, and none of the files that it names. Throws a {@linkcode PlanError} where it is damaged
 * or was written by another program.
 */
export async function openPlan(file: string): Promise<FrozenPlan> {
  try {
    return new FrozenPlan(file, await readPlan(file));
  } catch (error) {
    if (error instanceof PlanTextError) throw refusal(file, error.message);
    if (error instanceof UnreadableError) {
      throw new PlanError(
        `cannot read the plan ${file}: ${error.message}` +
          (error.missing ? remedyFor(file) : ""),
      );
    }
    throw error;
  }
}

/** What to do where there is no plan. */
function remedyFor(file: string): string {
  const writes = `; deno task plan CONFIG… --write ${file === "-" ? "PLAN" : file} writes one`;
  return file === "-" ? `, and no plan is read from the standard input${writes}` : writes;
}

/** Reads the inputs of a run of the plan in `file`; a {@linkcode PlanError} says what of models is wrong. */
async function readInputs(
  file: string,
  frozen: FrozenExperiment,
  corpora: CorpusCache,
  mayRead: ((path: string) => boolean) | undefined,
): Promise<ReadInputs> {
  try {
    return await corpora.readFrozen(frozen, mayRead);
  } catch (error) {
    if (error instanceof ChangedCorpusError) {
      throw refusal(
        file,
        `the corpus ${error.file} has changed since the plan was written: ${error.problem}; ` +
          `restore it, or ${WRITE_AGAIN}`,
      );
    }
    const isOfModel = error instanceof ModelFolderError || error instanceof TokenizerError ||
      error instanceof Error && error.name === "HubError";
    throw isOfModel ? refusal(file, error.message) : error;
  }
}

function refusal(file: string, reason: string): PlanError {
  return new PlanError(`cannot use the plan ${file}: ${reason}`);
}

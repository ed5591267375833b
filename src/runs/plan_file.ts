/**
 * A plan as a file: everything that it takes to compute its tasks one by one, in any process and on
 * any machine with the same program, to the same bytes. Later edits of the configs change nothing.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { resolve } from "@std/path";
import project from "../../deno.json" with { type: "json" };
import { IN_PROJECT, pathFrom } from "../config/named_files.ts";
import { pathText } from "../config/path.ts";
import { isHubName } from "../data/hub_source.ts";
import { TokenizerError } from "../data/vocabularies.ts";
import { kindIn } from "../files/kind.ts";
import { UnreadableError } from "../files/read_bounded.ts";
import type { Place } from "../files/place.ts";
import { writeError, writeWhole } from "../files/write_whole.ts";
import { ModelFolderError } from "../model/hugging_face/model_folder.ts";
import { platformProblem } from "../model/onnx/platform.ts";
import {
  corpusData,
  type ExperimentData,
  type FrozenExperiment,
  type ReadInputs,
} from "../stages/experiment_data.ts";
import type { StageTask } from "../stages/stage.ts";
import { ExperimentTasks, stageNamed, stages } from "../stages/stages.ts";
import type { Store } from "../store/store.ts";
import { firstAndCount } from "../text/format.ts";
import { memoryProblem } from "./check_with_corpus.ts";
import { CorpusCache } from "./corpus_cache.ts";
import { estimatedSeconds, KnownResults } from "./known_results.ts";
import {
  isProgram,
  isRun,
  isSweep,
  isVersions,
  type PlannedExperiment,
  runProblem,
  type Versions,
} from "./plan_content.ts";
import { type PlanRow, PlanRows } from "./plan_rows.ts";
import { BEGINNING, beginningOf, planBytes, PlanTextError, readPlanText } from "./plan_text.ts";
import { changedFiles, type ProgramFiles, programFiles } from "./program_files.ts";

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

/** The runs of one config in a plan, whose experiments are not made yet. */
export interface FrozenSweep {
  /** Their name. */
  readonly name: string;
  /** The folder of a sweep, which has those of its runs in it; that of the run where there is one. */
  readonly folder: string;
  /** For each run its index over all sweeps and its folder. */
  readonly runs: readonly { readonly index: number; readonly folder: string }[];
}

/**
 * Checks that a plan may be written to `place`: there is nothing, or an earlier plan. Throws a
 * `WriteError`.
 */
export async function checkPlanPlace({ shown, path }: Place): Promise<void> {
  const expected = "expected nothing there, or an earlier plan, found";
  const info = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw writeError(shown, error);
  });
  if (info === undefined) return;
  if (!info.isFile) {
    throw writeError(shown, `${expected} ${kindIn(info)}`);
  }
  if (!(await beginningOf(path)).includes(BEGINNING)) {
    throw writeError(shown, `${expected} another file`);
  }
}

/** How to write a plan. */
export interface WriteOptions {
  /** The store, whose results tell how long similar ones take. */
  readonly store: Store;
  /** The files of the program. */
  readonly program: ProgramFiles;
}

/** Writes the plan of `sweeps` to `file`; its rows. Throws a `WriteError`. */
export async function writePlan(
  file: string,
  sweeps: readonly PlanSweep[],
  { store, program }: WriteOptions,
): Promise<PlanRows> {
  const rows = new PlanRows();
  const known = await KnownResults.in(store);
  const runs = sweeps.flatMap(({ parts }) => parts.map(({ data }) => data));
  await writeWhole(
    file,
    planBytes({
      head: { versions: versions(), program },
      sweeps: sweeps.map(({ name, folder, parts }) => ({
        name,
        folder,
        runs: parts.map(({ data, folder }): PlannedExperiment => ({ folder, ...frozen(data) })),
      })),
      tasks: taskLines(runs, rows, known),
    }),
  );
  return rows;
}

/** The lines of the tasks of `runs`, which are added to `rows`. */
async function* taskLines(
  runs: readonly ExperimentData[],
  rows: PlanRows,
  known: KnownResults,
): AsyncGenerator<readonly unknown[]> {
  const numbers = new Map<string, number>();
  for (const [run, data] of runs.entries()) {
    for (const task of inOrder(new ExperimentTasks(data))) {
      const { id: { stage, name, key }, needs } = task;
      if (numbers.has(key)) continue;
      const of = needs.map(({ key }) => numbers.get(key) ?? 0);
      const seconds = await estimatedSeconds(task, data, known) ??
        stageNamed(stage).workload?.(task, data).seconds ?? 1;
      rows.add({ run, stage, name, key, needs: of, seconds, memory: 2e8 });
      numbers.set(key, rows.length);
      yield [rows.length, run, stage, name, key, of, seconds, 2e8];
    }
  }
}

/** The tasks of an experiment in the order of a plan: those of a group together. */
function inOrder(tasks: ExperimentTasks): readonly StageTask[] {
  return tasks.inOrderOfWork([]);
}

/** The files and the network that a plan needs besides itself. */
export interface PlanNeeds {
  /** The folders of its results, as it names them. */
  readonly folders: readonly string[];
  /** The files of its corpora, and the folders of its models. */
  readonly inputs: readonly string[];
  /** Whether it names a URL, or a model of the hub. */
  readonly network: boolean;
}

/** How the runs of a plan are made. */
export interface ReadOptions {
  /** Reads corpora and models, each once. */
  readonly corpora: CorpusCache;
  /** Says which files links in a model's folder may lead to; if left out, none. */
  readonly mayRead?: (path: string) => boolean;
  /** The threads that a run has, which must fit into the memory; as many as there are cores if left out. */
  readonly threads?: number;
  /**
   * Whether results are only read, and none of a model is computed: then the processor and the memory of
   * this machine may be others than those that the runs need.
   */
  readonly mergesOnly?: boolean;
}

/** The parts of an opened plan. */
interface PlanParts extends Pick<FrozenPlan, "file" | "sha256" | "sweeps" | "rows" | "needs"> {
  /** The lines of the runs. */
  readonly runs: readonly Uint8Array[];
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

  /** Of `parts`, whose runs are made as `options` say. */
  constructor(parts: PlanParts, options: ReadOptions = { corpora: new CorpusCache() }) {
    this.file = parts.file;
    this.sha256 = parts.sha256;
    this.sweeps = parts.sweeps;
    this.rows = parts.rows;
    this.needs = parts.needs;
    this.#parts = parts;
    this.#options = options;
  }

  /** The same plan, whose runs are made as `options` say. */
  reading(options: ReadOptions): FrozenPlan {
    return new FrozenPlan(this.#parts, options);
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
    const elsewhere = mergesOnly || frozen.platform === undefined
      ? undefined
      : platformProblem(frozen.platform, "run");
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
    const keys = new Set(inOrder(tasks).map(({ id }) => id.key));
    for (const row of this.rows.ofRun(index)) {
      if (!keys.delete(row.key)) throw this.#otherTasks(row);
    }
    return tasks;
  }

  #otherTasks({ number }: PlanRow): PlanError {
    return refusal(
      this.file,
      `this program computes other tasks from its experiments, from task ${number} on; ` +
        "write it again",
    );
  }
}

/**
 * Opens a plan, and none of the files that it names. Throws a {@linkcode PlanError} where it is damaged
 * or was written by another program.
 */
export async function openPlan(file: string): Promise<FrozenPlan> {
  const sweeps: { name: string; folder: string; runs: { index: number; folder: string }[] }[] = [];
  const runs: Uint8Array[] = [];
  const rows = new PlanRows();
  const needs = new NeedsOfRuns();
  const encoder = new TextEncoder();
  let then: Versions | undefined;
  let program: ProgramFiles | undefined;
  try {
    const sha256 = await readPlanText(file, {
      head(name, value) {
        if (name === "versions" && isVersions(value)) then = value;
        else if (name === "program" && isProgram(value)) program = value;
        else throw damaged(file);
      },
      sweep(value) {
        if (!isSweep(value)) throw damaged(file);
        sweeps.push({ name: value.name, folder: value.folder, runs: [] });
      },
      run(value, line) {
        const sweep = sweeps.at(-1);
        if (sweep === undefined || !isRun(value, sweep.folder)) throw damaged(file);
        sweep.runs.push({ index: runs.length, folder: value.folder });
        runs.push(encoder.encode(line));
        needs.add(value);
      },
      task(value) {
        addRow(rows, value, runs.length, file);
      },
    });
    if (then === undefined || program === undefined) throw damaged(file);
    checkVersions(file, then);
    checkProgram(file, program, await programFiles());
    return new FrozenPlan({
      file,
      sha256,
      sweeps,
      rows,
      runs,
      needs: needs.of(sweeps.map(({ folder }) => folder)),
    });
  } catch (error) {
    if (error instanceof PlanTextError) throw refusal(file, error.message);
    if (error instanceof UnreadableError) {
      throw new PlanError(`cannot read the plan ${file}: ${error.message}`);
    }
    throw error;
  }
}

/** Adds the row that a line holds, whose parts are checked; throws a {@linkcode PlanError}. */
function addRow(rows: PlanRows, value: unknown, runs: number, file: string): void {
  if (!Array.isArray(value) || value.length !== 8) throw damaged(file);
  const [number, run, stage, name, key, needs, seconds, memory]: unknown[] = value;
  const isRow = number === rows.length + 1 && typeof run === "number" && run < runs &&
    typeof stage === "string" && typeof name === "string" && name.length <= LONGEST_NAME &&
    typeof key === "string" && Array.isArray(needs) &&
    isAmount(seconds) && isAmount(memory) && rows.length < MOST_ROWS;
  if (!isRow) throw damaged(file);
  try {
    rows.add({ run, stage, name, key, needs, seconds, memory });
  } catch (error) {
    if (error instanceof RangeError) throw damaged(file);
    throw error;
  }
}

/** The most rows, and characters of a name. */
const MOST_ROWS = 8_000_000;
const LONGEST_NAME = 10_000;
/** The most seconds and bytes that an estimate may say. */
const MOST_AMOUNT = 1e15;

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MOST_AMOUNT;
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
    const isOfModel = error instanceof ModelFolderError || error instanceof TokenizerError ||
      error instanceof Error && error.name === "HubError";
    throw isOfModel ? refusal(file, error.message) : error;
  }
}

/** Collects the needs of runs. */
class NeedsOfRuns {
  readonly #inputs = new Set<string>();
  #network = false;

  add({ corpus, folders = {} }: FrozenExperiment): void {
    const models = Object.values(folders).map(({ path }) => path);
    const source = corpus?.source;
    const paths = [
      ...source !== undefined && "path" in source ? [source.path] : [],
      ...models.filter((path) => !isHubName(path)),
    ];
    for (const path of paths) this.#inputs.add(pathFrom(path, ""));
    this.#network ||= source !== undefined && "url" in source || models.some(isHubName);
  }

  of(folders: readonly string[]): PlanNeeds {
    return { folders, inputs: [...this.#inputs], network: this.#network };
  }
}

function checkVersions(file: string, then: Versions): void {
  for (const [what, now, before] of versionPairs(versions(), then)) {
    if (now === before) continue;
    throw refusal(
      file,
      `it was written with ${what} ${before}, and this is ${now}; write it again`,
    );
  }
}

function checkProgram(file: string, then: ProgramFiles, now: ProgramFiles): void {
  const changed = changedFiles(then, now);
  if (changed.length === 0) return;
  throw refusal(
    file,
    `the program has changed since it was written: ${firstAndCount(changed, 3).join(", ")}; ` +
      "write it again",
  );
}

function damaged(file: string): PlanError {
  return refusal(file, "it is damaged: expected content with the SHA-256 that it names");
}

function refusal(file: string, reason: string): PlanError {
  return new PlanError(`cannot use the plan ${file}: ${reason}`);
}

function versions(): Versions {
  return {
    microbeam: project.version,
    v8: Deno.version.v8,
    stages: Object.fromEntries(stages.map(({ name, version }) => [name, version])),
  };
}

/** For each version its subject, its value now and its value in the plan. */
function versionPairs(now: Versions, then: Versions): [string, unknown, unknown][] {
  return [
    ["microbeam", now.microbeam, then.microbeam],
    ["V8", now.v8, then.v8],
    ...Object.entries(now.stages).map(([name, version]): [string, unknown, unknown] => [
      `version`,
      `${version} of the stage ${name}`,
      `${then.stages[name]} of the stage ${name}`,
    ]),
  ];
}

/** An experiment as a plan holds it: paths outside the project are absolute. */
function frozen(
  { experiment, configText, corpus, platform, models }: ExperimentData,
): FrozenExperiment {
  const folders = Object.entries(models).flatMap(([name, origin]) => {
    if (origin.kind !== "folder") return [];
    const { path, digest } = origin;
    const isPortable = path.startsWith(IN_PROJECT) || isHubName(path);
    return [[name, { path: isPortable ? path : resolve(path), digest }]];
  });
  return {
    experiment,
    configText,
    ...(corpus === undefined ? {} : { corpus: frozenCorpus(corpus) }),
    ...(folders.length === 0 ? {} : { folders: Object.fromEntries(folders) }),
    ...(platform === undefined ? {} : { platform }),
  };
}

function frozenCorpus({ source, sha256 }: NonNullable<FrozenExperiment["corpus"]>) {
  const isPortable = !("path" in source) || source.path.startsWith(IN_PROJECT);
  return { source: isPortable ? source : { path: resolve(source.path) }, sha256 };
}

/**
 * The tables of a run that its report does not have: samples, losses and timings, made from the results in
 * the store.
 *
 * @module
 */
import { lossBytes, lossColumns, lossesHeader, lossRows } from "../report/losses_csv.ts";
import { sampleColumns, sampleRows, samplesHeader, tokenIds } from "../report/samples_csv.ts";
import type { Timing } from "../report/timings_csv.ts";
import { decode } from "../stages/decode.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { foundResults } from "../stages/found_results.ts";
import { loss } from "../stages/loss.ts";
import { measure } from "../stages/measure.ts";
import { report } from "../stages/report.ts";
import type { ReadResult, StageTask } from "../stages/stage.ts";
import type { ExperimentTasks } from "../stages/stages.ts";
import { time } from "../stages/time.ts";
import { MadeAhead, RoomAhead } from "./made_ahead.ts";
import type { RunState } from "./run_state.ts";

/** The tables of one run. They are made when they are asked for, or ahead, and each once. */
export class RunTables {
  /** `samples.csv`. */
  readonly samples: MadeAhead;
  /** `losses.csv`. */
  readonly losses: MadeAhead;
  readonly #tasks: ExperimentTasks;
  readonly #state: RunState;
  #costs: Promise<Timing[]> | undefined;
  #isStopped = false;

  /** Of a run whose results are in the store, but perhaps for its timings. */
  constructor(tasks: ExperimentTasks, state: RunState) {
    [this.#tasks, this.#state] = [tasks, state];
    this.samples = new MadeAhead(samplesCsv(tasks, state.read));
    this.losses = new MadeAhead(lossesCsv(tasks, state.read));
  }

  /** Begins to make what depends on no timing, in memory, until `room` is full or it is stopped. */
  async make(room: RoomAhead): Promise<void> {
    for (const table of [this.samples, this.losses]) {
      if (this.#isStopped) return;
      await table.make(room);
    }
    if (this.#isStopped) return;
    this.#costs = costs(this.#tasks, this.#state);
    // Whoever asks for the timings hears of a failure.
    await this.#costs.catch(() => {});
  }

  /** Makes nothing more ahead. */
  stop(): void {
    this.#isStopped = true;
    for (const table of [this.samples, this.losses]) table.stop();
  }

  /** The cost of each reproducible result when it was computed, by this run or an earlier one, and timings. */
  async timings(): Promise<Timing[]> {
    this.#isStopped = true;
    const own = await (this.#costs ?? costs(this.#tasks, this.#state));
    return [...own, ...await oneTextTimings(this.#tasks, this.#state)];
  }
}

/** The tables of runs, some of which are made while their other results are still computed. */
export class TablesAhead {
  readonly #experiments: ReadonlyMap<ExperimentData, ExperimentTasks>;
  readonly #state: RunState;
  readonly #room = new RoomAhead();
  readonly #begun = new Map<ExperimentTasks, RunTables>();
  #last: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** Has begun none of those of `experiments`. */
  constructor(experiments: readonly ExperimentTasks[], state: RunState) {
    this.#experiments = new Map(experiments.map((tasks) => [tasks.data, tasks]));
    this.#state = state;
  }

  /**
   * Begins to make those of an experiment whose report is written, after those that it began before;
   * nothing once it is stopped.
   */
  begin(data: ExperimentData): void {
    const tasks = this.#experiments.get(data);
    if (tasks === undefined || this.#isStopped || !this.#room.isLeft) return;
    const tables = new RunTables(tasks, this.#state);
    this.#begun.set(tasks, tables);
    this.#last = this.#last.then(() => tables.make(this.#room));
  }

  /** The tables of an experiment; those that were begun are given once. */
  of(tasks: ExperimentTasks): RunTables {
    const begun = this.#begun.get(tasks);
    this.#begun.delete(tasks);
    return begun ?? new RunTables(tasks, this.#state);
  }

  /** Makes nothing more ahead. */
  stop(): void {
    this.#isStopped = true;
    for (const tables of this.#begun.values()) tables.stop();
  }
}

/** Whether the tokens of the models are those of a tokenizer, and no characters. */
function isTokenized({ data: { vocabulary } }: ExperimentTasks): boolean {
  return "tokenizer" in vocabulary;
}

/** `samples.csv`, cell by cell: of many millions of samples only one cell's are in memory. */
async function* samplesCsv(tasks: ExperimentTasks, read: ReadResult): AsyncGenerator<Uint8Array> {
  const columns = isTokenized(tasks) ? [...sampleColumns, tokenIds] : sampleColumns;
  yield new TextEncoder().encode(samplesHeader(columns));
  for (const { id, cell, samples } of foundResults(tasks.data, tasks).cells) {
    const measured = await read(measure, id);
    // Labels and settings differ between configs that share its results.
    yield* sampleRows(await read(decode, samples), { ...measured, cell }, columns);
  }
}

/** `losses.csv`, model by model. */
async function* lossesCsv(tasks: ExperimentTasks, read: ReadResult): AsyncGenerator<Uint8Array> {
  const columns = isTokenized(tasks) ? [...lossColumns, lossBytes] : lossColumns;
  yield new TextEncoder().encode(lossesHeader(columns));
  for (const ref of foundResults(tasks.data, tasks).losses) {
    yield* lossRows(await read(loss, ref), tasks.data.split.heldOut, columns);
  }
}

/** The cost of each reproducible result when it was computed. */
async function costs(tasks: ExperimentTasks, state: RunState): Promise<Timing[]> {
  const rows: Timing[] = [];
  const isFound = ({ id }: StageTask): boolean => state.failure(id) === undefined;
  for (const { id } of tasks.inOrderOfWork([report, time]).filter(isFound)) {
    const head = await state.options.store.head(id);
    if (head === undefined) continue;
    const { effort: { seconds, count, unit } } = head;
    const what = id.name;
    const cached = !state.recomputed(id);
    rows.push({ stage: id.stage, what, seconds: { value: seconds }, count, unit, cached });
  }
  return rows;
}

/** The times of speculation at one text at a time; none where nothing speculates, or timing failed. */
export async function oneTextTimings(tasks: ExperimentTasks, state: RunState): Promise<Timing[]> {
  const rows: Timing[] = [];
  for (const { id } of tasks.of(time)) {
    if (state.failure(id) !== undefined || state.isLeftOut(id)) continue;
    const measured = await state.read(time, id);
    rows.push(...measured.map((row) => ({ ...row, cached: !state.recomputed(id) })));
  }
  return rows;
}

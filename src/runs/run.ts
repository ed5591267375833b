/**
 * Whole runs: what the store lacks is made, and then each output folder put together.
 *
 * @module
 */
import type { Failure } from "../report/run/run_record.ts";
import { assemble } from "./write_run.ts";
import { makeMeasures, makeTimings, makeTrainings } from "./make_results.ts";
import type { OutputFolder } from "./output_folder.ts";
import type { Prepared } from "./check_with_corpus.ts";
import type { MadeRun } from "../stages/report_files.ts";
import type { StagedRun } from "../stages/run_tasks.ts";
import { type RunOptions, Session } from "./run_state.ts";
import { type RunIds, runIds } from "../stages/cache_keys.ts";
import type { StageId } from "../store/stored_result.ts";
import { LostEntryError } from "../store/store.ts";
import { preloadDrawing } from "../stages/drawn_charts.ts";
import { summarize } from "./write_sweep.ts";
import { WorkerPool } from "../threads/worker_pool.ts";

/** An experiment, and where its results go. */
export interface Run {
  /** The experiment. */
  readonly prepared: Prepared;
  /** The folder. */
  readonly folder: OutputFolder;
}

/** The runs of one config. */
export interface Sweep {
  /** One, or one for each variant. */
  readonly runs: readonly Run[];
  /** What the variants have in common, and where the table of them all goes. */
  readonly summary?: { readonly name: string; readonly folder: OutputFolder };
}

/** What came of a run. */
export interface RunOutcome extends Run {
  /** What could not be had; the folder is as it was if that is the target. */
  readonly failures: readonly Failure[];
  /** Whether files were written: not if they were there, unchanged. */
  readonly written: boolean;
  /** How many of its models and cells were made now. */
  readonly made: Readonly<Record<"model" | "cell", number>>;
  /** How many of them could not be had. */
  readonly failed: Readonly<Record<"model" | "cell", number>>;
  /** Samples in all cells that could be had. */
  readonly samples: number;
}

/** What came of a sweep. */
export interface SweepOutcome {
  /** What came of each run. */
  readonly runs: readonly RunOutcome[];
  /** The folder of the table of all variants. */
  readonly summary?: OutputFolder;
}

/** Runs all of `sweeps`; a result is made once, however many runs need it. */
export async function runSweeps(
  sweeps: readonly Sweep[],
  options: RunOptions,
): Promise<SweepOutcome[]> {
  const session = new Session(options);
  const pool = new WorkerPool(options.store);
  const charts = sweeps.flatMap(({ runs }) => runs)
    .some(({ prepared: { setup } }) => setup.config.report.charts);
  const staged = new Map(
    sweeps.flatMap(({ runs }) => runs).map((run): [Run, StagedRun] => {
      const { setup } = run.prepared;
      return [run, { setup, ids: runIds(setup) }];
    }),
  );
  try {
    for (;;) {
      try {
        await makeTrainings([...staged.values()], session, pool);
        // Where there is something to make, there will be something to draw, and nothing to do till then.
        if (pool.isInUse && charts) preloadDrawing();
        await makeMeasures([...staged.values()], session, pool);
        await makeTimings([...staged.values()], session, pool);
        return await assembleAll(sweeps, staged, session);
      } catch (error) {
        // What was thought to be in the store is not: what it lacks now is made, and all goes on.
        if (!(error instanceof LostEntryError)) throw error;
        session.lose(error);
      }
    }
  } finally {
    pool.close();
  }
}

async function assembleAll(
  sweeps: readonly Sweep[],
  staged: ReadonlyMap<Run, StagedRun>,
  session: Session,
): Promise<SweepOutcome[]> {
  const outcomes: SweepOutcome[] = [];
  for (const { runs, summary } of sweeps) {
    const own: RunOutcome[] = [];
    const made: MadeRun[] = [];
    for (const run of runs) {
      session.options.signal.throwIfAborted();
      const { ids } = staged.get(run) as StagedRun;
      const failures = failuresOf(ids, session);
      made.push({ prepared: run.prepared, ids, failures });
      own.push(await assembleRun(run, { ids, failures }, session));
    }
    if (summary !== undefined) await summarize(summary.name, made, summary.folder, session);
    outcomes.push(summary === undefined ? { runs: own } : { runs: own, summary: summary.folder });
  }
  return outcomes;
}

async function assembleRun(
  run: Run,
  { ids, failures }: Pick<MadeRun, "ids" | "failures">,
  session: Session,
): Promise<RunOutcome> {
  const written = session.failure(ids.train.target) === undefined &&
    await assemble({ prepared: run.prepared, ids, failures }, run.folder, session);
  const trainings = Object.values(ids.train);
  const measures = ids.cells.map(({ measure }) => measure);
  const heads = await Promise.all(measures.map((id) => session.options.store.head(id)));
  return {
    ...run,
    failures,
    written,
    made: {
      model: trainings.filter((id) => session.made(id)).length,
      cell: ids.cells.filter(({ decode }) => session.made(decode)).length,
    },
    failed: {
      model: trainings.filter((id) => session.failure(id) !== undefined).length,
      cell: measures.filter((id) => session.failure(id) !== undefined).length,
    },
    samples: heads.reduce((sum, head) => sum + (head?.effort.count ?? 0), 0),
  };
}

/** What could not be had of a run: models, what they lose, cells. */
function failuresOf({ train, losses, cells }: RunIds, session: Session): Failure[] {
  const of = (what: string, id: StageId): Failure[] => {
    const error = session.failure(id);
    return error === undefined ? [] : [{ what, message: error.message }];
  };
  return [
    ...Object.values(train).flatMap((id) => of(`training of the ${id.name}`, id)),
    ...losses.flatMap(({ id }) => of(`loss of ${id.name}`, id)),
    ...cells.flatMap(({ cell, measure }) => of(cell.label, measure)),
  ];
}

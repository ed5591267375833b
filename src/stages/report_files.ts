// @ts-types="../declarations/path.d.ts"
import { basename } from "@std/path";
import type { CellMeasures } from "../measure/cell_measures.ts";
import { chartsOf } from "../report/run/charts.ts";
import { modelsCsv, resultsCsv, trainingCsv } from "../report/csv.ts";
import { reportMarkdown } from "../report/run/report.ts";
import type { Failure, ModelLosses, ModelRun, RunRecord } from "../report/run/run_record.ts";
import { parameterCount } from "../model/weights.ts";
import { compareCells } from "./compare_cells.ts";
import { drawn } from "./drawn_charts.ts";
import { longestDocument, type Prepared } from "../runs/check_with_corpus.ts";
import { resolvedConfig } from "./resolved_config.ts";
import type { Session } from "../runs/run_state.ts";
import type { ModelName } from "./experiment_data.ts";
import { type RunIds, versioned } from "./cache_keys.ts";
import { digest } from "../store/canonical_json.ts";
import type { StageId } from "../store/stored_result.ts";
import { readTraining } from "./stored_training.ts";
import {
  encodeJson,
  readLosses,
  readMeasures,
  readReport,
  type TextFiles,
} from "./stored_results.ts";

/** A run whose stages have been made as far as they can be. */
export interface MadeRun {
  /** What was asked for. */
  readonly prepared: Prepared;
  /** Its results. */
  readonly ids: RunIds;
  /** Those that could not be had. */
  readonly failures: readonly Failure[];
}

/** The id of a run's report. */
export function reportId({ prepared, ids, failures }: MadeRun): StageId {
  const { experiment } = prepared;
  const keys = (results: readonly StageId[]): string[] => results.map(({ key }) => key);
  return versioned("report", experiment.name, {
    name: experiment.name,
    variant: experiment.variant?.label,
    limit: experiment.limit,
    config: digest(resolvedConfig(prepared)),
    train: keys(Object.values(ids.train)),
    losses: keys(ids.losses.map(({ id }) => id)),
    cells: keys(ids.cells.map(({ measure }) => measure)),
    failures: failures.map(({ what, message }) => ({ what, message })),
  });
}

/** The report's files: everything but the samples, the checkpoints and what tells the time. */
export async function reportFiles(run: MadeRun, session: Session): Promise<TextFiles> {
  const { store } = session.options;
  const id = reportId(run);
  if (await session.has(id)) return await readReport(store, id);
  const began = performance.now();
  const record = await recordOf(run, session);
  const files: Record<string, string> = {
    "results.csv": resultsCsv(record),
    "models.csv": modelsCsv(record),
    "training.csv": trainingCsv(record.models),
    "config.yaml": resolvedConfig(run.prepared),
    ...await drawn(chartsOf(record)),
    "report.md": reportMarkdown(record),
  };
  const seconds = (performance.now() - began) / 1000;
  const effort = { seconds, count: Object.keys(files).length, unit: "files" };
  await store.write({ id, effort, body: encodeJson(files) });
  session.succeed(id);
  return files;
}

/** The measures of the cells that could be had. */
export function measuredCells({ cells }: RunIds, session: Session): Promise<CellMeasures[]> {
  const measured = cells.filter(({ measure }) => session.failure(measure) === undefined);
  return Promise.all(measured.map(async ({ cell, measure }) => ({
    ...await readMeasures(session.options.store, measure),
    // Where in the grid the cell is, is the config's to say.
    cell,
  })));
}

/** What models lose, as far as it could be had. */
export function readAllLosses({ losses }: RunIds, session: Session): Promise<ModelLosses[]> {
  const had = losses.filter(({ id }) => session.failure(id) === undefined);
  return Promise.all(had.map(({ id }) => readLosses(session.options.store, id)));
}

/** All that the run has found out, from the store. */
async function recordOf(
  { prepared, ids, failures }: MadeRun,
  session: Session,
): Promise<RunRecord> {
  const { store } = session.options;
  const { experiment, setup } = prepared;
  const models: ModelRun[] = [];
  for (const [name, id] of Object.entries(ids.train) as [ModelName, StageId][]) {
    const spec = setup.specs[name];
    if (spec === undefined || session.failure(id) !== undefined) continue;
    const { steps } = await readTraining(store, id);
    models.push({ name, spec, parameters: parameterCount(spec), steps });
  }
  const cells = await measuredCells(ids, session);
  return {
    experiment,
    corpus: describeCorpus(prepared),
    prompts: setup.prompts,
    models,
    losses: await readAllLosses(ids, session),
    ...compareCells(experiment, cells),
    cells,
    failures,
  };
}

function describeCorpus({ experiment, corpus, setup, vocabulary }: Prepared): RunRecord["corpus"] {
  const { path, url } = experiment.config.corpus;
  return {
    source: path === undefined ? url ?? "" : basename(path),
    sha256: corpus.sha256,
    documents: corpus.documents.length,
    heldOut: setup.split.heldOut.length,
    vocabulary: vocabulary.description,
    longest: longestDocument(corpus),
  };
}

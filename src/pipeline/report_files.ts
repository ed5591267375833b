// @ts-types="../declarations/path.d.ts"
import { basename } from "@std/path";
import { chartsOf } from "../report/charts.ts";
import { modelsCsv, resultsCsv, trainingCsv } from "../report/csv.ts";
import { reportMarkdown } from "../report/report.ts";
import type { Failure, ModelRun, RunRecord } from "../report/run_record.ts";
import { parameterCount } from "../model/weights.ts";
import { compareCells } from "./compare_cells.ts";
import { longestDocument, type Prepared } from "./prepare.ts";
import { resolvedConfig } from "./resolved_config.ts";
import type { Session } from "./session.ts";
import type { ModelName } from "./setup.ts";
import { type RunIds, versioned } from "./stage_ids.ts";
import { digest } from "./store/canonical_json.ts";
import type { StageId } from "./store/entry.ts";
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
    ...await charts(record),
    "report.md": reportMarkdown(record),
  };
  const seconds = (performance.now() - began) / 1000;
  const effort = { seconds, count: Object.keys(files).length, unit: "files" };
  await store.write({ id, effort, body: encodeJson(files) });
  session.succeed(id);
  return files;
}

/** All that the run has found out, from the store. */
async function recordOf(
  { prepared, ids, failures }: MadeRun,
  session: Session,
): Promise<RunRecord> {
  const { store } = session.options;
  const { experiment, setup } = prepared;
  const had = (id: StageId): boolean => session.failure(id) === undefined;
  const models: ModelRun[] = [];
  for (const [name, id] of Object.entries(ids.train) as [ModelName, StageId][]) {
    const spec = setup.specs[name];
    if (spec === undefined || !had(id)) continue;
    const { steps } = await readTraining(store, id);
    models.push({ name, spec, parameters: parameterCount(spec), steps });
  }
  const losses = ids.losses.filter(({ id }) => had(id));
  const measured = ids.cells.filter(({ measure }) => had(measure));
  const cells = await Promise.all(
    // Where in the grid the cell is, is the config's to say.
    measured.map(async ({ cell, measure }) => ({ ...await readMeasures(store, measure), cell })),
  );
  return {
    experiment,
    corpus: describeCorpus(prepared),
    prompts: setup.prompts,
    models,
    losses: await Promise.all(losses.map(({ id }) => readLosses(store, id))),
    ...compareCells(experiment, cells),
    cells,
    failures,
  };
}

/** The run's charts, drawn; the library for it is loaded only if there are any. */
async function charts(record: RunRecord): Promise<TextFiles> {
  const specified = chartsOf(record);
  if (specified.length === 0) return {};
  const { drawSvg } = await import("../report/svg.ts");
  return Object.fromEntries(
    await Promise.all(
      specified.map(async (chart): Promise<[string, string]> => [chart.file, await drawSvg(chart)]),
    ),
  );
}

function describeCorpus({ experiment, corpus, setup, tokenizer }: Prepared): RunRecord["corpus"] {
  const { path, url } = experiment.config.corpus;
  return {
    source: path === undefined ? url ?? "" : basename(path),
    sha256: corpus.sha256,
    documents: corpus.documents.length,
    heldOut: setup.split.heldOut.length,
    characters: tokenizer.characters,
    longest: longestDocument(corpus),
  };
}

/**
 * The files of a report from the results of an experiment. Importing this takes long: the stage does so
 * when it first writes one, or while a thread is idle.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { basename } from "@std/path/basename";
import type { CorpusConfig } from "../config/settings.ts";
import { vocabularyOf } from "../data/vocabularies.ts";
import { importInTurn } from "../files/one_import.ts";
import { sha256Hex } from "../files/sha256.ts";
import { baselineOf } from "../measure/baseline.ts";
import { compareCells, type ComparedCells } from "../measure/compare_cells.ts";
import { lengthsOfDocuments } from "../measure/lengths.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import { parameterCount } from "../model/weights.ts";
import { type Chart, specFile, specText } from "../report/chart.ts";
import type { Cited } from "../report/citation.ts";
import { comparisonsCsv } from "../report/comparisons_csv.ts";
import { trainingCsv } from "../report/training_csv.ts";
import type { ReportDocument } from "../report/document.ts";
import { findingsJson } from "../report/findings_json.ts";
import { pageOf } from "../report/page/page.ts";
import { markdownOf } from "../report/render/markdown.ts";
import { modelsCsv, positionsCsv, resultsCsv } from "../report/results_csv.ts";
import { chartsOf } from "../report/run/charts.ts";
import { runDocument } from "../report/run/document.ts";
import type { Failure, ModelRun, OtherModel, RunRecord } from "../report/run/run_record.ts";
import { designOf, type ExperimentData, type ModelName, trainedSpec } from "./experiment_data.ts";
import { parametersOf, transformerSpec } from "./model_use.ts";
import { type FoundResults, readCells, readLosses } from "./found_results.ts";
import type { ReadResult, StageInputs } from "./stage.ts";
import { train } from "./train.ts";

/** The files of the report on the results `found`, beside those that failed. */
export async function writtenReport(
  found: FoundResults,
  failures: readonly Failure[],
  inputs: StageInputs,
): Promise<Readonly<Record<string, string>>> {
  const record = await recordOf(found, failures, inputs);
  const charts = chartsOf(record);
  return {
    "results.csv": resultsCsv(record),
    "comparisons.csv": comparisonsCsv(record, inputs.data.experiment.config.decoding.samples),
    "models.csv": modelsCsv(record),
    "positions.csv": positionsCsv(record),
    "training.csv": trainingCsv(record.models),
    "config.yaml": inputs.data.configText,
    ...await reportFiles(runDocument(record, charts, citedIn([inputs.data])), charts),
  };
}

let drawing: Promise<typeof import("../report/svg.ts")> | undefined;

/** The library that draws, imported once. */
export function loadDrawing(): Promise<typeof import("../report/svg.ts")> {
  return drawing ??= importInTurn(() => import("../report/svg.ts"));
}

/** What identifies the results of `experiments`, a run or all of a sweep, to cite them. */
export function citedIn(experiments: readonly ExperimentData[]): Omit<Cited, "kind" | "name"> {
  const origins = experiments.flatMap(({ models }) => Object.values(models));
  return {
    configDigest: sha256Hex(experiments.map(({ configText }) => configText).join("")),
    inputs: [
      ...experiments.some(({ corpus }) => corpus !== undefined) ? ["corpus" as const] : [],
      ...origins.some(({ kind }) => kind === "folder") ? ["models" as const] : [],
    ],
    isOnnx: experiments.some(({ platform }) => platform !== undefined),
    isFused: experiments.some(({ arithmetic }) => arithmetic === "fused"),
  };
}

/** The files of a document and its charts. */
export async function reportFiles(
  document: ReportDocument,
  charts: readonly Chart[],
): Promise<Record<string, string>> {
  // For the timeline of `deno task bench --only start`.
  performance.mark("charts begin");
  const svgs = await drawCharts(charts);
  performance.mark("charts end");
  return {
    ...svgs,
    ...Object.fromEntries(charts.map((chart) => [specFile(chart), specText(chart)])),
    "findings.json": findingsJson(document),
    "report.html": pageOf(document, svgs),
    "report.md": markdownOf(document),
  };
}

/**
 * Charts as SVG, by their files; loads what draws them only if there are any. One is drawn after the
 * other: two at a time would share what SVG counts.
 */
async function drawCharts(charts: readonly Chart[]): Promise<Record<string, string>> {
  if (charts.length === 0) return {};
  const { drawSvg } = await loadDrawing();
  const files: Record<string, string> = {};
  for (const chart of charts) {
    files[chart.file] = await drawSvg(chart);
  }
  return files;
}

/** Everything that the report is a view of. */
async function recordOf(
  found: FoundResults,
  failures: readonly Failure[],
  { data, read }: StageInputs,
): Promise<RunRecord> {
  const { experiment, prompts, population, arithmetic } = data;
  const models: ModelRun[] = [];
  for (const { model: name, id } of found.models) {
    const spec = trainedSpec(data, name);
    if (spec === undefined) continue;
    const { steps } = await read(train, id);
    models.push({ name, spec, parameters: parameterCount(spec), steps });
  }
  return {
    experiment,
    corpus: describeCorpus(data),
    prompts,
    ...(population === undefined ? {} : { population }),
    ...(arithmetic === undefined ? {} : { arithmetic }),
    models,
    others: found.others.flatMap(({ name }) => otherModel(data, name)),
    losses: await readLosses(found, read),
    ...await readComparedCells(found, data, read),
    failures,
  };
}

/** A model that was not trained, as the report shows it. */
function otherModel(data: ExperimentData, name: ModelName): OtherModel[] {
  const [origin, spec] = [data.models[name], transformerSpec(data, name)];
  if (origin === undefined || spec === undefined || origin.kind === "trained") return [];
  const from = origin.kind === "folder"
    ? origin.written
    : `the first ${origin.layers === 1 ? "layer" : `${origin.layers} layers`} of the target`;
  return [{ name, from, spec, parameters: parametersOf(data.models, origin) }];
}

/** The measures of the cells that did not fail, beside one another. */
async function readComparedCells(
  found: FoundResults,
  data: ExperimentData,
  read: ReadResult,
): Promise<ComparedCells> {
  const { experiment: { cells: grid, config }, prompts } = data;
  const cells = await readCells(found, read);
  await loadQuantiles();
  return compareCells(cells, {
    baseline: baselineOf(grid, config.report.baseline)?.label,
    prompts,
    design: designOf(data),
  });
}

function describeCorpus(
  { experiment, corpus, split, vocabulary, longest, long }: ExperimentData,
): RunRecord["corpus"] {
  const { path, url }: Partial<CorpusConfig> = experiment.config.corpus ?? {};
  const source = path === undefined ? url ?? "" : basename(path);
  return {
    ...corpus && { file: { source, sha256: corpus.sha256 } },
    documents: split.training.length + split.heldOut.length,
    heldOut: split.heldOut.length,
    vocabulary: vocabularyOf(vocabulary).description,
    longest,
    lengths: lengthsOfDocuments(split.training),
    long,
  };
}

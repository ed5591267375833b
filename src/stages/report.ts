// @ts-types="../declarations/path.d.ts"
import { basename } from "@std/path";
import type { CorpusConfig } from "../config/schema.ts";
import { vocabularyOf } from "../data/vocabularies.ts";
import { importInTurn } from "../files/one_import.ts";
import { sha256Hex } from "../files/sha256.ts";
import { baselineOf } from "../measure/baseline.ts";
import { compareCells, type ComparedCells } from "../measure/compare_cells.ts";
import type { ModelLosses } from "../measure/corpus_loss.ts";
import { lengthsOfDocuments } from "../measure/lengths.ts";
import type { CellMeasures } from "../measure/measure.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import { parameterCount } from "../model/weights.ts";
import { type Chart, specFile, specText } from "../report/chart.ts";
import type { ReportDocument } from "../report/document.ts";
import { comparisonsCsv } from "../report/comparisons_csv.ts";
import { trainingCsv } from "../report/csv.ts";
import { modelsCsv, positionsCsv, resultsCsv } from "../report/results_csv.ts";
import { chartsOf, runCharts } from "../report/run/charts.ts";
import type { Cited } from "../report/citation.ts";
import { findingsJson } from "../report/findings_json.ts";
import { pageOf } from "../report/page/page.ts";
import { markdownOf } from "../report/render/markdown.ts";
import { runDocument } from "../report/run/document.ts";
import type { Failure, ModelRun, OtherModel, RunRecord } from "../report/run/run_record.ts";
import { refOf, type ResultRef } from "../store/stored_result.ts";
import { designOf, type ExperimentData, type ModelName, trainedSpec } from "./experiment_data.ts";
import { usableModels } from "./check.ts";
import { loss } from "./loss.ts";
import { measure, type MeasureTask } from "./measure.ts";
import { needsOf, parametersOf, transformerSpec } from "./model_use.ts";
import {
  decodeJson,
  type EarlierTasks,
  encodeJson,
  hasFields,
  idOf,
  type ModelUse,
  type ReadResult,
  type Stage,
  type StageInputs,
  type StageTask,
} from "./stage.ts";
import { train, type TrainTask } from "./train.ts";

/** Writes the report of an experiment. */
export interface ReportTask extends StageTask {
  /** The results that there are. */
  readonly found: FoundResults;
  /** The results that failed. */
  readonly failures: readonly Failure[];
}

/** The results of an experiment that did not fail, in the order of the report. */
export interface FoundResults {
  /** The trained models. */
  readonly models: readonly TrainTask[];
  /** The models that were not trained; where they need a result, that is there. */
  readonly others: readonly ModelUse[];
  /** How well models predict the corpus. */
  readonly losses: readonly ResultRef[];
  /** The measures of cells. */
  readonly cells: readonly MeasureTask[];
}

/** Text files by their names in the output folder. */
export type TextFiles = Readonly<Record<string, string>>;

/** Writes the report of an experiment: every file but samples, checkpoints and timings. */
export const report: Stage<ReportTask, TextFiles> = {
  name: "report",
  version: 11,
  title: "reports",
  noun: ["report", "reports"],
  activity: "writing reports",
  progressUnit: "reports",
  unit: "files",
  isReproducible: true,
  // Drawing takes long to load, which is done here while the workers decode.
  runsOnMain: true,
  inputNames: {
    variant: "another variant",
    config: "another config",
    charts: "other charts",
    train: "another model",
    losses: "other losses",
    cells: "other cells",
    failures: "other failures",
  },

  tasks(data, earlier) {
    const found = foundResults(data, earlier);
    const names = [
      ...found.models.map(({ model }) => model),
      ...found.others.map(({ name }) => name),
    ];
    if (!names.includes("target")) return [];
    const { name, variant, limit } = data.experiment;
    const failures = earlier.failures(report);
    const keys = (results: readonly ResultRef[]): string[] => results.map(({ key }) => key);
    const all = {
      train: earlier.of(train).map(({ id }) => id),
      losses: earlier.of(loss).map(({ id }) => id),
      cells: earlier.of(measure).map(({ id }) => id),
    };
    const id = idOf(report, name, {
      name,
      variant: variant?.label,
      limit,
      config: sha256Hex(data.configText),
      // By name, so that a new kind of chart is not missing from reports that were written without it.
      charts: runCharts.map(({ name }) => name),
      train: keys(all.train),
      losses: keys(all.losses),
      cells: keys(all.cells),
      failures: failures.map(({ what, message }) => ({ what, message })),
      // Cells may all have failed; of models that were trained the trainings say all.
      models: found.others.length === 0 ? undefined : found.others.map(({ key }) => key),
    });
    const needs = [...found.models, ...found.cells].map(({ id }) => refOf(id));
    return [{
      id,
      needs: [...needs, ...needsOf(found.others), ...found.losses],
      found,
      failures,
    }];
  },
  describe: ({ name }) => `report of ${name}`,
  count: () => 1,
  preload: ({ experiment: { config } }) => {
    if (!config.report.charts) return;
    // Drawing loads it too, and reports what goes wrong.
    loadDrawing().catch(() => {});
  },

  async run({ found, failures }, inputs) {
    const began = performance.now();
    const record = await recordOf(found, failures, inputs);
    const charts = chartsOf(record);
    const result = {
      "results.csv": resultsCsv(record),
      "comparisons.csv": comparisonsCsv(record, inputs.data.experiment.config.decoding.samples),
      "models.csv": modelsCsv(record),
      "positions.csv": positionsCsv(record),
      "training.csv": trainingCsv(record.models),
      "config.yaml": inputs.data.configText,
      ...await reportFiles(
        runDocument(record, charts, citedIn([inputs.data])),
        charts,
      ),
    };
    const seconds = (performance.now() - began) / 1000;
    return { result, seconds, count: Object.keys(result).length };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "files of text", isTextFiles),
};

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

/** The results of an experiment that did not fail. */
export function foundResults(data: ExperimentData, earlier: EarlierTasks): FoundResults {
  const isFound = ({ id }: StageTask): boolean => earlier.failure(id) === undefined;
  return {
    models: earlier.of(train).filter(isFound),
    others: usableModels(data, earlier).filter(({ name, needs }) =>
      data.models[name]?.kind !== "trained" &&
      needs.every((ref) => earlier.failure(ref) === undefined)
    ),
    losses: earlier.of(loss).filter(isFound).map(({ id }) => refOf(id)),
    cells: earlier.of(measure).filter(isFound),
  };
}

/** The measures of the cells that did not fail. */
export function readCells({ cells }: FoundResults, read: ReadResult): Promise<CellMeasures[]> {
  return Promise.all(cells.map(async ({ id, cell }): Promise<CellMeasures> => ({
    ...await read(measure, id),
    // Where in the grid a cell stands differs between configs that share its results.
    cell,
  })));
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

/** The losses that did not fail. */
export function readLosses({ losses }: FoundResults, read: ReadResult): Promise<ModelLosses[]> {
  return Promise.all(losses.map((ref) => read(loss, ref)));
}

let drawing: Promise<typeof import("../report/svg.ts")> | undefined;

/** The library that draws, imported once. */
function loadDrawing(): Promise<typeof import("../report/svg.ts")> {
  return drawing ??= importInTurn(() => import("../report/svg.ts"));
}

/** The files of a document and its charts. */
export async function reportFiles(
  document: ReportDocument,
  charts: readonly Chart[],
): Promise<Record<string, string>> {
  const svgs = await drawCharts(charts);
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

/** The files of a document but its charts. */
export const DOCUMENT_FILES: readonly string[] = ["findings.json", "report.md", "report.html"];

/** The files of a report but its charts. */
export const REPORTED: readonly string[] = [
  "results.csv",
  "comparisons.csv",
  "models.csv",
  "positions.csv",
  "training.csv",
  "config.yaml",
  ...DOCUMENT_FILES,
];

/** The names of charts and their specifications. */
const CHART = /^charts\/\w[\w.-]*\.(svg|vl\.json)$/;

/** Whether `value` is a report's files; a stored result may be anybody's, and no other name is written. */
function isTextFiles(value: unknown): value is TextFiles {
  return hasFields(value, { "report.md": "string" }) &&
    Object.entries(value).every(([name, text]) =>
      (REPORTED.includes(name) || CHART.test(name)) && typeof text === "string"
    );
}

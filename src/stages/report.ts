import { importInTurn } from "../files/one_import.ts";
import { sha256Hex } from "../files/sha256.ts";
import { RUN_CHARTS } from "../report/run/chart_names.ts";
import type { Failure } from "../report/run/run_record.ts";
import { refOf, type ResultRef } from "../store/stored_result.ts";
import { type FoundResults, foundResults } from "./found_results.ts";
import { loss } from "./loss.ts";
import { measure } from "./measure.ts";
import { needsOf } from "./model_use.ts";
import { decodeJson, encodeJson, hasFields, idOf, type Stage, type StageTask } from "./stage.ts";
import { train } from "./train.ts";

/** Writes the report of an experiment. */
export interface ReportTask extends StageTask {
  /** The results that there are. */
  readonly found: FoundResults;
  /** The results that failed. */
  readonly failures: readonly Failure[];
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
  // What writes and draws takes long to load, which is done here while the workers decode.
  runsOnMain: true,
  inputNames: {
    variant: "another variant",
    config: "another config",
    arithmetic: "another arithmetic",
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
      // A report says it of a strict processor alone: its key must differ where its text does.
      arithmetic: data.arithmetic === "strict" && typeof data.experiment.config.engine === "string"
        ? "strict"
        : undefined,
      // By name, so that a new kind of chart is not missing from reports that were written without it.
      charts: RUN_CHARTS,
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
    loadWriting().then(({ loadDrawing }) => config.report.charts ? loadDrawing() : undefined)
      // Whoever writes loads it too, and reports what goes wrong.
      .catch(() => {});
  },

  async run({ found, failures }, inputs) {
    const { writtenReport } = await loadWriting();
    const began = performance.now();
    const result = await writtenReport(found, failures, inputs);
    const seconds = (performance.now() - began) / 1000;
    return { result, seconds, count: Object.keys(result).length };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "files of text", isTextFiles),
};

let writing: Promise<typeof import("./written_report.ts")> | undefined;

/** The modules that write reports, a third of the program, imported once. */
function loadWriting(): Promise<typeof import("./written_report.ts")> {
  return writing ??= importInTurn(() => import("./written_report.ts"));
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

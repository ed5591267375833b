/**
 * One whole run: training → checkpoints → decoding → measures → files.
 *
 * @module
 */
import { createHash } from "node:crypto";
// @ts-types="../declarations/path.d.ts"
import { basename } from "@std/path";
import project from "../../deno.json" with { type: "json" };
import type { Cell } from "../config/grid.ts";
import { type CellMeasures, measureCell } from "../measure/cell_measures.ts";
import { referenceOf } from "../measure/text_measures.ts";
import { parseCheckpoint } from "../model/checkpoint.ts";
import { chartsOf } from "../report/charts.ts";
import { modelsCsv, resultsCsv, type Timing, timingsCsv, trainingCsv } from "../report/csv.ts";
import { reportMarkdown } from "../report/report.ts";
import type { RunRecord } from "../report/run_record.ts";
import { sampleRows, SAMPLES_HEADER } from "../report/samples_csv.ts";
import { compareCells } from "./compare_cells.ts";
import { decodeCell } from "./decode_cells.ts";
import { draftModels } from "./draft_models.ts";
import { engines, type LoadedModel } from "./engines.ts";
import { modelLosses } from "./model_losses.ts";
import { oneStreamTimings } from "./one_stream_timings.ts";
import type { OutputFolder } from "./output_folder.ts";
import { longestDocument, type Prepared } from "./prepare.ts";
import type { Progress } from "./progress.ts";
import { intervalStream } from "./seeding.ts";
import { resolvedConfig } from "./resolved_config.ts";
import { speculationContext } from "./speculation_context.ts";
import { type TrainedModel, trainModels } from "./train_models.ts";

/** What a run did. */
export interface RunSummary {
  /** Models trained. */
  readonly models: number;
  /** Cells decoded. */
  readonly cells: number;
  /** Samples in them. */
  readonly samples: number;
}

/** How to run; none of it changes a result. */
export interface RunOptions {
  /** Threads that a model may use; default 1. */
  readonly threads?: number;
  /** Told how far the run is. */
  readonly progress: Progress;
}

/** Runs what has been prepared and leaves its results in `output`. */
export async function runExperiment(
  prepared: Prepared,
  output: OutputFolder,
  { threads = 1, progress }: RunOptions,
): Promise<RunSummary> {
  const models = await trainModels(prepared, threads, progress);
  const digests: Record<string, string> = {};
  const write = async (name: string, text: string): Promise<void> => {
    await output.write(name, text);
    digests[name] = digest(text);
  };
  for (const { run, checkpoint } of models) await write(checkpointFile(run.name), checkpoint);
  const loaded = await loadModels(prepared, models, output, threads);
  const { measured, cells, rows, timings } = measureAll(prepared, loaded, progress);
  const record: RunRecord = {
    experiment: prepared.experiment,
    corpus: describeCorpus(prepared),
    prompts: prepared.prompts,
    models: models.map(({ run }) => run),
    losses: measured.losses,
    ...compareCells(prepared.experiment, cells),
    cells,
  };
  await write("results.csv", resultsCsv(record));
  await write("samples.csv", SAMPLES_HEADER + rows.join(""));
  await write("models.csv", modelsCsv(record));
  await write("training.csv", trainingCsv(record.models));
  await write("config.yaml", resolvedConfig(prepared));
  for (const [name, svg] of await charts(record)) await write(name, svg);
  await write("report.md", reportMarkdown(record));
  const times = [...models.map(trainingTime), ...measured.timings, ...timings];
  await output.write("timings.csv", timingsCsv(times));
  await output.finish(manifest(prepared, digests));
  const samples = cells.reduce((sum, { samples }) => sum + samples, 0);
  return { models: models.length, cells: cells.length, samples };
}

function checkpointFile(model: string): string {
  return `checkpoints/${model}.json`;
}

/** The run's charts, drawn; the library for it is loaded only if there are any. */
async function charts(record: RunRecord): Promise<[file: string, svg: string][]> {
  const specified = chartsOf(record);
  if (specified.length === 0) return [];
  const { drawSvg } = await import("../report/svg.ts");
  return await Promise.all(
    specified.map(async (chart): Promise<[string, string]> => [chart.file, await drawSvg(chart)]),
  );
}

/** A trained model that is decoded from, by its name. */
interface NamedModel {
  readonly name: "target" | "draft";
  readonly model: LoadedModel;
}

/** The models, read from the checkpoints as they were written. */
async function loadModels(
  { experiment }: Prepared,
  models: readonly TrainedModel[],
  output: OutputFolder,
  threads: number,
): Promise<NamedModel[]> {
  const { languageModel } = engines[experiment.config.engine];
  return await Promise.all(models.map(async ({ run: { name } }): Promise<NamedModel> => {
    const file = output.file(checkpointFile(name));
    const { weights } = parseCheckpoint(file, await Deno.readTextFile(file));
    return { name, model: languageModel(weights, threads) };
  }));
}

/** Measures the models, decodes and measures every cell, and closes the models. */
function measureAll(prepared: Prepared, models: readonly NamedModel[], progress: Progress) {
  const { seed } = prepared.experiment.config;
  try {
    const measured = modelLosses({ ...prepared, models, seed, progress });
    return { measured, ...decodeGrid(prepared, models, progress) };
  } finally {
    for (const { model } of models) model.close();
  }
}

/** Decodes and measures every cell. */
function decodeGrid(
  { experiment, tokenizer, prompts, split, specs }: Prepared,
  models: readonly NamedModel[],
  progress: Progress,
): { cells: CellMeasures[]; rows: string[]; timings: Timing[] } {
  const named = (wanted: string): LoadedModel | undefined =>
    models.find(({ name }) => name === wanted)?.model;
  const target = named("target");
  const draft = named("draft");
  if (target === undefined) throw new TypeError("Cannot decode: there is no target model");
  const { seed, decoding } = experiment.config;
  const { samples, max_new_tokens: maxNewTokens } = decoding;
  const timings: Timing[] = [];
  const reference = referenceOf(split.training, split.heldOut);
  const rows: string[] = [];
  progress.begin("decoding", experiment.cells.length, "cells");
  const drafts = draftModels(draft, split.training, tokenizer, target.spec);
  const stage = { target, drafts, tokenizer, seed, prompts, samples, maxNewTokens };
  const decode = (cell: Cell, i: number): CellMeasures => {
    const began = performance.now();
    const decoded = decodeCell(cell, stage);
    const random = intervalStream(seed, "cell", cell.label);
    const speculation = speculationContext(cell, decoded, stage, specs);
    const measures = measureCell(cell, decoded, { reference, random, speculation });
    for (const part of sampleRows(cell.label, decoded)) rows.push(part);
    // What stands for several samples was decoded once.
    const count = new Set(decoded.map(({ result }) => result)).size;
    const seconds = (performance.now() - began) / 1000;
    timings.push({ stage: "decode", of: cell.label, seconds, count, unit: "samples" });
    progress.advance(i + 1);
    return measures;
  };
  try {
    const cells = experiment.cells.map(decode);
    timings.push(...oneStreamTimings(cells, stage));
    return { cells, rows, timings };
  } finally {
    progress.end();
  }
}

function trainingTime({ run, documents, seconds }: TrainedModel): Timing {
  return { stage: "train", of: run.name, seconds, count: documents, unit: "documents" };
}

function describeCorpus(
  { experiment, corpus, split, tokenizer }: Prepared,
): RunRecord["corpus"] {
  const { path, url } = experiment.config.corpus;
  return {
    source: path === undefined ? url ?? "" : basename(path),
    sha256: corpus.sha256,
    documents: corpus.documents.length,
    heldOut: split.heldOut.length,
    characters: tokenizer.characters,
    longest: longestDocument(corpus),
  };
}

/** `manifest.json`: the digest of everything that went in and came out, and the versions. */
function manifest(
  { experiment, corpus }: Prepared,
  outputs: Readonly<Record<string, string>>,
): string {
  const content = {
    format: "microbeam-manifest",
    version: 1,
    experiment: experiment.name,
    versions: { microbeam: project.version, deno: Deno.version.deno },
    inputs: { corpus: corpus.sha256 },
    outputs,
  };
  return JSON.stringify(content, null, 2) + "\n";
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

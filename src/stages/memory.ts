/**
 * The memory that a run takes at its peak, in bytes, by what takes it: estimated from sizes alone,
 * before anything runs.
 *
 * @module
 */
import type { ConfigPath } from "../config/path.ts";
import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { vocabularyOf } from "../data/vocabularies.ts";
import type { Documents } from "../data/documents.ts";
import { textsToCount } from "../data/windows.ts";
import { trainingEngine } from "../model/engine.ts";
import { engines } from "../model/engines.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { countNgrams } from "../model/ngram/ngram_model.ts";
import { loadedBytes } from "../model/onnx/open_session.ts";
import { onnxRuntime } from "../model/onnx/runtime.ts";
import { parameterCount } from "../model/weights.ts";
import type { ResultRef } from "../store/stored_result.ts";
import { textSizes } from "./decode.ts";
import { judgedWindows } from "./loss.ts";
import { parametersOf, transformerSpec } from "./model_use.ts";
import { textBytes, textsAtOnce } from "./sequences_at_once.ts";
import {
  type CorpusData,
  type ExperimentData,
  type ModelName,
  modelNames,
  trainedNames,
  trainedSpec,
  windowLength,
  windowOptions,
  windowsPerDocument,
} from "./experiment_data.ts";

/** One thing that takes memory. */
export interface MemoryPart {
  /** In words: `the corpus`. */
  readonly what: string;
  /** Its bytes. */
  readonly bytes: number;
  /** The setting that it depends on the most; none for what every run takes. */
  readonly setting?: ConfigPath;
}

/** The inputs of an estimate. */
export type MemorySizes = CorpusData & {
  readonly experiment: Pick<ExperimentData["experiment"], "config" | "cells">;
};

/** The program with its libraries, and what draws charts. */
const PROGRAM = 90e6;
const DRAWING = 90e6;
/** A thread with its own copy of the program, and the most of what it is done with that is left to it. */
const THREAD = 75e6;
const MOST_GARBAGE = 60e6;

/** The parts of the peak of a run on `threads` threads. */
export function memoryParts(sizes: MemorySizes, threads: number): MemoryPart[] {
  const { config } = sizes.experiment;
  const program = PROGRAM + (config.report.charts ? DRAWING : 0) + threads * THREAD;
  const { ngram_orders: orders } = config.report;
  const ngrams = orders.length === 0 ? 0 : PER_NGRAM * differentNgrams(sizes, Math.max(...orders));
  // Trainings, losses and cells follow one another, nearly: what takes the most makes the peak.
  const phases = [
    // Where a thread has nothing to train, it counts n-grams.
    [...trainings(sizes, threads), ...threads > 1 ? judgedNgrams(sizes, 1, ngrams) : []],
    losses(sizes, threads, ngrams),
    cells(sizes, threads, ngrams),
  ];
  const largest = phases.reduce((a, b) => totalBytes(b) > totalBytes(a) ? b : a);
  return [
    { what: "the program", bytes: program },
    {
      what: "the corpus",
      bytes: corpusBytes(sizes.split.training) + chosenBytes(sizes.split.heldOut),
      setting: ["corpus", config.corpus?.path === undefined ? "url" : "path"],
    },
    ...largest,
  ];
}

/**
 * The bytes that each task of a run takes at its peak on one thread, in a process of its own.
 */
export function taskMemory(
  sizes: MemorySizes,
): (task: Pick<ResultRef, "stage" | "name">) => number {
  const { report: { ngram_orders: orders, charts } } = sizes.experiment.config;
  const corpus = corpusBytes(sizes.split.training) + chosenBytes(sizes.split.heldOut);
  const always = PROGRAM + THREAD + corpus;
  const ngrams = once(() =>
    orders.length === 0 ? 0 : PER_NGRAM * differentNgrams(sizes, Math.max(...orders))
  );
  const decoding = once(() => totalBytes(cells(sizes, 1, ngrams())));
  const judging = once(() => totalBytes(losses(sizes, 1, ngrams())));
  const training = (name: string): number =>
    trainedNames(sizes).filter((one) => one === name).reduce((sum, one) => {
      const spec = trainedSpec(sizes, one);
      return spec === undefined ? sum : sum + trainingPart(sizes, one, spec).bytes;
    }, 0);
  return ({ stage, name }) => {
    switch (stage) {
      case "train":
        return always + training(name);
      case "loss":
        return always + judging();
      case "report":
        return always + (charts ? DRAWING : 0) + MOST_GARBAGE;
      default:
        return always + decoding();
    }
  };
}

/** What `make` gives, which is asked once. */
function once(make: () => number): () => number {
  let made: number | undefined;
  return () => made ??= make();
}

/** The bytes of all `parts`. */
export function totalBytes(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The texts, where each begins, and which of them these are. */
function corpusBytes(documents: Documents): number {
  const { text, bounds } = documents.data;
  return text.buffer.byteLength + bounds.byteLength + chosenBytes(documents);
}

/** Which of the texts they are, where they are not all. */
function chosenBytes({ data: { chosen } }: Documents): number {
  return chosen?.byteLength ?? 0;
}

/** Bytes of a model by its parameters while it is made and written, or read, beside training itself. */
const PER_PARAMETER = 110;

/** Bytes of a window's place, where documents are read in several. */
const PER_PLACE = 8;

/** Models in training, as many as there are threads for; each shuffles the windows. */
function trainings(sizes: MemorySizes, threads: number): MemoryPart[] {
  return trainedNames(sizes).flatMap((name) => {
    const spec = trainedSpec(sizes, name);
    return spec === undefined ? [] : [trainingPart(sizes, name, spec)];
  }).sort((a, b) => b.bytes - a.bytes).slice(0, threads);
}

function trainingPart(sizes: MemorySizes, name: ModelName, spec: ModelSpec): MemoryPart {
  const { experiment: { config }, split: { training } } = sizes;
  const { trainingBytes } = engines[trainingEngine(config.engine)];
  return {
    what: `training the ${name}`,
    bytes: trainingBytes(spec, config.training[name].batch_size, windowLength(sizes)) +
      PER_PARAMETER * parameterCount(spec) + placeBytes(sizes, training) +
      4 * training.length * windowsPerDocument(sizes),
    setting: ["models", name],
  };
}

/** The places of the windows of `documents`; none where each is one window. */
function placeBytes(sizes: MemorySizes, documents: Documents): number {
  const windows = windowsPerDocument(sizes);
  return windows === 1 ? 0 : PER_PLACE * windows * documents.length;
}

/** Bytes of an n-gram while it is sorted, merged and arranged, and of a document that is judged. */
const PER_NGRAM = 40;
const PER_JUDGED = 44;
/** Bytes of the objects that judging a window leaves. */
const JUDGED_GARBAGE = 1000;

/** The n-grams that each of `counting` threads counts for itself, of `bytes` each time. */
function ngramParts(bytes: number, counting: number): MemoryPart[] {
  if (bytes === 0) return [];
  return [{ what: "n-grams", bytes: counting * bytes, setting: ["report", "ngram_orders"] }];
}

/** N-grams, counted once by each thread, and the losses of the documents that are judged. */
function losses(sizes: MemorySizes, threads: number, ngrams: number): MemoryPart[] {
  const orders = sizes.experiment.config.report.ngram_orders;
  const judging = Math.min(threads, orders.length + modelNames(sizes).length);
  return [...judgedNgrams(sizes, judging, ngrams), ...loadedModels(sizes, 1)];
}

/** N-grams, and the losses of documents on `judging` threads. */
function judgedNgrams(sizes: MemorySizes, judging: number, ngrams: number): MemoryPart[] {
  const { experiment: { config }, split } = sizes;
  const orders = config.report.ngram_orders.length;
  const judged = {
    what: "the losses of documents",
    bytes: judging * (PER_JUDGED * split.heldOut.length + placeBytes(sizes, split.heldOut) +
      Math.min(MOST_GARBAGE, JUDGED_GARBAGE * judgedWindows(sizes))),
    setting: ["corpus", "held_out"],
  };
  return [...ngramParts(ngrams, Math.min(judging, orders)), judged];
}

/**
 * The models, as often as they are loaded: each thread has its own, unless an onnxruntime computes them,
 * which has one and all threads. The weights of a folder are read as f32 or f64, as they are stored; those of
 * a checkpoint are JSON.
 */
function loadedModels(sizes: MemorySizes, threads: number): MemoryPart[] {
  const isOnnx = sizes.experiment.config.engine === "onnx";
  // Without a runtime nothing is loaded; but who asks for a plan wants to know whether it can be run.
  const runtime = onnxRuntime()?.name ?? "onnxruntime-node";
  return modelNames(sizes).flatMap((name): MemoryPart[] => {
    const origin = sizes.models[name];
    if (origin === undefined) return [];
    const parameters = parametersOf(sizes.models, origin);
    const source = origin.kind === "layers" ? sizes.models.target : origin;
    const reading = source.kind === "trained" ? PER_PARAMETER : isOnnx ? 0 : source.parameterBytes;
    const each = parameters * reading + (isOnnx ? loadedBytes(runtime, parameters) : 0);
    return [{
      what: `the ${name}`,
      bytes: (isOnnx ? 1 : threads) * each,
      setting: ["models", name],
    }];
  });
}

/** Caches and logits of the texts that are decoded at once with models of folders. */
function textParts(sizes: MemorySizes, threads: number): MemoryPart[] {
  const { experiment: { config, cells }, prompts, vocabulary } = sizes;
  const { engine, decoding, models: { block_size } } = config;
  const target = transformerSpec(sizes, "target");
  if (target === undefined || engine !== "onnx" && sizes.models.target.kind === "trained") {
    return [];
  }
  const words = vocabularyOf(vocabulary);
  const longest = prompts.reduce(
    (most, prompt) => Math.max(most, words.encodePrompt(prompt).length),
    0,
  );
  const draft = transformerSpec(sizes, "draft");
  const bytes = cells.map((cell) => {
    const text = textSizes(cell.settings, longest, decoding.max_new_tokens);
    const texts = samplesOf(cell, prompts.length * decoding.samples);
    const usesDraft = draft !== undefined &&
      strategyOf(cell.settings).speculation?.(cell.settings).needs === "draft model";
    const each = textBytes(target, text) + (usesDraft ? textBytes(draft, text) : 0);
    return Math.min(texts, textsAtOnce(target, text)) * each;
  }).sort((a, b) => b - a).slice(0, engine === "onnx" ? 1 : threads);
  const isCut = longest + decoding.max_new_tokens >= block_size;
  return [{
    what: "caches and logits",
    bytes: bytes.reduce((sum, one) => sum + one, 0),
    setting: isCut ? ["models", "block_size"] : ["decoding", "max_new_tokens"],
  }];
}

/** Bytes of texts of which every one is taken for another n-gram: they are few. */
const FEW = 2 ** 20;
/** Texts that n-grams are counted in to know how many a larger corpus has, and of how many tokens. */
const SAMPLED = 20_000;
const SAMPLED_TOKENS = 64;

/**
 * About how many different n-grams of up to `order` tokens the training documents have. Each time a
 * sample of them is doubled the number grows by a power of two (Heaps' law), which falls as it did from
 * a quarter of the sample to the half and from there to the whole.
 */
function differentNgrams(
  { experiment: { config }, split: { training }, vocabulary }: MemorySizes,
  order: number,
): number {
  const all = training.length * training.meanBytes;
  if (all <= FEW) return all;
  const tokens = vocabularyOf(vocabulary);
  const texts = textsToCount(training, tokens, {
    ...windowOptions(config),
    order,
    atOnce: SAMPLED_TOKENS,
  });
  const count = Math.min(SAMPLED, texts.length);
  const differentIn = (length: number): number => {
    const place = (i: number) => Math.floor(i * texts.length / count);
    const sample = {
      length,
      at: (i: number) => texts.at(place(i)),
      given: (i: number) => texts.given(place(i)),
    };
    return Math.max(1, countNgrams(sample, order, tokens.size).size);
  };
  const whole = differentIn(count);
  if (count === texts.length || count < 4) return whole;
  const [half, quarter] = [differentIn(count >> 1), differentIn(count >> 2)];
  const growth = Math.log2(whole / half);
  const fall = growth === 0 ? 0 : Math.min(1, growth / Math.log2(half / quarter));
  let power = 0;
  for (let doublings = Math.log2(texts.length / count), next = growth * fall; doublings > 0;) {
    power += next * Math.min(1, doublings);
    next *= fall;
    doublings--;
  }
  return Math.min(whole * 2 ** power, 2 * all);
}

/** Bytes of a sample beside its numbers: in lists of texts, columns and while its bytes are joined. */
const PER_SAMPLE = 330;
/** Bytes of the objects that decoding a sample leaves. */
const GARBAGE = 5000;

/** The largest cells, as many as are decoded at once, and the models that each thread has for them. */
function cells(sizes: MemorySizes, threads: number, ngrams: number): MemoryPart[] {
  const { experiment: { config, cells }, prompts, split } = sizes;
  const texts = cells.map((cell) => samplesOf(cell, prompts.length * config.decoding.samples))
    .sort((a, b) => b - a).slice(0, threads);
  const { max_new_tokens } = config.decoding;
  const tokens = split.training.length === 0
    ? max_new_tokens
    : Math.min(max_new_tokens, split.training.meanBytes);
  const bytes = texts.map((samples) =>
    samples * (PER_SAMPLE + 2 * 9 * (tokens + 1)) + Math.min(MOST_GARBAGE, GARBAGE * samples)
  );
  return [
    {
      what: "samples",
      bytes: bytes.reduce((sum, one) => sum + one, 0),
      setting: ["decoding", "samples"],
    },
    ...loadedModels(sizes, Math.min(threads, cells.length)),
    ...textParts(sizes, threads),
    ...ngramParts(ngrams, Math.min(threads, cells.length)),
  ];
}

/** Samples of a cell that are not repetitions of others. */
function samplesOf({ settings }: Cell, asked: number): number {
  const strategy = strategyOf(settings);
  return asked * (strategy.texts?.(settings) ?? 1);
}

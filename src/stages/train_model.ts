import {
  DivergedError,
  type ModelSpec,
  type Token,
  type TokenTexts,
} from "../model/language_model.ts";
import {
  type EngineName,
  type LoadedModel,
  type TrainingState,
  untrained,
} from "../model/engine.ts";
import { parameterCount, Weights } from "../model/weights.ts";
import { divergence, train, type TrainingSettings, type TrainingStep } from "../train/trainer.ts";
import { engines } from "../model/engines.ts";
import type { Arithmetic } from "../model/simd/arithmetic.ts";
import { Interrupted } from "./stage.ts";
import { Sha256 } from "../files/sha256.ts";

/** One model to train: everything that its weights depend on. */
export interface TrainingJob {
  /** Which of the experiment's models. */
  readonly name: "target" | "draft";
  /** What computes it. */
  readonly engine: EngineName;
  /** How products and sums are rounded; absent for an engine that cannot fuse them. */
  readonly arithmetic?: Arithmetic | undefined;
  /** Where it begins. */
  readonly initial: Weights;
  /** The documents that it reads, in order, again and again. */
  readonly documents: TokenTexts;
  /** How long and how fast. */
  readonly settings: TrainingSettings;
}

/** A model that has been trained. */
export interface Training {
  /** Its weights. */
  readonly weights: Weights;
  /** Every update, in order. */
  readonly steps: readonly TrainingStep[];
  /** Wall-clock time, that of the runs before an interruption included. */
  readonly seconds: number;
}

/** How a training is watched, saved and stopped. */
export interface TrainingControl {
  /** Told after each update how many are done. */
  readonly onStep: (done: number) => void;
  /** Where an earlier run of the same job stopped; the weights and losses are the same without. */
  readonly resume?: TrainingProgress | undefined;
  /** Saves the progress, now and then and before a stop; an error that it throws ends the training. */
  readonly save?: ((progress: TrainingProgress) => void) | undefined;
  /** Asked after each update but the last, whether to stop. */
  readonly stopped?: (() => boolean) | undefined;
}

/**
 * Trains a model on up to `threads` threads. Throws a {@linkcode DivergedError} that names the model,
 * or {@linkcode Interrupted} where it was stopped.
 */
export function trainModel(
  { name, engine, arithmetic, initial, documents, settings }: TrainingJob,
  threads: number,
  { onStep, resume, save, stopped }: TrainingControl,
): Training {
  const began = performance.now();
  const start = resume?.state ?? untrained(initial);
  const model = engines[engine].trainingModel(start, settings.batchSize, threads, arithmetic);
  const steps = [...resume?.steps ?? []];
  const seconds = (): number => (resume?.seconds ?? 0) + (performance.now() - began) / 1000;
  const schedule = new CheckpointSchedule(began);
  try {
    for (const step of train(model, documents, settings, steps.length)) {
      steps.push(step);
      onStep(steps.length);
      if (steps.length === settings.steps) break;
      const now = performance.now();
      const isStopped = stopped?.() ?? false;
      if (isStopped || schedule.isDue(now)) {
        save?.({ steps: [...steps], state: model.state(), seconds: seconds() });
        schedule.saved(now, performance.now());
      }
      if (isStopped) {
        throw new Interrupted(
          `training ${name}: stopped after ${steps.length} of ${settings.steps} steps`,
        );
      }
    }
    const weights = model.weights();
    const problem = isUsable(engines[engine].languageModel(weights, 1, arithmetic))
      ? divergence(steps.map(({ loss }) => loss), initial.spec.vocabSize)
      : "expected finite weights and logits after the last step, found others";
    if (problem === undefined) return { weights, steps, seconds: seconds() };
    throw new DivergedError(`${problem}; try a learning rate below ${settings.learningRate}`);
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    throw new DivergedError(`the ${name} diverged: ${error.message}`);
  } finally {
    model.close();
  }
}

/** The most texts that a model is tried on. */
const MOST_TRIED = 32;

/** Whether what a model says after any token are numbers: texts of all of them are tried. */
function isUsable(model: LoadedModel): boolean {
  const { vocabSize, blockSize } = model.spec;
  const texts = Math.min(MOST_TRIED, Math.ceil(vocabSize / blockSize));
  try {
    return Array.from({ length: texts }, (_, text) => {
      const first = text * blockSize;
      const length = Math.min(blockSize, vocabSize - first);
      const tokens = Array.from({ length }, (_, i): Token => first + i);
      return model.forward([{ sequence: model.open(), tokens, rows: length }]);
    }).every((answers) => answers.every((logits) => logits.every(Number.isFinite)));
  } finally {
    model.close();
  }
}

/** Milliseconds between two saves, at least. */
const LEAST = 5000;
/** The share of the time that saving may take. */
const SHARE = 0.02;

/**
 * When a long computation saves its progress: first after five seconds, then as soon as saving, judging
 * by how long the last one took, costs at most a fiftieth of the time. In milliseconds of any clock.
 */
export class CheckpointSchedule {
  #next: number;

  /** For a computation that begins at `now`. */
  constructor(now: number) {
    this.#next = now + LEAST;
  }

  /** Whether it is time to save. */
  isDue(now: number): boolean {
    return now >= this.#next;
  }

  /** Notes a save that took from `began` to `ended`. */
  saved(began: number, ended: number): void {
    this.#next = ended + Math.max(LEAST, (ended - began) * (1 / SHARE - 1));
  }
}

/** How far a training is: with the job, everything that it takes to resume. */
export interface TrainingProgress {
  /** Every update so far, in order. */
  readonly steps: readonly TrainingStep[];
  /** The model after the last of them. */
  readonly state: TrainingState;
  /** Wall-clock time so far. */
  readonly seconds: number;
}

/** Bytes from which no training can resume: damaged, or of something else. */
export class TrainingProgressError extends Error {
  /** The name of the class. */
  override readonly name = "TrainingProgressError";
}

const FORMAT = "mbtrain\n";
const VERSION = 1;
const SIZES = ["vocabSize", "blockSize", "nEmbd", "nHead", "nLayer"] as const;
const HEADER = 48;
const STEP = 16;
const DIGEST = 32;

/**
 * The bytes of `progress`, from which the same bits are read back: JSON would be too large, and too
 * slow to write now and then. Little-endian, as every machine is on which WebAssembly is fast:
 *
 * | bytes | content                                                           |
 * |-------|-------------------------------------------------------------------|
 * | 8     | the format's name                                                 |
 * | 4     | its version                                                       |
 * | 4     | bytes of a parameter: 4 where all are f32, else 8                 |
 * | 20    | the model's five sizes                                            |
 * | 4     | steps done                                                        |
 * | 8     | seconds                                                           |
 * | 16    | for each step: loss and learning rate                             |
 * | …     | weights, first and second moments, in the order of `tensorShapes` |
 * | 32    | SHA-256 of everything before                                      |
 */
export function serializeTrainingProgress(
  { steps, state, seconds }: TrainingProgress,
): Uint8Array<ArrayBuffer> {
  const { spec } = state.weights;
  const tensors = [state.weights.data, state.firstMoment.data, state.secondMoment.data];
  const width = tensors.every(isSingle) ? 4 : 8;
  const bytes = new Uint8Array(lengthOf(spec, steps.length, width));
  new TextEncoder().encodeInto(FORMAT, bytes);
  const view = new DataView(bytes.buffer);
  const header = [VERSION, width, ...SIZES.map((size) => spec[size]), steps.length];
  header.forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
  view.setFloat64(HEADER - 8, seconds, true);
  steps.forEach(({ loss, learningRate }, i) => {
    view.setFloat64(HEADER + STEP * i, loss, true);
    view.setFloat64(HEADER + STEP * i + 8, learningRate, true);
  });
  let offset = HEADER + STEP * steps.length;
  for (const tensor of tensors) {
    const numbers = width === 4 ? Float32Array : Float64Array;
    new numbers(bytes.buffer, offset, tensor.length).set(tensor);
    offset += tensor.length * width;
  }
  bytes.set(digest(bytes.subarray(0, offset)), offset);
  return bytes;
}

/**
 * Reads what {@linkcode serializeTrainingProgress} wrote of a training of `steps` updates of a model
 * of these sizes; throws a {@linkcode TrainingProgressError} that names `file` for anything else.
 */
export function parseTrainingProgress(
  file: string,
  bytes: Uint8Array,
  { spec, steps }: { readonly spec: ModelSpec; readonly steps: number },
): TrainingProgress {
  const check = (what: string, expected: unknown, found: unknown): void => {
    if (expected === found) return;
    throw new TrainingProgressError(
      `cannot resume from ${file}: expected ${what} ${expected}, found ${found}`,
    );
  };
  if (bytes.length < HEADER + DIGEST) check("bytes, at least", HEADER + DIGEST, bytes.length);
  check("the format", FORMAT.trim(), new TextDecoder().decode(bytes.subarray(0, 8)).trim());
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [version, width = 0, ...rest] = Array.from(
    { length: 8 },
    (_, i) => view.getUint32(8 + 4 * i, true),
  );
  check("version", VERSION, version);
  check("the model's sizes", SIZES.map((size) => spec[size]).join("/"), rest.slice(0, 5).join("/"));
  const done = rest[5] ?? 0;
  if (done > steps) check("steps, at most", steps, done);
  check("bytes", lengthOf(spec, done, width === 4 ? 4 : 8), bytes.length);
  const body = bytes.subarray(0, -DIGEST);
  const isWhole = digest(body).every((byte, i) => byte === bytes[body.length + i]);
  if (!isWhole) check("the checksum of its content:", "as written", "another");
  return {
    steps: Array.from({ length: done }, (_, step) => ({
      step,
      loss: view.getFloat64(HEADER + STEP * step, true),
      learningRate: view.getFloat64(HEADER + STEP * step + 8, true),
    })),
    state: stateIn(body.slice(HEADER + STEP * done), spec, width),
    seconds: view.getFloat64(HEADER - 8, true),
  };
}

/** Whether `bytes` are the progress of a training, of whatever model, as it was written. */
export function isWholeTrainingProgress(bytes: Uint8Array): boolean {
  const body = bytes.subarray(0, -DIGEST);
  const format = new TextDecoder().decode(bytes.subarray(0, FORMAT.length));
  return bytes.length >= HEADER + DIGEST && format === FORMAT &&
    digest(body).every((byte, i) => byte === bytes[body.length + i]);
}

function stateIn(bytes: Uint8Array<ArrayBuffer>, spec: ModelSpec, width: number): TrainingState {
  const count = parameterCount(spec);
  const numbers = width === 4 ? Float32Array : Float64Array;
  const tensor = (i: number): Weights =>
    new Weights(spec, Float64Array.from(new numbers(bytes.buffer, i * count * width, count)));
  return { weights: tensor(0), firstMoment: tensor(1), secondMoment: tensor(2) };
}

function lengthOf(spec: ModelSpec, steps: number, width: number): number {
  return HEADER + STEP * steps + 3 * width * parameterCount(spec) + DIGEST;
}

function isSingle(numbers: Float64Array): boolean {
  return numbers.every((value) => Object.is(Math.fround(value), value));
}

function digest(bytes: Uint8Array): Uint8Array {
  return new Sha256().update(bytes).bytes();
}

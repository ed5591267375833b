import type { ExperimentConfig } from "../config/schema.ts";
import { initialWeights, type Weights } from "../model/weights.ts";
import { CounterStream } from "../random/counter_stream.ts";
import { PythonRandom } from "../random/python_random.ts";
import type { RandomStream } from "../random/random_stream.ts";
import type { ExperimentData } from "./experiment_data.ts";

/** Where training begins: what order the documents come in, and the weights before the first step. */
export interface TrainingStart {
  /** The documents to learn from, shuffled. */
  readonly documents: readonly string[];
  /** Untrained weights of each model, in the order in which they are trained. */
  readonly weights: { readonly target: Weights; readonly draft?: Weights };
}

/**
 * Draws the order of the documents and the initial weights as `seeding` says: from streams of their
 * own, so that no model's weights depend on another's, or one after another from one generator, as
 * the original script does.
 */
export function trainingStart(
  { experiment: { config }, split, specs }: Pick<ExperimentData, "experiment" | "split" | "specs">,
): TrainingStart {
  const { seed, seeding, training } = config;
  const generator = generators(seed, seeding);
  const documents = [...split.training];
  generator("shuffle").shuffle(documents);
  const target = initialWeights(
    specs.target,
    generator("target"),
    training.target.initial_std,
  );
  if (specs.draft === undefined) return { documents, weights: { target } };
  const draft = initialWeights(specs.draft, generator("draft"), training.draft.initial_std);
  return { documents, weights: { target, draft } };
}

/** The stream of one sample; it depends on the seed and on what is named here, and on nothing else. */
export function sampleStream(seed: number, cell: string, prompt: string): RandomStream {
  return CounterStream.fromSeed(seed).child("decode", cell, prompt);
}

/** The stream that prompts are drawn by. */
export function promptStream(seed: number, from: string): RandomStream {
  return CounterStream.fromSeed(seed).child("prompts", from);
}

/** The stream that the intervals of `what` are resampled by. */
export function intervalStream(seed: number, ...what: string[]): RandomStream {
  return CounterStream.fromSeed(seed).child("interval", ...what);
}

function generators(
  seed: number,
  seeding: ExperimentConfig["seeding"],
): (purpose: string) => PythonRandom {
  if (seeding === "sequential") {
    const shared = new PythonRandom(seed);
    return () => shared;
  }
  const stream = CounterStream.fromSeed(seed).child("training");
  return (purpose) => new PythonRandom(stream.child(purpose).seedBits());
}

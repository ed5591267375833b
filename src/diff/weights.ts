/**
 * The weights of models that two runs trained, side by side.
 *
 * @module
 */
import { tensorShapes } from "../model/weights.ts";
import { type Checkpoint, parseCheckpoint } from "../train/checkpoint.ts";
import type { CheckpointText, Variant } from "./load.ts";
import type { Tolerance } from "./tolerances.ts";

/** The change of a tensor, or of all weights. */
export interface Movement {
  /** The largest |new − old|. */
  readonly largest: number;
  /** The root mean square of new − old over that of old; `undefined` if the latter is 0. */
  readonly relative: number | undefined;
}

/** The change of the weights of a model that both runs trained. */
export type WeightChange =
  /** The same numbers. */
  | { readonly kind: "equal" }
  /** Other numbers: the change of all weights, and by tensor. */
  | ({ readonly kind: "moved"; readonly differs: boolean } & {
    readonly whole: Movement;
    readonly tensors: readonly ({ readonly name: string } & Movement)[];
  })
  /** Other sizes or another vocabulary, so that there is nothing to subtract: `nEmbd 16 → 32`. */
  | { readonly kind: "reshaped"; readonly sizes: readonly string[] }
  /** Different by the manifests, but by how much is unknown: a checkpoint is gone. */
  | { readonly kind: "unknown"; readonly missing: readonly string[] };

/** A model that both runs trained. */
export interface WeightDiff {
  /** The label of its variant; empty without a sweep. */
  readonly variant: string;
  /** Its name, such as `target`. */
  readonly model: string;
  /** The change of its weights. */
  readonly change: WeightChange;
}

/** Compares the models that both variants trained; throws a `CheckpointError` for a damaged checkpoint. */
export async function diffWeights(
  variant: string,
  old: Variant,
  current: Variant,
  tolerance: Tolerance,
): Promise<WeightDiff[]> {
  const models: WeightDiff[] = [];
  for (const model of current.trained) {
    if (!old.trained.includes(model)) continue;
    models.push({ variant, model, change: await changeOf(model, old, current, tolerance) });
  }
  return models;
}

async function changeOf(
  model: string,
  old: Variant,
  current: Variant,
  tolerance: Tolerance,
): Promise<WeightChange> {
  const [before, after] = [await old.checkpoint(model), await current.checkpoint(model)];
  const digest = ({ manifest }: Variant): string | undefined =>
    manifest.outputs[`checkpoints/${model}.json`];
  if (before === undefined || after === undefined) {
    if (digest(old) === digest(current)) return { kind: "equal" };
    const missing = [before === undefined ? "old" : "", after === undefined ? "new" : ""];
    return { kind: "unknown", missing: missing.filter((side) => side !== "") };
  }
  // Their digests were checked: both are what the manifests say.
  return before.text === after.text ? { kind: "equal" } : changeBetween(before, after, tolerance);
}

/** The change of the weights between two checkpoints. */
export function changeBetween(
  before: CheckpointText,
  after: CheckpointText,
  tolerance: Tolerance,
): WeightChange {
  const old = parseCheckpoint(before.file, before.text);
  const current = parseCheckpoint(after.file, after.text);
  const sizes = otherSizes(old, current);
  if (sizes.length > 0) return { kind: "reshaped", sizes };
  const whole = movement(old.weights.data, current.weights.data);
  if (whole.largest === 0) return { kind: "equal" };
  const tensors = tensorShapes(old.weights.spec).map(({ name }) => ({
    name,
    ...movement(old.weights.tensor(name), current.weights.tensor(name)),
  }));
  const differs = whole.largest > tolerance.absolute &&
    !(whole.relative !== undefined && whole.relative <= tolerance.relative);
  return { kind: "moved", differs, whole, tensors };
}

function otherSizes(old: Checkpoint, current: Checkpoint): string[] {
  const [before, after] = [old.weights.spec, current.weights.spec];
  const sizes = (["vocabSize", "blockSize", "nEmbd", "nHead", "nLayer"] as const)
    .filter((size) => before[size] !== after[size])
    .map((size) => `${size} ${before[size]} → ${after[size]}`);
  if (sizes.length > 0) return sizes;
  // With another vocabulary a row of the embedding is about something else.
  if (old.vocabulary.digest === current.vocabulary.digest) return [];
  return [`other ${current.vocabulary.description.unit}`];
}

function movement(old: Float64Array, current: Float64Array): Movement {
  let [largest, change, size] = [0, 0, 0];
  for (const [i, value] of old.entries()) {
    const moved = (current[i] ?? NaN) - value;
    largest = Math.max(largest, Math.abs(moved));
    change += moved ** 2;
    size += value ** 2;
  }
  return { largest, relative: size === 0 ? undefined : Math.sqrt(change / size) };
}

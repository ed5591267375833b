import { parseCheckpoint } from "../train/checkpoint.ts";
import type { Weights } from "../model/weights.ts";
import type { TrainingStep } from "../train/trainer.ts";
import type { StageId } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";

/** A trained model as the store keeps it. */
export interface StoredTraining {
  /** The text of its checkpoint. */
  readonly checkpoint: string;
  /** Every update, in order. */
  readonly steps: readonly TrainingStep[];
}

/** The bytes of a training: a line with its updates, and the checkpoint as it is. */
export function encodeTraining({ checkpoint, steps }: StoredTraining): Uint8Array {
  const rows = steps.map(({ loss, learningRate }) => [loss, learningRate]);
  return new TextEncoder().encode(`${JSON.stringify(rows)}\n${checkpoint}`);
}

/** A training from its bytes. */
export function decodeTraining(bytes: Uint8Array): StoredTraining {
  const text = new TextDecoder().decode(bytes);
  const end = text.indexOf("\n");
  const rows: [number, number][] = JSON.parse(text.slice(0, end));
  return {
    checkpoint: text.slice(end + 1),
    steps: rows.map(([loss, learningRate], step) => ({ step, loss, learningRate })),
  };
}

/** A trained model's weights and updates from the store. */
export async function readTraining(
  store: Store,
  id: StageId,
): Promise<StoredTraining & { readonly weights: Weights }> {
  const training = decodeTraining((await store.read(id)).body);
  return { ...training, weights: parseCheckpoint(store.file(id), training.checkpoint).weights };
}

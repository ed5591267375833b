/**
 * What a run would make and what it has already, and of the former why, and how long that may take.
 *
 * @module
 */
import { strategyOf } from "../decode/definitions.ts";
import type { StagedRun } from "../stages/run_tasks.ts";
import { isNear, type Nearest, nearestOf } from "./nearest_result.ts";
import type { Setup } from "../stages/experiment_data.ts";
import type { CellIds } from "../stages/cache_keys.ts";
import type { EntryHead, StageId } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";

/** A result that a run needs. */
export interface PlannedResult {
  /** What kind it is. */
  readonly kind: "training" | "loss" | "cell";
  /** What it is of: a model or a cell. */
  readonly name: string;
  /** Whether it is there. */
  readonly cached: boolean;
  /** If not, why: what is otherwise than where it was made before. */
  readonly reason?: string;
  /** Whether an interrupted run has done a part of it, from which it goes on. */
  readonly begun?: boolean;
  /** If not, how long it may take on one thread, seconds; of what was never done before nobody knows. */
  readonly seconds?: number;
}

/** What there is to go by: the heads of the results of earlier runs. */
export interface Known {
  /** Trainings. */
  readonly train: readonly EntryHead[];
  /** Losses. */
  readonly loss: readonly EntryHead[];
  /** Samples of cells. */
  readonly decode: readonly EntryHead[];
}

/** Reads what there is to go by. */
export async function knownResults(store: Store): Promise<Known> {
  return {
    train: await store.heads("train"),
    loss: await store.heads("loss"),
    decode: await store.heads("decode"),
  };
}

/** Plans one run, its trainings first, then its losses and its cells. */
export async function planRun(
  { setup, ids }: StagedRun,
  { store, known, fresh }: {
    readonly store: Store;
    readonly known: Known;
    readonly fresh: boolean;
  },
): Promise<PlannedResult[]> {
  const planned: PlannedResult[] = [];
  const plan = async (
    kind: PlannedResult["kind"],
    id: StageId,
    heads: readonly EntryHead[],
    { count, also }: { count: number; also?: StageId },
  ): Promise<void> => {
    const there = await store.has(id) && (also === undefined || await store.has(also));
    if (there && !fresh) return void planned.push({ kind, name: id.name, cached: true });
    const nearest = nearestOf(id, heads);
    const seconds = estimate(nearest, count);
    planned.push({
      kind,
      name: id.name,
      cached: false,
      reason: there ? "--fresh" : reasonOf(nearest),
      begun: kind === "training" && await store.hasProgress(id),
      ...(seconds === undefined ? {} : { seconds }),
    });
  };
  for (const id of Object.values(ids.train)) {
    const { steps, batch_size } = setup.config.training[id.name === "draft" ? "draft" : "target"];
    await plan("training", id, known.train, { count: steps * batch_size });
  }
  const documents = setup.split.heldOut.length;
  for (const { id } of ids.losses) await plan("loss", id, known.loss, { count: documents });
  for (const cell of ids.cells) {
    const count = decodings(setup, cell);
    await plan("cell", cell.decode, known.decode, { count, also: cell.measure });
  }
  return planned;
}

/** How often a cell decodes. */
function decodings({ config, prompts }: Setup, { cell }: CellIds): number {
  return strategyOf(cell.settings).isDeterministic
    ? new Set(prompts).size
    : prompts.length * config.decoding.samples;
}

function reasonOf(nearest: Nearest | undefined): string {
  if (nearest === undefined || !isNear(nearest)) return "never made before";
  if (nearest.differences.length === 0) return "its result is no longer in the store";
  return nearest.differences.map(({ path, old, now }) =>
    old === undefined || now === undefined ? path : `${path}: ${old} → ${now}`
  ).join(", ");
}

/** At the speed of what is nearest. */
function estimate(nearest: Nearest | undefined, count: number): number | undefined {
  if (nearest === undefined || nearest.head.effort.count === 0) return undefined;
  const { seconds, count: before } = nearest.head.effort;
  return seconds / before * count * nearest.size;
}

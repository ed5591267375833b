/**
 * What each result depends on, by which the store finds it. An input that is itself a result is named
 * by its key: the same key stands for the same bytes.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import type { ModelName, Setup } from "./experiment_data.ts";
import type { Json } from "../store/canonical_json.ts";
import { type Stage, type StageId, stageId } from "../store/stored_result.ts";

/**
 * The versions of the stages: one more wherever the same inputs come to give another result. A test
 * holds each with the digest of what it gives.
 */
export const STAGE_VERSIONS: Readonly<Record<Stage, number>> = {
  train: 1,
  loss: 1,
  decode: 1,
  measure: 3,
  time: 1,
  report: 2,
};

/** The n-gram models that the trained ones are held against. */
export const NGRAM_ORDERS = [1, 2, 3, 4, 5] as const;

/** The ids of everything that a run is made of. */
export interface RunIds {
  /** The trained models. */
  readonly train: { readonly target: StageId; readonly draft?: StageId };
  /** What models lose on the corpus, in the order of the report. */
  readonly losses: readonly LossId[];
  /** The cells, in the order of the grid. */
  readonly cells: readonly CellIds[];
}

/** What one model loses on the corpus. */
export interface LossId {
  /** The training that it needs. */
  readonly model?: StageId;
  /** A trained model, or the order of an n-gram model. */
  readonly of: ModelName | number;
  /** The result. */
  readonly id: StageId;
}

/** One cell's samples, and what is measured of them. */
export interface CellIds {
  /** The cell. */
  readonly cell: Cell;
  /** Its samples. */
  readonly decode: StageId;
  /** Its measures. */
  readonly measure: StageId;
}

/** The ids of all that `setup` is made of. */
export function runIds(setup: Setup): RunIds {
  const target = trainId(setup, "target");
  const train = setup.specs.draft === undefined
    ? { target }
    : { target, draft: trainId(setup, "draft") };
  return {
    train,
    losses: [
      ...Object.entries(train).map(([name, id]): LossId => ({
        of: name as ModelName,
        model: id,
        id: versioned("loss", name, { seed: setup.config.seed, model: id.key }),
      })),
      ...NGRAM_ORDERS.map((order): LossId => ({ of: order, id: ngramLossId(setup, order) })),
    ],
    cells: setup.cells.map((cell) => cellIds(setup, cell, train)),
  };
}

function trainId({ config, corpusSha256 }: Setup, name: ModelName): StageId {
  const { engine, seed, seeding, models, training, corpus } = config;
  // One generator after another: what the target draws, the draft begins after.
  const before = name === "draft" && seeding === "sequential"
    ? { target: models.target, initial_std: training.target.initial_std }
    : undefined;
  return versioned("train", name, {
    engine,
    seed,
    seeding,
    corpus: { sha256: corpusSha256, held_out: corpus.held_out },
    models: { block_size: models.block_size, [name]: models[name] },
    training: { [name]: training[name] },
    before,
  });
}

function ngramLossId({ config, corpusSha256 }: Setup, order: number): StageId {
  return versioned("loss", `${order}-gram`, {
    seed: config.seed,
    corpus: { sha256: corpusSha256, held_out: config.corpus.held_out },
    models: { block_size: config.models.block_size },
    order,
  });
}

function cellIds({ config }: Setup, cell: Cell, train: RunIds["train"]): CellIds {
  const { prompts, samples, max_new_tokens } = config.decoding;
  // The target's key stands for the corpus, too, of which n-grams are counted and prompts drawn.
  const speculation = strategyOf(cell.settings).speculation?.(cell.settings);
  const decode = versioned("decode", cell.label, {
    seed: config.seed,
    decoding: { prompts, samples, max_new_tokens },
    strategy: cell.settings as unknown as Json,
    target: train.target.key,
    draft: speculation?.needs === "draft model" ? train.draft?.key : undefined,
  });
  return {
    cell,
    decode,
    measure: versioned("measure", cell.label, { decode: decode.key }),
  };
}

/** The id of the timings of speculative cells; nothing where there is none. */
export function timeId(cells: readonly CellIds[]): StageId | undefined {
  if (cells.length === 0) return undefined;
  return versioned("time", "one text", { cells: cells.map(({ measure }) => measure.key) });
}

/** The id of what `stage` makes of `inputs` by this program. */
export function versioned(stage: Stage, name: string, inputs: StageId["inputs"]): StageId {
  // Functions such as exp are the runtime's, which may round them otherwise one day.
  const versions = { stage: STAGE_VERSIONS[stage], v8: Deno.version.v8 };
  return stageId(stage, name, { ...inputs, versions });
}

import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { createWarpers } from "../decode/warp/definitions.ts";
import { nextDistribution } from "../decode/warp/warper.ts";
import { measureCell } from "../measure/cell_measures.ts";
import type { SpeculationContext } from "../measure/sample_facts.ts";
import type { CellMeasures } from "../measure/measure.ts";
import type { Samples } from "../measure/sample.ts";
import { allMeasures, measures } from "../measure/measures.ts";
import { bestOrder, type Scorer } from "../measure/ngram_score.ts";
import { draftOperationsOf, firstTokenDistance } from "../measure/speculation.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import { refOf, type ResultRef } from "../store/stored_result.ts";
import { decode } from "./decode.ts";
import { corpusKey, designOf } from "./experiment_data.ts";
import { loss, type LossTask } from "./loss.ts";
import { type CellModels, needsOf, transformerSpec } from "./model_use.ts";
import {
  decodeJson,
  encodeJson,
  hasFields,
  idOf,
  type Stage,
  type StageInputs,
  type StageTask,
  timed,
} from "./stage.ts";

/** Measures the samples of one cell. */
export interface MeasureTask extends StageTask {
  /** The cell. */
  readonly cell: Cell;
  /** Its samples. */
  readonly samples: ResultRef;
  /** The models that they were decoded with. */
  readonly models: CellModels;
  /** The losses of n-gram models, of which the best scores the samples. */
  readonly ngrams: readonly NgramLoss[];
}

/** The loss of an n-gram model. */
export interface NgramLoss {
  /** Its order. */
  readonly order: number;
  /** Its loss. */
  readonly losses: ResultRef;
}

/** Measures every cell, each while its samples are still in memory. */
export const measure: Stage<MeasureTask, CellMeasures> = {
  name: "measure",
  version: 12,
  title: "measures of cells",
  noun: ["measurement", "measurements"],
  activity: "measuring",
  progressUnit: "cells",
  unit: "samples",
  isReproducible: true,
  follows: decode.name,
  inputNames: {
    decode: "other samples",
    ngrams: "other n-gram models",
    measures: "other measures",
  },

  tasks(data, earlier) {
    // Cells are measured all the same where the loss of an n-gram model failed.
    const ngrams = earlier.of(loss).filter(({ id }) => earlier.failure(id) === undefined)
      .flatMap(ngramLoss);
    return earlier.of(decode).map(({ id, cell, models }): MeasureTask => ({
      id: idOf(measure, cell.label, {
        decode: id.key,
        // The key of a trained target stands for the corpus, with whose texts samples are compared.
        corpus: data.models.target.kind === "trained" ? undefined : corpusKey(data),
        ngrams: ngrams.map(({ losses }) => losses.key),
        // By name, so that a new measure is not missing from cells that were measured without it.
        measures: ("tokenizer" in data.vocabulary ? allMeasures : measures).map(({ name }) => name),
      }),
      needs: [refOf(id), ...needsOf(Object.values(models)), ...ngrams.map(({ losses }) => losses)],
      cell,
      samples: refOf(id),
      models,
      ngrams,
    }));
  },
  describe: ({ name }) => name,
  count: ({ cell }, { experiment: { config }, prompts }) =>
    prompts.length * config.decoding.samples * textsOf(cell),
  // First tokens of speculation are compared with the target's exact distribution.
  models: ({ cell: { settings }, models: { target } }) =>
    strategyOf(settings).speculation === undefined ? [] : [target],

  async run({ cell, samples: ref, models, ngrams }, inputs) {
    const samples = await inputs.read(decode, ref);
    await loadQuantiles();
    const speculation = await speculationContext(cell, samples, models, inputs);
    const scorer = await scorerAmong(ngrams, inputs);
    const { result, seconds } = timed(() =>
      measureCell(cell, samples, {
        reference: inputs.models.reference(),
        design: designOf(inputs.data),
        textsOfDraw: inputs.data.experiment.config.decoding.samples,
        isDeterministic: strategyOf(cell.settings).isDeterministic,
        speculation,
        scorer,
        keepsTokens: "tokenizer" in inputs.data.vocabulary,
      })
    );
    return { result, seconds, count: samples.length };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "the measures of a cell", isMeasures),
};

function ngramLoss({ id, model }: LossTask): NgramLoss[] {
  return typeof model === "number" ? [{ order: model, losses: refOf(id) }] : [];
}

/** The scorer of all cells of an experiment, which a thread finds once. */
const scorers = new WeakMap<StageInputs["data"], Promise<Scorer | undefined>>();

/** The n-gram model that predicts the documents held out best; none where none is known to. */
function scorerAmong(
  ngrams: readonly NgramLoss[],
  { data, models, read }: StageInputs,
): Promise<Scorer | undefined> {
  const known = scorers.get(data);
  if (known !== undefined) return known;
  const scorer = Promise.all(
    ngrams.map(async ({ order, losses }) => {
      const { heldOut } = await read(loss, losses);
      return { order, loss: heldOut?.natsPerToken.value };
    }),
  ).then((all): Scorer | undefined => {
    const order = bestOrder(all);
    return order === undefined
      ? undefined
      : { model: models.ngram(order), vocabulary: models.vocabulary };
  });
  scorers.set(data, scorer);
  // A loss that is lost is recomputed, and asked for again.
  scorer.catch(() => scorers.delete(data));
  return scorer;
}

/** The facts about models that measures of a speculative cell need; nothing for another cell. */
async function speculationContext(
  { settings }: Cell,
  samples: Samples,
  uses: CellModels,
  { data, models }: StageInputs,
): Promise<SpeculationContext | undefined> {
  const speculation = strategyOf(settings).speculation?.(settings);
  if (speculation === undefined) return undefined;
  const { vocabulary } = models;
  const target = await models.model(uses.target);
  const warpers = createWarpers(speculation.warp);
  const ofTarget = transformerSpec(data, "target");
  const ofDraft = speculation.needs === "draft model" ? transformerSpec(data, "draft") : undefined;
  const encoded = new Map(data.prompts.map((prompt) => [prompt, vocabulary.encodePrompt(prompt)]));
  // One at a time, as a row may be a megabyte.
  const exact = {
    get: (prompt: string) => {
      const tokens = encoded.get(prompt);
      return tokens && nextDistribution(target, tokens, warpers);
    },
  };
  return {
    draftK: speculation.draftK,
    predictions: speculation.predictions,
    draftOperations: ofTarget === undefined || ofDraft === undefined
      ? 0
      : draftOperationsOf(ofTarget, ofDraft),
    promptTokens: (prompt) => (encoded.get(prompt) ?? vocabulary.encodePrompt(prompt)).length,
    firstToken: firstTokenDistance(samples, exact, vocabulary.stops.tokens),
  };
}

/** Samples of one decoding, at most. */
function textsOf({ settings }: Cell): number {
  return strategyOf(settings).texts?.(settings) ?? 1;
}

function isMeasures(value: unknown): value is CellMeasures {
  return hasFields(value, {
    cell: "object",
    values: "object",
    firsts: "array",
    lengths: "array",
  }) &&
    (value["among"] === undefined || hasFields(value["among"], {})) &&
    hasFields(value["cell"], { label: "string", settings: "object" });
}

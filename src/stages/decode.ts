import type { Vocabulary } from "../data/vocabulary.ts";
import type { Cell } from "../decode/cell.ts";
import type { DecodeResources } from "../decode/definition.ts";
import { strategyOf } from "../decode/definitions.ts";
import type { Observer } from "../decode/observation.ts";
import { scheduled } from "../decode/scheduler.ts";
import type { DecodeResult, Decoding } from "../decode/strategy.ts";
import type { Sample } from "../measure/sample.ts";
import { decodeSamples, type EncodedSamples, encodeSamples } from "../measure/samples_format.ts";
import type { LanguageModel } from "../model/language_model.ts";
import type { Json } from "../store/stored_result.ts";
import { corpusKey, type ExperimentData } from "./experiment_data.ts";
import { usableModels } from "./check.ts";
import { type CellModels, needsOf, platformInput } from "./model_use.ts";
import { sampleStream } from "./seeding.ts";
import { textsAtOnce, type TextSizes } from "./sequences_at_once.ts";
import { idOf, type Stage, type StageInputs, type StageTask, timed } from "./stage.ts";

/** Decodes the samples of one cell. */
export interface DecodeTask extends StageTask {
  /** The cell. */
  readonly cell: Cell;
  /** The models that it decodes with. */
  readonly models: CellModels;
}

/** Decodes every cell. */
export const decode: Stage<DecodeTask, EncodedSamples> = {
  name: "decode",
  version: 1,
  title: "samples of cells",
  noun: ["cell", "cells"],
  activity: "decoding",
  progressUnit: "cells",
  unit: "samples",
  isReproducible: true,
  inputNames: {
    target: "another target",
    draft: "another draft",
    revision: "a corrected strategy",
    ends: "stop tokens that count as one",
  },

  tasks(data, earlier) {
    const uses = usableModels(data, earlier);
    const [target, draft] = ["target", "draft"].map((name) =>
      uses.find((use) => use.name === name)
    );
    if (target === undefined) return [];
    return data.experiment.cells.map((cell): DecodeTask => {
      const usesDraft = draft !== undefined && needOf(cell) === "draft model";
      const models = usesDraft ? { target, draft } : { target };
      return {
        id: decodeId(data, cell, models),
        needs: needsOf(Object.values(models)),
        cell,
        models,
      };
    });
  },
  describe: ({ name }) => name,
  family: ({ inputs: { strategy } }) =>
    typeof strategy === "object" && strategy !== null && "strategy" in strategy
      ? String(strategy.strategy)
      : "",
  count: ({ cell: { settings } }, { experiment: { config }, prompts }) =>
    strategyOf(settings).isDeterministic
      ? new Set(prompts).size
      : prompts.length * config.decoding.samples,
  models: ({ models }) => Object.values(models),

  async run({ cell, models }, inputs) {
    const context = await decodeContext(inputs, models);
    const { result, seconds } = timed(() => encodeSamples(decodeCell(cell, context)));
    return { result, seconds, count: result.results };
  },

  encode: ({ bytes }) => bytes,
  decode: decodeSamples,
};

function decodeId(data: ExperimentData, cell: Cell, models: CellModels) {
  const { experiment: { config }, models: { target }, population } = data;
  const { prompts, samples, max_new_tokens } = config.decoding;
  // The key of a trained target stands for the corpus, too: n-grams are counted and prompts drawn from it.
  const readsCorpus = target.kind !== "trained" &&
    (population !== undefined || needOf(cell) === "corpus");
  return idOf(decode, cell.label, {
    seed: config.seed,
    decoding: { prompts, samples, max_new_tokens },
    strategy: cell.settings as unknown as Json,
    revision: strategyOf(cell.settings).revision?.(cell.settings),
    // Samples had the probability of their own stop token alone; where there is one, that is the same.
    ends: hasSeveralStops(data) ? "any stop token" : undefined,
    target: models.target.key,
    draft: models.draft?.key,
    platform: platformInput(data),
    corpus: readsCorpus ? corpusKey(data) : undefined,
  });
}

/** Whether more than one token ends a text. */
function hasSeveralStops({ vocabulary }: ExperimentData): boolean {
  if (!("tokenizer" in vocabulary)) return false;
  const { stops, bos } = vocabulary.tokenizer;
  return new Set([...stops, bos]).size > 1;
}

/** What the strategy of a cell proposes from, if it does. */
function needOf({ settings }: Cell) {
  return strategyOf(settings).speculation?.(settings).needs;
}

/** The models and settings that cells are decoded with. */
export interface DecodeContext {
  /** The model that is decoded from. */
  readonly target: LanguageModel;
  /** The models that may propose for it. */
  readonly resources: DecodeResources;
  /** The tokens of both. */
  readonly vocabulary: Vocabulary;
  /** The experiment's seed. */
  readonly seed: number;
  /** The beginnings of the texts; a prompt that repeats has as many times the samples. */
  readonly prompts: readonly string[];
  /** Samples of each prompt. */
  readonly samples: number;
  /** The most tokens to generate. */
  readonly maxNewTokens: number;
  /** Who is told what happens in a prompt's decoding with this number, where somebody wants to know. */
  readonly observer?: (prompt: string, number: number) => Observer;
}

/** The context of decoding with the models that `uses` says. */
export async function decodeContext(
  { data: { experiment: { config }, prompts }, models }: StageInputs,
  uses: CellModels,
): Promise<DecodeContext> {
  return {
    target: await models.model(uses.target),
    resources: {
      draftModel: uses.draft && await models.model(uses.draft),
      ngram: (order) => models.ngram(order),
    },
    vocabulary: models.vocabulary,
    seed: config.seed,
    prompts,
    samples: config.decoding.samples,
    maxNewTokens: config.decoding.max_new_tokens,
  };
}

/**
 * Every sample of one cell, prompt by prompt, each as soon as those before it are there. They depend on
 * the models, the seed, the cell, the prompt and the sample's number alone. A strategy without randomness
 * decodes each prompt once, and that stands for all its samples. Where a decoding finds several texts, each is a sample: they are
 * numbered one after another, and then those of the next decoding.
 */
export function* decodeCell(
  { settings, stream: name }: Cell,
  { target, resources, vocabulary, seed, prompts, samples, maxNewTokens, observer }: DecodeContext,
): Generator<Sample, void> {
  const definition = strategyOf(settings);
  const strategy = definition.create(settings, resources);
  const own = [...Map.groupBy(prompts, (prompt) => prompt)].map(([prompt, { length }]) => ({
    prompt,
    draws: length,
    decodings: definition.isDeterministic ? 1 : samples * length,
  }));
  const longest = prompts.reduce(
    (most, prompt) => Math.max(most, vocabulary.encodePrompt(prompt).length),
    0,
  );
  function* decodings(): Generator<Decoding> {
    for (const { prompt, decodings } of own) {
      const stream = sampleStream(seed, name, prompt);
      for (let number = 0; number < decodings; number++) {
        yield strategy({
          target,
          prompt: vocabulary.encodePrompt(prompt),
          stops: vocabulary.stops,
          maxNewTokens,
          random: stream.child(number),
          observe: observer?.(prompt, number),
        });
      }
    }
  }
  const results = scheduled(decodings(), {
    concurrency: textsAtOnce(target.spec, textSizes(settings, longest, maxNewTokens)),
  });
  yield* samplesOf(own, samples, results, vocabulary);
}

/** What a text takes that a strategy decodes after a prompt of `length` tokens. */
export function textSizes(
  settings: Cell["settings"],
  length: number,
  maxNewTokens: number,
): TextSizes {
  const definition = strategyOf(settings);
  return {
    tokens: length + maxNewTokens,
    rows: 1 + (definition.speculation?.(settings).draftK ?? 0),
    sequences: definition.sequences?.(settings) ?? 1,
  };
}

/** A prompt, how often it was drawn, and how often it was decoded. */
interface DecodedPrompt {
  readonly prompt: string;
  readonly draws: number;
  readonly decodings: number;
}

/** The samples of `results`, which are in the order of `prompts`. */
function* samplesOf(
  prompts: readonly DecodedPrompt[],
  samples: number,
  results: Generator<DecodeResult, void>,
  vocabulary: Vocabulary,
): Generator<Sample, void> {
  let draw = 0;
  for (const { prompt, draws, decodings } of prompts) {
    let number = 0;
    let texts: { readonly continuation: string; readonly result: DecodeResult }[] = [];
    for (let i = 0; i < samples * draws; i++) {
      if (i < decodings) {
        const { value: decoded } = results.next();
        if (decoded === undefined) throw new TypeError("Cannot list samples: a result is missing");
        texts = [decoded, ...decoded.others ?? []].map((result) => ({
          continuation: vocabulary.continuation(prompt, result.tokens),
          result,
        }));
      }
      const of = draw + Math.floor(i / samples);
      for (const text of texts) yield { prompt, draw: of, number: number++, ...text };
    }
    draw += draws;
  }
}

import { type Cell, chainText } from "../decode/cell.ts";
import { createStrategy, strategyOf } from "../decode/definitions.ts";
import type { SpeculationProfile } from "../decode/definition.ts";
import { limitReached } from "../decode/strategy.ts";
import { sample } from "../decode/sample/sample.ts";
import { createWarpers } from "../decode/warp/definitions.ts";
import { trainingEngine } from "../model/engine.ts";
import { engines } from "../model/engines.ts";
import type { LanguageModel } from "../model/language_model.ts";
import type { Timing } from "../report/timings_csv.ts";
import { refOf, type ResultRef } from "../store/stored_result.ts";
import { type DecodeContext, decodeContext } from "./decode.ts";
import { type Clock, wallClock } from "./interleaved_rounds.ts";
import { trainedSpec } from "./experiment_data.ts";
import { measure } from "./measure.ts";
import { type CellModels, needsOf } from "./model_use.ts";
import type { Beginning } from "./recorded_texts.ts";
import { sampleStream } from "./seeding.ts";
import { type SpeculativePair, timeSpeculation } from "./speculation_times.ts";
import {
  decodeJson,
  encodeJson,
  hasFields,
  idOf,
  Interrupted,
  type Stage,
  type StageTask,
  timed,
} from "./stage.ts";

/** Times the speculative cells of an experiment. */
export interface TimeTask extends StageTask {
  /** The measures of the cells. */
  readonly cells: readonly ResultRef[];
  /** The models that they use. */
  readonly models: CellModels;
}

/**
 * Times speculative cells at one text at a time, those of models that may be large in batches, too: for
 * `timings.csv` alone, since it reads the clock.
 */
export const time: Stage<TimeTask, readonly Timing[]> = {
  name: "time",
  version: 5,
  title: "timings",
  noun: ["timing", "timings"],
  activity: "timing",
  progressUnit: "percent",
  unit: "cells",
  isReproducible: false,
  runsAlone: true,
  stopsSoon: true,
  inputNames: { cells: "other cells" },

  tasks(_data, earlier) {
    const timed = earlier.of(measure)
      .filter(({ id, cell }) => isTimed(cell) && earlier.failure(id) === undefined);
    const [first] = timed;
    if (first === undefined) return [];
    const cells = timed.map(({ id }) => refOf(id));
    const models = timed.find(({ models: { draft } }) => draft !== undefined)?.models ??
      first.models;
    const id = idOf(time, "speculation", { cells: cells.map(({ key }) => key) });
    return [{ id, needs: [...cells, ...needsOf(Object.values(models))], cells, models }];
  },
  describe: () => "timing of speculation",
  count: ({ cells }) => cells.length,
  steps: () => 100,
  models: ({ models }) => Object.values(models),
  leavesThread: ({ models }, data, threads) =>
    data.platform === undefined &&
    Object.values(models).every((model) => {
      const spec = trainedSpec(data, model.name);
      const { decodingThreads } = engines[trainingEngine(data.experiment.config.engine)];
      return spec !== undefined && decodingThreads(spec, threads) === 1;
    }),

  async run({ cells, models }, inputs) {
    const context = await decodeContext(inputs, models);
    const measures = await Promise.all(cells.map((ref) => inputs.read(measure, ref)));
    const { models: origins, experiment: { config } } = inputs.data;
    const mayBeLarge = origins.target.kind === "folder" || config.engine === "onnx";
    inputs.watch.onStep(0);
    const { result, seconds } = timed(() =>
      speculationTimings(
        measures.map(({ cell }) => cell),
        context,
        mayBeLarge ? [1, 2, 4, 8] : [1],
        (share) => {
          if (inputs.watch.stopped()) throw new Interrupted("timing was told to stop");
          inputs.watch.onStep(Math.floor(100 * Math.min(1, share)));
        },
      )
    );
    return { result, seconds, count: cells.length };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "timings", isTimings),
};

function isTimed({ settings }: Cell): boolean {
  return strategyOf(settings).speculation !== undefined;
}

function isTimings(value: unknown): value is Timing[] {
  const fields = { stage: "string", what: "string", count: "number", seconds: "object" } as const;
  return Array.isArray(value) && value.every((row) => hasFields(row, fields));
}

/** Of more prompts the first ones. */
const MOST_PROMPTS = 20;
/** Seconds for each text that the cells decode, and for all: a longer run measures longer. */
const SECONDS_PER_TEXT = 0.0001;
const LEAST_SECONDS = 0.1;
const MOST_SECONDS = 3;

/** For everything, where passes are slow, about, seconds. */
const LIMIT = 20;
/** It takes no more than so many times what decoding the cells does, about, but this many seconds. */
const TIMES_DECODING = 3;
const LEAST_LIMIT = 8;
/** Times that a text is decoded at least: recorded, in rounds, and as much again for passes. */
const TIMES = 5;
/** Passes for each token of a text: of the target, and what the draft adds. */
const PASSES_PER_TOKEN = 2;
/** Kinds of passes that are timed by themselves, about. */
const KINDS = 12;
/** Numbers in the logits of a text that is recorded, about; a token has up to three rows of them. */
const MOST_LOGITS = 2 ** 24;
const ROWS = 3;
/** Texts are no shorter than this, unless they are meant to be. */
const LEAST_TOKENS = 4;

/**
 * The speed of the speculative ones of `cells` with so many texts at a time, beside decoding token by
 * token with the same warpers; none where no prompt leaves room for a token, or passes take too long.
 * `between` is told the share of the time that has passed, and may throw.
 */
export function speculationTimings(
  cells: readonly Cell[],
  context: DecodeContext,
  streams: readonly [1, ...number[]],
  between: (share: number) => void,
  clock: Clock = wallClock,
): Timing[] {
  const { target, vocabulary, prompts, samples, resources, seed } = context;
  const names = new Map<LanguageModel, string>([[target, "target"]]);
  const pairs = cells.flatMap((cell): SpeculativePair[] => {
    const profile = strategyOf(cell.settings).speculation?.(cell.settings);
    if (profile === undefined) return [];
    const proposer = profile.proposer(resources);
    if (proposer !== undefined) names.set(proposer.model, proposer.name);
    return [pairOf(cell, profile, context)];
  });
  const beginnings = [...new Set(prompts)].slice(0, MOST_PROMPTS).map((prompt) => ({
    target,
    prompt: vocabulary.encodePrompt(prompt),
    stops: vocabulary.stops,
    maxNewTokens: context.maxNewTokens,
  })).filter((one) => limitReached({ ...one, random: { next: () => 0 } }, 0) === undefined);
  const [first] = beginnings;
  if (first === undefined) return [];
  const plains = new Set(pairs.map(({ plain: { label } }) => label)).size;
  between(0);
  const pass = passSeconds(first, clock);
  const texts = pairs.length * prompts.length * samples;
  const decoding = texts * context.maxNewTokens * pass;
  const limit = Math.min(LIMIT, Math.max(LEAST_LIMIT, TIMES_DECODING * decoding));
  const tokens = Math.min(
    Math.floor(
      (limit / (TIMES * pass) - KINDS) / (PASSES_PER_TOKEN * (pairs.length + plains)),
    ),
    Math.floor(MOST_LOGITS / (ROWS * target.spec.vocabSize)),
  );
  const maxNewTokens = Math.min(context.maxNewTokens, Math.max(LEAST_TOKENS, tokens));
  const aim = Math.min(Math.max(LEAST_SECONDS, SECONDS_PER_TEXT * texts), MOST_SECONDS);
  const seconds = streams.length === 1 ? aim : Math.max(aim, limit / 2);
  const times = timeSpeculation(pairs, {
    beginnings: beginnings.map((beginning) => ({ ...beginning, maxNewTokens })),
    nameOf: (model) => names.get(model) ?? "draft",
    random: sampleStream(seed, "one stream", ""),
    streams,
    seconds,
    limit,
    clock,
    between: (passed) => between(passed / Math.max(seconds, streams.length === 1 ? 0 : limit)),
  });
  return times.map((
    { what, streams, unit, count, each, inPasses, speedUps, verification },
  ): Timing => ({
    stage: streams === 1 ? "one stream" : `${streams} streams`,
    what,
    unit,
    count,
    seconds: { value: each.value * count, low: each.low * count, high: each.high * count },
    cached: false,
    ...(inPasses === undefined ? {} : { inPasses }),
    ...speedUps,
    ...(verification && { verification: verification.taken, breakEven: verification.breakEven }),
  }));
}

/** Seconds of a pass over one token after a prompt, about: the shorter one of two. */
function passSeconds({ target, prompt }: Beginning, clock: Clock): number {
  const sequence = target.open();
  try {
    target.forward([{ sequence, tokens: prompt, rows: 0 }]);
    const seconds = [1, 2].map(() => {
      const began = clock();
      target.forward([{ sequence, tokens: prompt.slice(-1), rows: 1 }]);
      const ended = clock();
      sequence.truncate(prompt.length);
      return ended - began;
    });
    return Math.min(...seconds);
  } finally {
    sequence.close();
  }
}

/** The strategy of a cell, and sampling token by token with the same warpers. */
function pairOf(
  { label, settings }: Cell,
  { warp }: SpeculationProfile,
  { resources: { draftModel, ngram } }: DecodeContext,
): SpeculativePair {
  return {
    family: JSON.stringify({ ...settings, draft_k: undefined }),
    own: {
      label,
      strategy: (replaced) =>
        createStrategy(settings, {
          draftModel: draftModel && replaced(draftModel),
          ngram: (order) => replaced(ngram(order)),
        }),
    },
    plain: {
      label: warp.length === 0 ? "token by token" : `token by token, ${chainText(warp)}`,
      strategy: () => sample(createWarpers(warp)),
    },
  };
}

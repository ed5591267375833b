import type { Cell } from "../decode/cell.ts";
import { createStrategy, strategyOf } from "../decode/definitions.ts";
import type { Timing } from "../report/csv.ts";
import { refOf, type ResultRef } from "../store/stored_result.ts";
import { type CellModels, type DecodeContext, decodeContext } from "./decode.ts";
import { measure } from "./measure.ts";
import { decodeJson, encodeJson, hasFields, idOf, type Stage, type StageTask } from "./stage.ts";
import { sample } from "../decode/sample/sample.ts";
import { schedule } from "../decode/scheduler.ts";
import { type DecodeRequest, limitReached, type Strategy } from "../decode/strategy.ts";
import { createWarpers } from "../decode/warp/definitions.ts";
import { type CellMeasures, estimateIn } from "../measure/measure.ts";
import { alpha, speedUp } from "../measure/speculation.ts";
import type { LanguageModel, Token } from "../model/language_model.ts";
import type { RandomStream } from "../random/random_stream.ts";
import { sampleStream } from "./seeding.ts";

/** Times the speculative cells of an experiment. */
export interface TimeTask extends StageTask {
  /** The measures of the cells. */
  readonly cells: readonly ResultRef[];
  /** The trained models that they use. */
  readonly models: CellModels;
}

/** Times speculative cells at one text at a time: for `timings.csv` alone, since it reads the clock. */
export const time: Stage<TimeTask, readonly Timing[]> = {
  name: "time",
  version: 1,
  title: "timings",
  noun: ["timing", "timings"],
  activity: "timing one text",
  progressUnit: "runs",
  unit: "cells",
  isReproducible: false,
  runsAlone: true,
  inputNames: { cells: "other cells" },

  tasks(_data, earlier) {
    const timed = earlier.of(measure)
      .filter(({ id, cell }) => isTimed(cell) && earlier.failure(id) === undefined);
    const [first] = timed;
    if (first === undefined) return [];
    const cells = timed.map(({ id }) => refOf(id));
    const models = timed.find(({ models: { draft } }) => draft !== undefined)?.models ??
      first.models;
    const id = idOf(time, "one text", { cells: cells.map(({ key }) => key) });
    return [{ id, needs: [...cells, ...Object.values(models)], cells, models }];
  },
  describe: () => "timing of one text",
  count: ({ cells }) => cells.length,

  async run({ cells, models }, inputs) {
    const context = await decodeContext(inputs, models);
    const measures = await Promise.all(cells.map((ref) => inputs.read(measure, ref)));
    const began = performance.now();
    const result = singleStreamTimings(measures, context);
    return { result, seconds: (performance.now() - began) / 1000, count: cells.length };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "timings", isTimings),
};

function isTimed({ settings }: Cell): boolean {
  return strategyOf(settings).speculation !== undefined;
}

function isTimings(value: unknown): value is Timing[] {
  const fields = { stage: "string", of: "string", seconds: "number", count: "number" } as const;
  return Array.isArray(value) && value.every((row) => hasFields(row, fields));
}

/** Speculative and plain decoding take turns, so that what disturbs one disturbs the other. */
const TURNS = 5;
/** Of a turn, and of passes, seconds: enough for an impression, little enough for every run. */
const TURN = 0.002;
const PASSES = 0.005;
/** Of more prompts the first ones. */
const MOST_PROMPTS = 20;

/**
 * The speed of the speculative ones of `cells` at one text at a time, beside decoding token by token
 * with the same warpers; none where no prompt leaves room for a token.
 */
export function singleStreamTimings(
  cells: readonly CellMeasures[],
  context: DecodeContext,
): Timing[] {
  const { target, vocabulary, prompts, maxNewTokens } = context;
  const requests = [...new Set(prompts)].slice(0, MOST_PROMPTS).map((prompt) => ({
    target,
    prompt: vocabulary.encodePrompt(prompt),
    stops: vocabulary.stops,
    maxNewTokens,
    random: { next: () => 0 },
  })).filter((request) => limitReached(request, 0) === undefined);
  const text = requests[0]?.prompt;
  if (text === undefined) return [];
  const passes = new Map<string, Timing>();
  const timings: Timing[] = [];
  /** Seconds of a pass, measured when it is first asked for. */
  const pass = (name: string, model: LanguageModel, rows: number): number => {
    const of = `pass of the ${name}, ${rows} ${rows === 1 ? "row" : "rows"}`;
    const timing = passes.get(of) ??
      timingOf(of, "passes", [timePasses(model, text, rows, PASSES)]);
    passes.set(of, timing);
    return timing.seconds / timing.count;
  };
  for (const measured of cells) {
    const { cell } = measured;
    const { settings, label } = cell;
    const profile = strategyOf(settings).speculation?.(settings);
    if (profile === undefined) continue;
    const step = pass("target", target, 1);
    const verification = pass("target", target, profile.draftK + 1);
    const proposer = profile.proposer(context.resources);
    const draftStep = proposer === undefined ? 0 : pass(proposer.name, proposer.model, 1);
    const probability = estimateIn(measured, alpha)?.value;
    const turns = takeTurns(cell, context, requests);
    const ratios = turns.map(({ plain, own }) => secondsEach(plain) / secondsEach(own));
    timings.push(
      timingOf(`token by token, beside ${label}`, "tokens", turns.map(({ plain }) => plain)),
      {
        ...timingOf(label, "tokens", turns.map(({ own }) => own)),
        speedUp: ratios.toSorted((a, b) => a - b)[Math.floor(TURNS / 2)] ?? NaN,
        // There is a prediction at this length where there is one of tokens per pass.
        ...probability === undefined || profile.predictions !== "all" ? {} : {
          predictedSpeedUp: speedUp(
            probability,
            profile.draftK,
            draftStep / step,
            verification / step,
          ),
        },
      },
    );
  }
  return [...passes.values(), ...timings];
}

/** Decodes by the cell and token by token with the same warpers, in turns. */
function takeTurns(
  { settings, stream }: CellMeasures["cell"],
  { resources, seed }: DecodeContext,
  requests: readonly DecodeRequest[],
): { plain: Duration; own: Duration }[] {
  const plain = sample(createWarpers(strategyOf(settings).speculation?.(settings).warp ?? []));
  const own = createStrategy(settings, resources);
  const random = sampleStream(seed, stream, "one stream");
  return Array.from({ length: TURNS }, (_, turn) => ({
    plain: timeDecoding(plain, requests, random.child("plain", turn), TURN),
    own: timeDecoding(own, requests, random.child("own", turn), TURN),
  }));
}

function timingOf(of: string, unit: string, durations: readonly Duration[]): Timing {
  const total = (key: keyof Duration): number =>
    durations.reduce((sum, duration) => sum + duration[key], 0);
  const [count, seconds] = [total("count"), total("seconds")];
  return { stage: "one stream", of, unit, count, seconds, cached: false };
}

/** How many times something was done, and how long that took. */
export interface Duration {
  /** Repetitions, or tokens generated. */
  readonly count: number;
  /** Wall-clock time, seconds. */
  readonly seconds: number;
}

/** Seconds per repetition or token. */
export function secondsEach({ count, seconds }: Duration): number {
  return seconds / count;
}

/**
 * Passes of `model` that read `rows` tokens after `text` and give the logits after each: a step for 1
 * row, a verification of γ proposals for γ + 1. No more rows are read than the block has room for.
 */
export function timePasses(
  model: LanguageModel,
  text: readonly Token[],
  rows: number,
  budget: number,
): Duration {
  const sequence = model.open();
  try {
    const before = text.slice(0, -1);
    if (before.length > 0) model.forward([{ sequence, tokens: before, rows: 0 }]);
    const room = model.spec.blockSize - before.length;
    const tokens = Array.from({ length: Math.min(rows, room) }, (_, i) => text.at(-1 - i) ?? 0);
    return repeat(budget, () => {
      model.forward([{ sequence, tokens, rows: tokens.length }]);
      sequence.truncate(before.length);
      return 1;
    });
  } finally {
    sequence.close();
  }
}

/** Texts decoded by `strategy` one after another, from each of `requests` in turn; counts choices. */
export function timeDecoding(
  strategy: Strategy,
  requests: readonly Omit<DecodeRequest, "random">[],
  random: RandomStream,
  budget: number,
): Duration {
  let number = 0;
  return repeat(budget, () => {
    const decodings = requests.map((request) =>
      strategy({ ...request, random: random.child(number++) })
    );
    const results = schedule(decodings, { concurrency: 1 });
    return results.reduce((sum, { logProbs }) => sum + logProbs.length, 0);
  });
}

/** Calls `once`, which says how much it did, for `budget` seconds, after a fifth of it unmeasured. */
function repeat(budget: number, once: () => number): Duration {
  const forSeconds = (limit: number): Duration => {
    const began = performance.now();
    for (let count = 0;;) {
      count += once();
      const seconds = (performance.now() - began) / 1000;
      if (seconds >= limit) return { count, seconds };
    }
  };
  forSeconds(budget / 5);
  return forSeconds(budget);
}

import { createStrategy, strategyOf } from "../decode/definitions.ts";
import { sample } from "../decode/sample/sample.ts";
import { type DecodeRequest, limitReached } from "../decode/strategy.ts";
import { createWarpers } from "../decode/warp/definitions.ts";
import type { CellMeasures } from "../measure/cell_measures.ts";
import { speedUp } from "../measure/speculation_theory.ts";
import type { LanguageModel } from "../model/language_model.ts";
import type { Timing } from "../report/csv.ts";
import type { DecodeStage } from "./decode_cells.ts";
import { type Duration, secondsEach, timeDecoding, timePasses } from "./one_stream.ts";
import { sampleStream } from "./seeding.ts";

/** Speculative and plain decoding take turns, so that what disturbs one disturbs the other. */
const TURNS = 5;
/** Of a turn, and of passes, seconds: enough for an impression, little enough for every run. */
const TURN = 0.002;
const PASSES = 0.005;
/** Of more prompts the first ones. */
const MOST_PROMPTS = 20;

/**
 * What the speculative ones of `cells` cost at one stream, beside decoding token by token with the same
 * warpers; nothing where there is none, or no prompt after which a token can be generated.
 */
export function oneStreamTimings(cells: readonly CellMeasures[], stage: DecodeStage): Timing[] {
  const { target, vocabulary, prompts, maxNewTokens } = stage;
  const requests = [...new Set(prompts)].slice(0, MOST_PROMPTS).map((prompt) => ({
    target,
    prompt: vocabulary.encodePrompt(prompt),
    eos: vocabulary.bos,
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
  for (const { cell, speculation } of cells) {
    const { settings, label } = cell;
    const profile = strategyOf(settings).speculation?.(settings);
    if (profile === undefined || speculation === undefined) continue;
    const step = pass("target", target, 1);
    const verification = pass("target", target, profile.draftK + 1);
    const proposer = profile.proposer(stage.resources);
    const draftStep = proposer === undefined ? 0 : pass(proposer.name, proposer.model, 1);
    const turns = takeTurns(cell, stage, requests);
    const ratios = turns.map(({ plain, own }) => secondsEach(plain) / secondsEach(own));
    timings.push(
      timingOf(`token by token, beside ${label}`, "tokens", turns.map(({ plain }) => plain)),
      {
        ...timingOf(label, "tokens", turns.map(({ own }) => own)),
        speedUp: ratios.toSorted((a, b) => a - b)[Math.floor(TURNS / 2)] ?? NaN,
        predictedSpeedUp: speedUp(
          speculation.alpha,
          profile.draftK,
          draftStep / step,
          verification / step,
        ),
      },
    );
  }
  return [...passes.values(), ...timings];
}

/** Decodes by the cell and token by token with the same warpers, in turns. */
function takeTurns(
  { settings, stream }: CellMeasures["cell"],
  { resources, seed }: DecodeStage,
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

/**
 * Speculative decoding at one stream on trained models, as `timings.csv` has it, but timed for longer:
 * what passes cost, what theory makes of that, and what comes of it.
 *
 * A bound of it is what its passes take, each timed by itself, and what decoding token by token takes
 * beside its passes. That counts a pass with the copying of its logits, a first one with the copying of
 * the prompt's cache, and for each chosen token: the scheduler and the strategy once, a softmax and a draw,
 * two logarithms, and a part of beginning and ending a text. It leaves out what only speculation has, and
 * no lossless rule can do without: scheduler, softmax and draw for each proposed token (0.58 of them for a
 * chosen one where 8/2/1 proposes one at a time to 16/4/1, 1.24 where it proposes 8), a random number and
 * Σ min(p, q) for each test, the weights of a refusal and a second draw, another sequence for each text.
 * And where tokens are drawn one by one the engine draws them from logits that never leave it, while p and
 * q meet outside: q leaves it with the token that was drawn from it, p is made of logits that have left
 * it. So the bound cannot be reached; a fairer one counts what is beside the passes for each proposed
 * token, too.
 *
 * @module
 */
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import type { Strategy } from "../../src/decode/strategy.ts";
import { type RoundCosts, speedUp } from "../../src/measure/speculation.ts";
import type { LanguageModel } from "../../src/model/language_model.ts";
import { NgramModel } from "../../src/model/ngram/ngram_model.ts";
import { untrained } from "../../src/model/engine.ts";
import { initialWeights } from "../../src/model/weights.ts";
import { engines } from "../../src/model/engines.ts";
import { wallClock } from "../../src/stages/interleaved_rounds.ts";
import type { Beginning } from "../../src/stages/recorded_texts.ts";
import { timeSpeculation, type WorkTime } from "../../src/stages/speculation_times.ts";
import type { SpeculativePair, SpeedUps } from "../../src/stages/speed_ups.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { PythonRandom } from "../../src/random/python_random.ts";
import { table } from "../../src/report/markdown.ts";
import { train } from "../../src/train/trainer.ts";
import { ADAM, type BenchCorpus, type Sizes, specOf } from "./work.ts";

/** A target and a draft model, how many updates each is trained for, and of how many documents. */
const PAIRS: readonly { target: Sizes; draft: Sizes; updates: number }[] = [
  { target: [16, 4, 1], draft: [8, 2, 1], updates: 600 },
  { target: [128, 4, 2], draft: [16, 4, 1], updates: 300 },
];
const BATCH = 16;
const DRAFT_KS = [1, 2, 4, 8];
const NGRAM_ORDER = 3;
const PLAIN = "token by token";
const PROMPTS = ["a", "e", "j", "k", "m", "s"];

/** One draft with one `draft_k`. */
export interface SpeculationCell {
  /** The target and what proposes for it. */
  readonly draft: string;
  /** Tokens proposed in a round. */
  readonly draftK: number;
  /** The mean β of texts decoded before. */
  readonly alpha: number;
  /** The costs of its rounds. */
  readonly costs: RoundCosts;
  /** Beside decoding token by token. */
  readonly speedUps: SpeedUps;
}

/** What was measured. */
export interface SpeculationResult {
  /** Every kind of work, of one target after the other. */
  readonly times: readonly (WorkTime & { readonly target: string })[];
  /** Speculation beside decoding token by token. */
  readonly cells: readonly SpeculationCell[];
}

/** A target and its drafts, trained and ready to be timed. */
export interface SpeculationWork {
  /** Such as `16/4/1`. */
  readonly title: string;
  /** The target. */
  readonly target: LanguageModel;
  /** The drafts, by their names. */
  readonly drafts: ReadonlyMap<string, LanguageModel>;
  /** The texts begin with these. */
  readonly beginnings: readonly Beginning[];
}

/** Trains the models and makes the work ready. */
export function speculationWorks({ vocabulary, names }: BenchCorpus): SpeculationWork[] {
  return PAIRS.map(({ target, draft, updates }) => {
    const model = trained({ vocabulary, names }, target, updates);
    const documents = names.map((name) => vocabulary.encodeDocument(name, model.spec.blockSize));
    return {
      title: target.join("/"),
      target: model,
      drafts: new Map<string, LanguageModel>([
        [draft.join("/"), trained({ vocabulary, names }, draft, updates)],
        [`${NGRAM_ORDER}-gram`, NgramModel.count(documents, NGRAM_ORDER, model.spec)],
      ]),
      beginnings: PROMPTS.map((prompt) => ({
        target: model,
        prompt: vocabulary.encodePrompt(prompt),
        stops: vocabulary.stops,
        maxNewTokens: 12,
      })),
    };
  });
}

/** Times each of `works` for about so many seconds. */
export function measureSpeculation(
  works: readonly SpeculationWork[],
  seconds: number,
): SpeculationResult {
  const results = works.map((work) => {
    const times = timesOf(work, seconds);
    return { times, cells: cellsOf(work, times) };
  });
  return {
    times: results.flatMap(({ times }, i) =>
      times.map((time) => ({ ...time, target: works[i]?.title ?? "" }))
    ),
    cells: results.flatMap(({ cells }) => cells),
  };
}

function timesOf({ target, drafts, beginnings }: SpeculationWork, seconds: number): WorkTime[] {
  const plain = { label: PLAIN, strategy: () => sample([]) };
  const names = new Map([[target, "target"]]);
  for (const [name, model] of drafts) names.set(model, name);
  const pairs = [...drafts].flatMap(([name, model]) =>
    DRAFT_KS.map((draftK): SpeculativePair => ({
      own: {
        label: labelOf(name, draftK),
        strategy: (replaced) => speculation(replaced(model), draftK),
      },
      plain,
    }))
  );
  return timeSpeculation(pairs, {
    beginnings,
    nameOf: (model) => names.get(model) ?? "draft",
    random: CounterStream.fromSeed(1),
    seconds,
    clock: wallClock,
  });
}

function cellsOf(
  { title, drafts, beginnings }: SpeculationWork,
  times: readonly WorkTime[],
): SpeculationCell[] {
  const timeOf = (what: string): WorkTime | undefined => times.find((time) => time.what === what);
  const seconds = (what: string): number => timeOf(what)?.each.value ?? NaN;
  const step = seconds("pass of the target, 1 token");
  const inSteps = (what: string): number => seconds(what) / step;
  // Of decoding token by token all that is no pass, be it done in the engine.
  const plain = seconds(PLAIN) / step - 1;
  return [...drafts].flatMap(([name, model]) =>
    DRAFT_KS.flatMap((draftK): SpeculationCell[] => {
      const speedUps = timeOf(labelOf(name, draftK))?.speedUps;
      const alpha = alphaOf(speculation(model, draftK), beginnings);
      // Where the engine draws what is proposed, that is no part of a pass, either.
      const drawn = inSteps(`pass of the ${name}, 1 token, drawing`);
      const drawing = Number.isNaN(drawn) ? 0 : drawn - inSteps(`pass of the ${name}, 1 token`);
      const proposed = draftK * (1 - alpha) / (1 - alpha ** (draftK + 1));
      const choosing = inSteps(`choosing tokens: ${labelOf(name, draftK)}`);
      return speedUps === undefined ? [] : [{
        draft: `${title} by ${name}`,
        draftK,
        alpha,
        costs: {
          draftStep: inSteps(`pass of the ${name}, 1 token`),
          draftCatchUp: inSteps(`pass of the ${name}, 2 tokens`),
          verification: inSteps(`pass of the target, ${draftK + 1} tokens`),
          outside: { plain, speculative: choosing + proposed * drawing },
        },
        speedUps,
      }];
    })
  );
}

function labelOf(draft: string, draftK: number): string {
  return `${draft}, draft_k ${draftK}`;
}

function speculation(draft: LanguageModel, draftK: number): Strategy {
  return speculative({
    draft: modelDraft(draft, { choice: "sample", warpers: [], confidence: 0 }),
    draftK,
    warpers: [],
  });
}

function trained({ vocabulary, names }: BenchCorpus, sizes: Sizes, updates: number): LanguageModel {
  const spec = specOf(sizes, vocabulary);
  const documents = names.slice(0, updates * BATCH)
    .map((name) => vocabulary.encodeDocument(name, spec.blockSize));
  const model = engines.simd.trainingModel(
    untrained(initialWeights(spec, new PythonRandom(1), 0.08)),
    BATCH,
    1,
  );
  const settings = { ...ADAM, learningRate: 0.005, steps: updates, batchSize: BATCH };
  try {
    for (const _ of train(model, documents, settings));
    return engines.simd.languageModel(model.weights(), 1);
  } finally {
    model.close();
  }
}

/** The mean β over the texts of 100 samples of each prompt. */
function alphaOf(strategy: Strategy, beginnings: readonly Beginning[]): number {
  const stream = CounterStream.fromSeed(2);
  const decodings = beginnings.flatMap((beginning, i) =>
    Array.from(
      { length: 100 },
      (_, number) => strategy({ ...beginning, random: stream.child(i, number) }),
    )
  );
  let overlap = 0;
  let tested = 0;
  for (const { speculation } of schedule(decodings)) {
    for (const sum of speculation?.overlapAt ?? []) overlap += sum;
    for (const count of speculation?.testedAt ?? []) tested += count;
  }
  return overlap / tested;
}

/** The predictions beside the measured speed. */
export function speculationTable(cells: readonly SpeculationCell[]): string {
  const lines = cells.map(({ draft, draftK, alpha, costs, speedUps }) => ({
    draft,
    draftK,
    alpha,
    draftStep: costs.draftStep,
    ideal: speedUp(alpha, draftK, { draftStep: costs.draftStep }),
    theory: speedUp(alpha, draftK, costs),
    passes: speedUps.ofPasses.value,
    predicted: speedUps.predicted.value,
    measured: speedUps.measured.value,
    ranges: [speedUps.ofPasses, speedUps.predicted, speedUps.measured],
  }));
  const best = [...Map.groupBy(lines, ({ draft }) => draft)].map(([draft, own]) => {
    const of = (key: "ideal" | "theory" | "passes" | "predicted" | "measured") =>
      own.toSorted((a, b) => b[key] - a[key] || a.draftK - b.draftK)[0]?.draftK ?? 0;
    return `Best draft_k for ${draft}: ${of("measured")} measured, ${of("predicted")} predicted, ${
      of("passes")
    } by passes alone, ${of("theory")} by theory, ${of("ideal")} if verifying cost one step.`;
  });
  const header = [
    ...["speculation", "draft_k", "α", "c", "v = 1", "theory"],
    ...["passes", "predicted", "measured"],
  ];
  return [
    table(
      header,
      lines.map(({ draft, draftK, alpha, draftStep, ideal, theory, ranges }) => [
        draft,
        draftK,
        ...[alpha, draftStep, ideal, theory].map((value) => value.toFixed(2)),
        ...ranges.map(({ value, low, high }) =>
          `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
        ),
      ]),
    ),
    "",
    "One text at a time. c is a pass of the draft over one token, in such passes of the target. The last",
    "five columns are speeds beside decoding token by token: from α and c, if texts never ended and",
    "verifying cost one step; from α and the costs of passes and of choosing that are measured here, the",
    "draft's over two tokens after a round that was accepted whole among them; of the passes that the texts",
    "take, each timed by itself; the same with the choosing of tokens, timed by itself, too; and measured.",
    "In brackets 95 % intervals over rounds.",
    "",
    ...best,
    "",
  ].join("\n");
}

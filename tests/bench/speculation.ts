/**
 * Speculative decoding at one stream on trained models: what a pass costs, what theory makes of that,
 * and what comes of it.
 *
 * @module
 */
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import type { Strategy } from "../../src/decode/strategy.ts";
import { bestDraftK, speedUp } from "../../src/measure/speculation.ts";
import type { LanguageModel } from "../../src/model/language_model.ts";
import { NgramModel } from "../../src/model/ngram/ngram_model.ts";
import { untrained } from "../../src/model/engine.ts";
import { initialWeights } from "../../src/model/weights.ts";
import { engines } from "../../src/model/engines.ts";
import { secondsEach, timeDecoding, timePasses } from "../../src/stages/time.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { PythonRandom } from "../../src/random/python_random.ts";
import { table } from "../../src/report/markdown.ts";
import { train } from "../../src/train/trainer.ts";
import type { Result, Row } from "./rows.ts";
import { ADAM, type BenchCorpus, type Sizes, specOf } from "./work.ts";

/** A target and a draft model, how many updates each is trained for, and of how many documents. */
const PAIRS: readonly { target: Sizes; draft: Sizes; updates: number }[] = [
  { target: [16, 4, 1], draft: [8, 2, 1], updates: 600 },
  { target: [128, 4, 2], draft: [16, 4, 1], updates: 300 },
];
const BATCH = 16;
const DRAFT_KS = [1, 2, 4, 8];
const NGRAM_ORDER = 3;
const PROMPTS = ["a", "e", "j", "k", "m", "s"];

/** One draft with one `draft_k`, the rows of the table that it is computed from, and its α. */
export interface SpeculationCell {
  /** The target and what proposes for it. */
  readonly draft: string;
  /** Tokens proposed in a round. */
  readonly draftK: number;
  /** The mean β of texts decoded before. */
  readonly alpha: number;
  /** Names of rows: token by token, speculatively; a pass of one row, of all, of the draft. */
  readonly rows: Readonly<Record<"plain" | "decoding" | "step" | "verification" | "draft", string>>;
}

/** Rows to measure, and what is made of them. */
export interface SpeculationWork {
  /** In the table of all rows. */
  readonly rows: readonly Row[];
  /** In a table of its own. */
  readonly cells: readonly SpeculationCell[];
}

/** Trains the models and makes the work ready. */
export function speculationWork(corpus: BenchCorpus): SpeculationWork {
  const works = PAIRS.map((pair) => workOf(corpus, pair));
  return {
    rows: works.flatMap(({ rows }) => rows),
    cells: works.flatMap(({ cells }) => cells),
  };
}

function workOf(corpus: BenchCorpus, { target, draft, updates }: typeof PAIRS[number]) {
  const { vocabulary, names } = corpus;
  const model = trained(corpus, target, updates);
  const documents = names.map((name) => vocabulary.encodeDocument(name, model.spec.blockSize));
  const drafts: readonly [string, LanguageModel][] = [
    [`${draft.join("/")}`, trained(corpus, draft, updates)],
    [`${NGRAM_ORDER}-gram`, NgramModel.count(documents, NGRAM_ORDER, model.spec)],
  ];
  const requests = PROMPTS.map((prompt) => ({
    target: model,
    prompt: vocabulary.encodePrompt(prompt),
    stops: vocabulary.stops,
    maxNewTokens: 12,
  }));
  const text = vocabulary.encodePrompt("mar");
  const title = target.join("/");
  const rows = new Map<string, Row>();
  const row = (name: string, unit: "tokens/s" | "µs", seconds: (budget: number) => number) => {
    const engine = (budget: number): number =>
      unit === "µs" ? 1e6 * seconds(budget) : 1 / seconds(budget);
    const better = unit === "µs" ? "lower" : "higher";
    rows.set(name, { section: "speculation", name, unit, better, engine, peers: {} });
    return name;
  };
  const pass = (name: string, model: LanguageModel, count: number): string =>
    row(name, "µs", (budget) => secondsEach(timePasses(model, text, count, budget)));
  const decoding = (name: string, strategy: Strategy): string => {
    const random = CounterStream.fromSeed(1).child(name);
    return row(
      name,
      "tokens/s",
      (budget) => secondsEach(timeDecoding(strategy, requests, random, budget)),
    );
  };
  const plain = decoding(`${title} token by token`, sample([]));
  const step = pass(`${title} pass of 1 row`, model, 1);
  const cells = drafts.flatMap(([name, proposer]) => {
    const draftStep = pass(`${name} pass of 1 row, draft of ${title}`, proposer, 1);
    return DRAFT_KS.map((draftK): SpeculationCell => {
      const strategy = speculative({
        draft: modelDraft(proposer, { choice: "sample", warpers: [], confidence: 0 }),
        draftK,
        warpers: [],
      });
      return {
        draft: `${title} by ${name}`,
        draftK,
        alpha: alphaOf(strategy, requests),
        rows: {
          plain,
          decoding: decoding(`${title} by ${name}, draft_k ${draftK}`, strategy),
          step,
          verification: pass(`${title} pass of ${draftK + 1} rows`, model, draftK + 1),
          draft: draftStep,
        },
      };
    });
  });
  return { rows: [...rows.values()], cells };
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
function alphaOf(
  strategy: Strategy,
  requests: readonly Omit<Parameters<Strategy>[0], "random">[],
): number {
  const stream = CounterStream.fromSeed(2);
  const decodings = requests.flatMap((request, i) =>
    Array.from(
      { length: 100 },
      (_, number) => strategy({ ...request, random: stream.child(i, number) }),
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

/** The prediction of theory from the measured passes, beside the measured speed. */
export function speculationTable(
  cells: readonly SpeculationCell[],
  results: readonly Result[],
): string {
  const median = (name: string): number =>
    results.find((result) => result.name === name)?.engine.median ?? NaN;
  const lines = cells.map(({ draft, draftK, alpha, rows }) => {
    const step = median(rows.step);
    const c = median(rows.draft) / step;
    const v = median(rows.verification) / step;
    return {
      draft,
      draftK,
      alpha,
      c,
      v,
      ideal: speedUp(alpha, draftK, c),
      predicted: speedUp(alpha, draftK, c, v),
      measured: median(rows.decoding) / median(rows.plain),
    };
  });
  const best = [...Map.groupBy(lines, ({ draft }) => draft)].map(([draft, own]) => {
    const of = (key: "ideal" | "predicted" | "measured") =>
      bestDraftK(DRAFT_KS, (draftK) => own.find((line) => line.draftK === draftK)?.[key] ?? 0);
    return `Best draft_k for ${draft}: ${of("predicted")} predicted (${
      of("ideal")
    } if verifying cost one step), ${of("measured")} measured.`;
  });
  const header = ["speculation", "draft_k", "α", "c", "v", "v = 1", "predicted", "measured"];
  return [
    table(
      header,
      lines.map(({ draft, draftK, alpha, c, v, ideal, predicted, measured }) => [
        draft,
        draftK,
        ...[alpha, c, v, ideal, predicted, measured].map((value) => value.toFixed(2)),
      ]),
    ),
    "",
    "One text at a time. c is a pass of the draft and v one of the target over draft_k + 1 rows, both",
    "in passes of the target over one row. The last three columns are speeds beside decoding token by",
    "token: predicted from α and c as if v were 1, predicted with the v measured, and measured. Texts",
    "end, and choosing tokens takes time too, which the predictions leave out.",
    "",
    ...best,
    "",
  ].join("\n");
}

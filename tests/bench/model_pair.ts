/**
 * Speculation on a pair of models that stand in folders: what passes cost, how often proposals are
 * accepted, and what comes of it, one text at a time and in batches. A program of its own, since only a
 * process that was started for an onnxruntime has one: `pair_process.ts` starts it.
 *
 * @module
 */
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import type { DecodeResult, Strategy } from "../../src/decode/strategy.ts";
import { createWarpers } from "../../src/decode/warp/definitions.ts";
import { loadTokenizer } from "../../src/data/vocabularies.ts";
import type { LoadedModel } from "../../src/model/engine.ts";
import { openModelFolder } from "../../src/model/hugging_face/model_folder.ts";
import type { LanguageModel } from "../../src/model/language_model.ts";
import { onnxRuntime } from "../../src/model/onnx/runtime.ts";
import { openModel } from "../../src/model/open_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import type { Ranged } from "../../src/report/timings_csv.ts";
import { type Clock, timeInRounds, wallClock } from "../../src/stages/interleaved_rounds.ts";
import type { Beginning } from "../../src/stages/recorded_texts.ts";
import { drawRounds, medians, ranged } from "../../src/stages/round_medians.ts";
import {
  type SpeculativePair,
  type SpeedUps,
  timeSpeculation,
} from "../../src/stages/speculation_times.ts";

/** What is measured. */
export interface PairRequest {
  /** The folder of the target. */
  readonly target: string;
  /** The folder of the draft, or how many of the target's first layers are the draft. */
  readonly draft: string | number;
  /** What computes both. */
  readonly engine: "onnx" | "reference";
  /** Threads that each computes with. */
  readonly threads: number;
  /** Values of `draft_k` that are tried. */
  readonly draftKs: readonly number[];
  /** Numbers of texts at a time. */
  readonly streams: readonly [1, ...number[]];
  /** Tokens of a text. */
  readonly maxNewTokens: number;
  /** For each kind of decoding, about; it takes longer where a few rounds do. */
  readonly seconds: number;
}

/** Passes of both models over some tokens of one text. */
export interface PassTimes {
  /** Tokens that they read. */
  readonly tokens: number;
  /** Of the target, seconds. */
  readonly target: Ranged;
  /** Of the draft, seconds. */
  readonly draft: Ranged;
}

/** Speculation with one `draft_k` beside decoding token by token. */
export interface PairCell {
  /** Whether the most probable token is taken, or one drawn. */
  readonly decoding: Decoding;
  /** Texts at a time. */
  readonly streams: number;
  /** Tokens proposed in a round. */
  readonly draftK: number;
  /** A pass of the draft over a token of each stream, in such passes of the target. */
  readonly draftStep: number;
  /** A pass of the target over `draftK + 1` tokens of each stream, in the same. */
  readonly verification: number;
  /** How many times faster it was. */
  readonly speedUps: SpeedUps;
}

/** How tokens are chosen. */
export type Decoding = "greedy" | "sampled";

/** What was measured on a pair. */
export interface PairResult {
  /** What computed the models. */
  readonly runtime: string;
  /** Numbers in the target's weights. */
  readonly parameters: number;
  /** Seconds to load both. */
  readonly loadSeconds: number;
  /** Passes at one stream, after 32 tokens. */
  readonly passes: readonly PassTimes[];
  /** The share of greedy proposals that was accepted; the mean of Σ min(p, q) at sampled ones. */
  readonly acceptance: Readonly<Record<Decoding, number>>;
  /** Whether each greedy text is the same for every `draft_k` as token by token. */
  readonly isIdentical: boolean;
  /** Speculation. */
  readonly cells: readonly PairCell[];
}

/** A pair of models that are loaded. */
export interface LoadedPair {
  readonly target: LanguageModel;
  readonly draft: LanguageModel;
  /** Texts begin with these. */
  readonly beginnings: readonly Beginning[];
}

/** Beginnings of texts, as any model of English may continue. */
export const PROMPTS = [
  "Once upon a time",
  "One day,",
  "The little dog",
  "Lily and Tom",
  "There was a big",
  "In the morning",
];

/** Measures the pair that `request` names. */
async function measureFolders(request: PairRequest): Promise<PairResult> {
  const { engine, threads, maxNewTokens } = request;
  const folder = await openModelFolder(request.target);
  const { transformer, stops, bos } = folder;
  const { vocabSize } = transformer.spec;
  const tokenizer = await loadTokenizer(request.target, { vocabSize, stops, bos });
  const models: LoadedModel[] = [];
  try {
    const began = wallClock();
    const target = await openModel(transformer, { engine, threads });
    models.push(target);
    const draft = typeof request.draft === "number"
      ? await openModel(transformer, { engine, threads, layers: request.draft })
      : await openModel((await openModelFolder(request.draft)).transformer, { engine, threads });
    models.push(draft);
    const loadSeconds = wallClock() - began;
    const beginnings = PROMPTS.map((prompt): Beginning => ({
      ...{ target, maxNewTokens, stops: tokenizer.stops },
      prompt: tokenizer.encodePrompt(prompt),
    }));
    const parameters = transformer.tensorNames
      .reduce((sum, name) => sum + product(transformer.tensor(name)?.shape ?? [0]), 0);
    const runtime = engine === "onnx" ? onnxRuntime() : undefined;
    return {
      runtime: runtime === undefined ? engine : `${runtime.name} ${runtime.version}`,
      parameters,
      loadSeconds,
      ...measurePair({ target, draft, beginnings }, request, wallClock),
    };
  } finally {
    for (const model of models) model.close();
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}

/** Measures a pair that is loaded. */
export function measurePair(
  pair: LoadedPair,
  { draftKs, streams, seconds }: Pick<PairRequest, "draftKs" | "streams" | "seconds">,
  clock: Clock,
): Pick<PairResult, "passes" | "acceptance" | "isIdentical" | "cells"> {
  const decodings = ["greedy", "sampled"] as const;
  const [greedy, sampled] = decodings.map((decoding) => acceptanceOf(pair, decoding));
  return {
    passes: passTimes(pair, [...new Set([...ROWS, ...draftKs.map((k) => k + 1)])], seconds, clock),
    acceptance: { greedy: greedy ?? NaN, sampled: sampled ?? NaN },
    isIdentical: isIdentical(pair, draftKs),
    // Batches are drawn: nobody decodes many texts from a prompt greedily.
    cells: decodings.flatMap((decoding) =>
      cellsOf(pair, decoding, draftKs, decoding === "greedy" ? [1] : streams, seconds, clock)
    ),
  };
}

/** Tokens of passes that are timed in any case. */
const ROWS = [1, 2, 3, 4, 5, 8];
/** Tokens before them. */
const BEFORE = 32;
/** Their share of the seconds for a kind of decoding. */
const PASSES_SHARE = 0.2;

/** Passes of both models over so many tokens each. */
function passTimes(
  { target, draft, beginnings: [beginning] }: LoadedPair,
  rows: readonly number[],
  seconds: number,
  clock: Clock,
): PassTimes[] {
  const [first = 0] = beginning?.prompt ?? [];
  const kinds = rows.toSorted((a, b) => a - b).filter((tokens) =>
    BEFORE + tokens <= target.spec.blockSize
  ).flatMap((tokens) => [target, draft].map((model) => ({ model, tokens })));
  const sequences = new Map([target, draft].map((model) => {
    const sequence = model.open();
    const tokens = Array.from(
      { length: BEFORE },
      (_, i) => i === 0 ? first : (i * 7919) % model.spec.vocabSize,
    );
    model.forward([{ sequence, tokens, rows: 0 }]);
    return [model, sequence];
  }));
  try {
    const works = kinds.map(({ model, tokens }) => () => {
      const sequence = sequences.get(model);
      if (sequence === undefined) throw new TypeError("Cannot time a pass: nothing was read");
      const read = Array.from({ length: tokens }, (_, i) => (i * 104729) % model.spec.vocabSize);
      model.forward([{ sequence, tokens: read, rows: tokens }]);
      sequence.truncate(BEFORE);
      return 1;
    });
    const random = CounterStream.fromSeed(4);
    const durations = timeInRounds(works, { seconds: PASSES_SHARE * seconds, random, clock });
    const draws = drawRounds(durations[0]?.length ?? 0, random);
    const each = durations.map((own) =>
      ranged(medians(own.map(({ seconds, count }) => seconds / count), draws))
    );
    return kinds.flatMap(({ model, tokens }, i): PassTimes[] =>
      model === target ? [{ tokens, target: each[i] as Ranged, draft: each[i + 1] as Ranged }] : []
    );
  } finally {
    for (const sequence of sequences.values()) sequence.close();
  }
}

/** The warpers of a kind of decoding. */
function warpersOf(decoding: Decoding) {
  return createWarpers(decoding === "greedy" ? [{ top_k: 1 }] : []);
}

function speculation(draft: LanguageModel, decoding: Decoding, draftK: number): Strategy {
  const warpers = warpersOf(decoding);
  return speculative({
    draft: modelDraft(draft, { choice: "sample", warpers, confidence: 0 }),
    draftK,
    warpers,
  });
}

/** One text from each beginning, all at once. */
function decodeAll(strategy: Strategy, beginnings: readonly Beginning[]): DecodeResult[] {
  const random = CounterStream.fromSeed(2);
  return schedule(beginnings.map((one, i) => strategy({ ...one, random: random.child(i) })));
}

/** The mean acceptance probability of a draft's proposals; of greedy ones the share that was accepted. */
function acceptanceOf({ draft, beginnings }: LoadedPair, decoding: Decoding): number {
  let overlap = 0;
  let tested = 0;
  for (const { speculation: own } of decodeAll(speculation(draft, decoding, 4), beginnings)) {
    for (const sum of own?.overlapAt ?? []) overlap += sum;
    for (const count of own?.testedAt ?? []) tested += count;
  }
  return overlap / tested;
}

/** Whether greedy texts are the same as token by token, whatever `draft_k` is. */
function isIdentical({ draft, beginnings }: LoadedPair, draftKs: readonly number[]): boolean {
  const textsOf = (strategy: Strategy): string =>
    decodeAll(strategy, beginnings).map(({ tokens }) => tokens.join()).join("\n");
  const plain = textsOf(sample(warpersOf("greedy")));
  return draftKs.every((draftK) => textsOf(speculation(draft, "greedy", draftK)) === plain);
}

function cellsOf(
  { target, draft, beginnings }: LoadedPair,
  decoding: Decoding,
  draftKs: readonly number[],
  streams: PairRequest["streams"],
  seconds: number,
  clock: Clock,
): PairCell[] {
  const plain = { label: "token by token", strategy: () => sample(warpersOf(decoding)) };
  const labelOf = (draftK: number): string => `draft_k ${draftK}`;
  const times = timeSpeculation(
    draftKs.map((draftK): SpeculativePair => ({
      own: {
        label: labelOf(draftK),
        strategy: (replaced) => speculation(replaced(draft), decoding, draftK),
      },
      plain,
    })),
    {
      beginnings,
      nameOf: (model) => model === target ? "target" : "draft",
      random: CounterStream.fromSeed(3),
      streams,
      seconds,
      clock,
    },
  );
  return streams.flatMap((streams) => {
    const own = new Map(times.filter((time) => time.streams === streams).map((t) => [t.what, t]));
    return draftKs.flatMap((draftK): PairCell[] => {
      const speedUps = own.get(labelOf(draftK))?.speedUps;
      return speedUps === undefined ? [] : [{
        decoding,
        streams,
        draftK,
        draftStep: own.get("pass of the draft, 1 token")?.inPasses?.value ?? NaN,
        verification: own.get(`pass of the target, ${draftK + 1} tokens`)?.inPasses?.value ?? NaN,
        speedUps,
      }];
    });
  });
}

if (import.meta.main) {
  const result = await measureFolders(JSON.parse(Deno.args[0] ?? ""));
  await new Blob([JSON.stringify(result) + "\n"]).stream().pipeTo(Deno.stdout.writable);
  Deno.exit();
}

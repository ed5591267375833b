import { draw, logProbability, softmax } from "../../src/decode/distribution.ts";
import { copyToWarp, passingDistribution, warp } from "../../src/decode/warp/warper.ts";
import { createWarpers, warpers } from "../../src/decode/warp/definitions.ts";
import type { WarperChain } from "../../src/decode/definition.ts";
import { chainText } from "../../src/decode/cell.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { type Duration, repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import { rowBound } from "./bounds.ts";
import { thousands } from "../../src/report/markdown.ts";
import type { Bound, Row } from "./rows.ts";

/** Vocabularies: of characters, of GPT-2's size, of Llama 3's. */
const VOCABULARIES = [27, 50_000, 128_000];
/** A vocabulary of so many tokens is large. */
const LARGE = 1000;
/** Tokens of the text that penalties look at. */
const TEXT = 200;

const milliseconds = (duration: Duration): number => 1e3 * secondsEach(duration);

/** Each warper alone, at most 0.5 ms a token, and whole choices by some chains. */
export function warperRows(): Row[] {
  const chains: WarperChain[] = [
    [],
    [{ temperature: 0.8 }, { top_k: 50 }],
    [{ temperature: 0.8 }, { top_p: 0.9 }],
  ];
  return VOCABULARIES.flatMap((vocabSize) => [
    ...warpers.map(({ name, strategy }) => warperRow(vocabSize, { [name]: strategy.default })),
    ...chains.map((chain) => choiceRow(vocabSize, chain)),
  ]);
}

function warperRow(vocabSize: number, settings: Record<string, number>): Row {
  const { logits, text } = choiceOf(vocabSize);
  const chain = createWarpers([settings]);
  return {
    ...rowOf(vocabSize, chainText([settings]), () => {
      warp(chain, copyToWarp(logits), text, 1);
    }),
    isDetail: true,
  };
}

/** Warping, softmax, the draw, and the log-probability of what was drawn. */
function choiceRow(vocabSize: number, chain: WarperChain): Row {
  const { logits, text } = choiceOf(vocabSize);
  const warpers = createWarpers(chain);
  const random = CounterStream.fromSeed(1);
  const row = rowOf(vocabSize, `a choice (${chainText(chain)})`, () => {
    const token = draw(passingDistribution(logits, warpers, text, 1), random.next());
    logProbability(logits, token);
  });
  const [last] = chain.slice(-1);
  const alone: Bound = {
    kind: "memory",
    what: "softmax and draw alone",
    measure: (seconds) =>
      milliseconds(repeat(twenty(() => void draw(softmax(logits), random.next())), seconds)),
  };
  return {
    ...row,
    label: `${last === undefined ? "no warper" : chainText([last])}, ${thousands(vocabSize)}`,
    bounds: [alone, ...row.bounds ?? []],
    isDetail: vocabSize < LARGE,
  };
}

function rowOf(vocabSize: number, what: string, once: () => void): Row {
  const work = twenty(once);
  return {
    section: "warpers",
    name: `${what}, ${thousands(vocabSize)} tokens`,
    unit: "ms/token",
    better: "lower",
    peers: {},
    share: 0.25,
    engine: (seconds) => milliseconds(repeat(work, seconds)),
    bounds: [rowBound(vocabSize, milliseconds)],
  };
}

/** So many that the clock is read seldom. */
function twenty(once: () => void): () => number {
  return () => {
    for (let i = 0; i < 20; i++) once();
    return 20;
  };
}

/** Logits whose distribution has an entropy as a language model's, and a text. */
function choiceOf(vocabSize: number): { logits: Float64Array; text: number[] } {
  const random = CounterStream.fromSeed(vocabSize);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const logits = Float64Array.from({ length: vocabSize }, () => 2.5 * normal());
  const text = Array.from({ length: TEXT }, () => Math.floor(vocabSize * random.next()));
  return { logits, text };
}

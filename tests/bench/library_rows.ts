import { readExperiment } from "../../src/config/experiment.ts";
import { Documents } from "../../src/data/documents.ts";
import { noCosts } from "../../src/decode/strategy.ts";
import { measureCell } from "../../src/measure/cell_measures.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { referenceOf } from "../../src/measure/cell_samples.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { originalRun } from "../parity/original_run.ts";
import { repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import type { Row } from "./rows.ts";

const TEXTS = 100_000;

/** All measures of many short texts of a cell: up to 20 µs per text, no run waits for them. */
export async function measuresRow(): Promise<Row> {
  await loadQuantiles();
  const samples = manySamples();
  const reference = referenceOf(Documents.of(["ann", "ann", "bob", "bo"]), Documents.of(["anna"]));
  const config =
    "corpus: { path: names.txt }\ndecoding: { prompts: [a, b], strategies: [{ strategy: top_p }] }";
  const [cell] = readExperiment("bench.yaml", config).cells;
  if (cell === undefined) throw new RangeError("Cannot measure texts: the experiment has no cell");
  const measure = (): number => {
    measureCell(cell, samples, {
      reference,
      design: { prompts: "listed" },
      isDeterministic: false,
      speculation: undefined,
    });
    return samples.length;
  };
  return {
    section: "measures",
    name: `measures of ${TEXTS.toLocaleString("en")} texts`,
    unit: "µs/text",
    better: "lower",
    peers: {},
    engine: (seconds) => 1e6 * secondsEach(repeat(measure, seconds)),
    bounds: [{
      kind: "JavaScript",
      what: "counting the different texts in a map",
      measure: (seconds) => 1e6 * secondsEach(repeat(() => countTexts(samples), seconds)),
    }],
  };
}

/** What every measure of variety needs at least. */
function countTexts(samples: readonly Sample[]): number {
  const counts = new Map<string, number>();
  for (const { prompt, continuation } of samples) {
    const text = prompt + continuation;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts.size > 0 ? samples.length : 0;
}

/** As many texts of five letters, half of them of each of two prompts. */
function manySamples(): Sample[] {
  const source = CounterStream.fromSeed(2);
  return Array.from({ length: TEXTS }, (_, i) => {
    const letters = Array.from({ length: 5 }, () => Math.floor(8 * source.next()));
    const draw = i < TEXTS / 2 ? 0 : 1;
    const logProbs = Array.from({ length: 6 }, () => -1.5);
    return {
      prompt: draw === 0 ? "a" : "b",
      draw,
      number: i % (TEXTS / 2),
      continuation: letters.map((letter) => "abcdefgh"[letter]).join(""),
      result: {
        tokens: letters,
        stop: "eos",
        logProbs,
        warpedLogProbs: logProbs,
        costs: noCosts(),
      },
    };
  });
}

/** The run of the original script on the reference engine, which takes four minutes in Python. */
export function parityRow(corpus: Uint8Array): Row {
  const products = trainingProducts(corpus);
  return {
    section: "parity",
    name: "the original script's run, reference engine",
    unit: "s",
    better: "lower",
    peers: {},
    once: true,
    engine: () => repeat(() => originalRun(corpus).documents.length, 0).seconds,
    bounds: [{
      kind: "arithmetic",
      what: "the products of its trainings alone, of f64 in arrays",
      measure: () => repeat(() => multiply(products), 0).seconds,
    }],
  };
}

/** Sizes of the models of that run, and the documents that each is trained on, one at a time. */
const TRAININGS = [{ nEmbd: 16, documents: 700 }, { nEmbd: 8, documents: 500 }] as const;

/** How many products and sums its trainings take, with names of the mean length. */
function trainingProducts(corpus: Uint8Array): number {
  const names = corpus.filter((byte) => byte === 0x0a).length;
  // A position for each letter, and one for the end.
  const positions = corpus.length / names;
  const letters = 27;
  // One forward, two backward, with each number of a matrix.
  return TRAININGS.reduce((sum, { nEmbd, documents }) => {
    const numbers = 12 * nEmbd ** 2 + letters * nEmbd;
    return sum + 3 * numbers * documents * positions;
  }, 0);
}

/** Multiplies and adds as often, into four sums, which need not wait for one another; how often. */
function multiply(products: number): number {
  const [a, b] = [new Float64Array(256).fill(0.5), new Float64Array(256).fill(0.25)];
  const sums = [0, 0, 0, 0];
  let done = 0;
  for (; done < products; done += a.length) {
    let [first = 0, second = 0, third = 0, fourth = 0] = sums;
    for (let i = 0; i < a.length; i += 4) {
      first += (a[i] as number) * (b[i] as number);
      second += (a[i + 1] as number) * (b[i + 1] as number);
      third += (a[i + 2] as number) * (b[i + 2] as number);
      fourth += (a[i + 3] as number) * (b[i + 3] as number);
    }
    [sums[0], sums[1], sums[2], sums[3]] = [first, second, third, fourth];
  }
  // Which nobody can leave out, since it depends on the sums.
  return sums.every((sum) => sum > 0) ? done : 0;
}

/**
 * Every table of a run whose numbers are all different, so that none can stand in another's place.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { readExperiment } from "../../src/config/load.ts";
import type { CorpusLoss } from "../../src/measure/held_out.ts";
import type { Estimate } from "../../src/measure/interval.ts";
import { measureCell } from "../../src/measure/cell_measures.ts";
import { referenceOf } from "../../src/measure/text_measures.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { lossChart, sweepCharts, tradeOffChart } from "../../src/report/charts.ts";
import { modelsCsv, resultsCsv, timingsCsv, trainingCsv } from "../../src/report/csv.ts";
import { reportMarkdown } from "../../src/report/report.ts";
import type { RunRecord } from "../../src/report/run_record.ts";

const experiment = readExperiment(
  "c.yaml",
  `
name: made-up
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a, m]
  samples: 2
  strategies:
    - { strategy: top_k, k: 5 }
    - { strategy: speculative, variant: original, draft_k: [2, 4] }
`,
);

function sample(prompt: string, number: number, continuation: string, scale: number): Sample {
  return {
    prompt,
    draw: prompt === "a" ? 0 : 1,
    number,
    continuation,
    result: {
      tokens: [...continuation].map((_, i) => i),
      stop: continuation.length > 3 ? "max_new_tokens" : "eos",
      logProbs: Array(continuation.length + (continuation.length > 3 ? 0 : 1)).fill(-scale),
      warpedLogProbs: [-scale / 2],
      costs: {
        targetCalls: 2,
        targetRows: 1_000 * scale,
        draftCalls: 5,
        draftRows: 7 * scale,
        proposed: 40 * scale,
        tested: 20 * scale,
        accepted: 15 * scale,
        resampled: 3 * scale,
        bonus: 2 * scale,
        rounds: 11 * scale,
      },
      speculation: {
        proposedAt: [30, 10],
        testedAt: [16, 4],
        acceptedAt: [12, 3],
        overlapAt: [12, 3],
      },
    },
  };
}
const [first, second, third] = experiment.cells;
assert(first !== undefined && second !== undefined && third !== undefined);
const measured = [first, second, third].map((cell, i) =>
  measureCell(cell, [
    sample("a", 0, "xy", i + 1),
    sample("a", 1, "xy", i + 1),
    sample("m", 0, "longer", i + 1),
    sample("m", 1, "z|", i + 1),
  ], {
    reference: referenceOf(["axy", "abc"], ["mlonger"]),
    random: CounterStream.fromSeed(1),
    speculation: { draftOperations: 0.25, firstToken: { distance: 0.5, byChance: 0.125 } },
  })
);
const steps = Array.from(
  { length: 20 },
  (_, step) => ({ step, loss: 20 - step, learningRate: 0.01 - step / 2000 }),
);
const record: RunRecord = {
  failures: [],
  experiment,
  corpus: {
    source: "names.txt",
    sha256: "abc",
    documents: 1234,
    heldOut: 321,
    characters: ["a", "b"],
    longest: 17,
  },
  prompts: ["a", "m"],
  models: [
    {
      name: "target",
      spec: { vocabSize: 3, blockSize: 16, nEmbd: 12, nHead: 4, nLayer: 1 },
      parameters: 4192,
      steps,
    },
    {
      name: "draft",
      spec: { vocabSize: 3, blockSize: 16, nEmbd: 8, nHead: 2, nLayer: 1 },
      parameters: 1328,
      steps: steps.slice(0, 10),
    },
  ],
  losses: [
    { name: "target", heldOut: loss(321, 2.5), training: loss(400, 2.25) },
    { name: "2-gram", heldOut: loss(321, 2.75), training: loss(400, 1.5) },
  ],
  differences: new Map([["speculative(variant=original, draft_k=2)", estimate(-3.5)]]),
  search: undefined,
  cells: measured,
};

/** An estimate whose ends are other numbers. */
function estimate(value: number): Estimate {
  return { value, interval: { low: value - 0.0625, high: value + 0.125 } };
}

/** A loss of `nats` a token; every number of it is another. */
function loss(documents: number, nats: number): CorpusLoss {
  return {
    documents,
    tokens: 10 * documents,
    natsPerToken: estimate(nats),
    bitsPerCharacter: estimate(nats + 1),
  };
}

Deno.test("resultsCsv: every measure stands in its own column", () => {
  const [, row] = parse(resultsCsv(record), { skipFirstRow: true });
  assertEquals(row, {
    cell: "speculative(variant=original, draft_k=2)",
    strategy: "speculative",
    k: "",
    variant: "original",
    draft_k: "2",
    prompts: "2",
    samples: "4",
    unique: "3",
    coverage: "0.002479",
    coverage_high: "0.002479",
    coverage_low: "0.002479",
    distinct_1: "0.833333",
    distinct_2: "0.875000",
    distinct_3: "1.000000",
    entropy_per_token: "0.266667",
    entropy_per_token_high: "0.333333",
    entropy_per_token_low: "0.222222",
    eos_share: "0.750000",
    eos_share_high: "0.963159",
    eos_share_low: "0.256093",
    held_out_share: "0.250000",
    held_out_share_high: "0.743907",
    held_out_share_low: "0.036841",
    length_distance: "0.250000",
    log_prob_difference: "-3.500000",
    log_prob_difference_high: "-3.375000",
    log_prob_difference_low: "-3.562500",
    log_prob_per_token: "-2.000000",
    log_prob_per_token_high: "-2.000000",
    log_prob_per_token_low: "-2.000000",
    mean_length: "3.000000",
    mean_length_high: "4.000000",
    mean_length_low: "2.000000",
    mean_log_prob: "-7.500000",
    mean_log_prob_high: "-6.000000",
    mean_log_prob_low: "-9.000000",
    novel_share: "0.500000",
    novel_share_high: "0.945379",
    novel_share_low: "0.054621",
    perplexity: "7.389056",
    perplexity_high: "7.389056",
    perplexity_low: "7.389056",
    repetition_share: "0.000000",
    repetition_share_high: "0.489891",
    repetition_share_low: "0.000000",
    self_bleu: "0.158114",
    unique_share: "0.750000",
    unique_share_high: "0.954413",
    unique_share_low: "0.300642",
    zipf: "0.333642",
    stop_eos: "3",
    stop_max_new_tokens: "1",
    stop_block_size: "0",
    target_calls: "8",
    target_rows: "8000",
    tokens_per_target_call: "1.875000",
    draft_calls: "20",
    draft_rows: "56",
    rounds: "88",
    proposed: "320",
    tested: "160",
    accepted: "120",
    resampled: "24",
    bonus: "16",
    acceptance_rate: "0.750000",
    accepted_share: "0.375000",
    alpha: "0.750000",
    theory_tokens_per_target_call: "2.312500",
    theory_tokens_per_target_call_at_lengths: "2.278409",
    theory_accepted_share: "0.656250",
    theory_accepted_share_at_lengths: "0.703125",
    draft_operations: "0.250000",
    theory_operations: "1.513514",
    operations: "421.789474",
    tested_at: "64 16",
    accepted_at: "48 12",
    first_token_distance: "0.500000",
    first_token_distance_by_chance: "0.125000",
  });
});
Deno.test("resultsCsv: each reason to stop is counted in its own column", () => {
  const cell = measured[0];
  assert(cell !== undefined);
  const stops = { eos: 1, max_new_tokens: 2, block_size: 3 };
  const [row] = parse(
    resultsCsv({ ...record, cells: [{ ...cell, quality: { ...cell.quality, stops } }] }),
    { skipFirstRow: true },
  );
  assertEquals([
    row?.["stop_eos"],
    row?.["stop_max_new_tokens"],
    row?.["stop_block_size"],
  ], ["1", "2", "3"]);
});
Deno.test("modelsCsv: every loss stands in its own column, an n-gram model has no parameters", () => {
  const rows = parse(modelsCsv(record), { skipFirstRow: true });
  assertEquals(rows.map(({ parameters }) => parameters), ["4192", ""]);
  assertEquals(rows[1], {
    model: "2-gram",
    parameters: "",
    held_out_documents: "321",
    held_out_tokens: "3210",
    held_out_nats_per_token: "2.750000",
    held_out_nats_per_token_low: "2.687500",
    held_out_nats_per_token_high: "2.875000",
    held_out_bits_per_character: "3.750000",
    held_out_bits_per_character_low: "3.687500",
    held_out_bits_per_character_high: "3.875000",
    training_documents: "400",
    training_tokens: "4000",
    training_nats_per_token: "1.500000",
    training_nats_per_token_low: "1.437500",
    training_nats_per_token_high: "1.625000",
    training_bits_per_character: "2.500000",
    training_bits_per_character_low: "2.437500",
    training_bits_per_character_high: "2.625000",
  });
});
Deno.test("trainingCsv: a row a step, counted from 1", () => {
  const rows = parse(trainingCsv(record.models), { skipFirstRow: true });
  assertEquals(rows.length, 30);
  assertEquals(rows[21], {
    model: "draft",
    step: "2",
    loss: "19.000000",
    learning_rate: "0.00950000",
  });
});
Deno.test("timingsCsv: how many a second, and whether an earlier run did it", () => {
  const [row] = parse(
    timingsCsv([
      { stage: "train", of: "target", seconds: 4, count: 10, unit: "documents", cached: true },
    ]),
    { skipFirstRow: true },
  );
  assertEquals(row, {
    stage: "train",
    of: "target",
    seconds: "4.000000",
    count: "10",
    unit: "documents",
    per_second: "2.5",
    speed_up: "",
    predicted_speed_up: "",
    cached: "yes",
  });
});

Deno.test("timingsCsv: a speed-up beside what was predicted; one that is no number is left out", () => {
  const decoding = {
    stage: "one stream",
    of: "a",
    seconds: 1,
    count: 3,
    unit: "tokens",
    cached: false,
  };
  const rows = parse(
    timingsCsv([
      { ...decoding, speedUp: 0.75, predictedSpeedUp: 1.5 },
      { ...decoding, speedUp: NaN, predictedSpeedUp: Infinity },
    ]),
    { skipFirstRow: true },
  );
  const ratios = rows.map((row) => [row["speed_up"], row["predicted_speed_up"]]);
  assertEquals(ratios, [["0.750", "1.500"], ["", ""]]);
});

/** The cells of the first row of `text` that begins so, after what comes `below`. */
function row(text: string, below: string, begins: string): string[] {
  const line = text.slice(text.indexOf(below)).split("\n").find((line) =>
    line.replace(/^\| +/, "").startsWith(begins)
  );
  assert(line !== undefined, `${begins} is not below ${below}`);
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}
const report = reportMarkdown(record);
const speculative = "`speculative(variant=original, draft_k=2)`";
const tables: readonly [string, string, string[]][] = [
  ["## Corpus", "documents", ["documents", "1,234"]],
  ["## Corpus", "longest document", ["longest document", "17 characters"]],
  ["## Models", "target", ["target", "12", "4", "1", "16", "4,192", "20"]],
  ["mean over a tenth", "draft", [
    "draft",
    "20.000",
    "20.000",
    "19.000",
    "18.000",
    "17.000",
    "16.000",
    "15.000",
    "14.000",
    "13.000",
    "12.000",
    "11.000",
  ]],
  ["mean over a tenth", "target", [
    "target",
    "20.000",
    "19.500",
    "17.500",
    "15.500",
    "13.500",
    "11.500",
    "9.500",
    "7.500",
    "5.500",
    "3.500",
    "1.500",
  ]],
  ["### Prompt `a`", speculative, [speculative, "`xy`", "-6.00", "eos", "1.50"]],
  ["### Prompt `m`", speculative, [speculative, "`longer`", "-12.00", "max_new_tokens", "3.00"]],
  ["### What they have learned", "2-gram", [
    "2-gram",
    "2.750 (2.688 to 2.875)",
    "3.750 (3.688 to 3.875)",
    "1.500",
  ]],
  ["## Corpus", "held out", ["held out from training", "321 (26.0 %)"]],
  ["## Quality", speculative, [
    speculative,
    "4",
    "-7.50 (-9.00 to -6.00)",
    "-3.50 (-3.56 to -3.38)",
    "-2.000 (-2.000 to -2.000)",
    "7.39 (7.39 to 7.39)",
    "0.267 (0.222 to 0.333)",
    "3.00 (2.00 to 4.00)",
    "75.0 % (25.6 to 96.3)",
  ]],
  ["## Diversity", speculative, [
    speculative,
    "3",
    "75.0 % (30.1 to 95.4)",
    "50.0 % (5.5 to 94.5)",
    "25.0 % (3.7 to 74.4)",
    "0.0 % (0.0 to 49.0)",
    "0.833 / 0.875 / 1.000",
    "0.158",
    "0.334",
    "0.250",
    "0.2 % (0.2 to 0.2)",
  ]],
  ["## Speculative", speculative, [
    speculative,
    "88",
    "320",
    "160",
    "120",
    "24",
    "16",
    "75.0 %",
    "20",
  ]],
  ["by position", speculative, [speculative, "75.0 %", "75.0 %"]],
  ["### Losslessness", speculative, [
    speculative,
    "0.5000",
    "0.1250",
    "**changes the distribution**",
  ]],
  ["The original script prints", speculative, [speculative, "45.0 %", "0.9"]],
  ["## Sweeps", "4", [
    "4",
    "75.0 %",
    "3.00",
    "-11.25",
    "-3.000",
    "1.88",
    "12,000",
    "75.0 %",
    "37.5 %",
  ]],
];
for (const [below, begins, expected] of tables) {
  Deno.test(`reportMarkdown: ${below}: the row ${begins}`, () =>
    assertEquals(row(report, below, begins), expected));
}
Deno.test("reportMarkdown: says what is shown of several samples, and of how many", () => {
  assertStringIncludes(report, "The first of each cell's samples is shown.");
  assertStringIncludes(
    report,
    "in 3 ways (cells: a strategy with its settings), 12 samples in all: 2 of each of 2 prompts. Seed 42",
  );
});

/** The data that a chart draws. */
function values({ spec }: { spec: unknown }): Record<string, unknown>[] {
  return (spec as { data: { values: Record<string, unknown>[] } }).data.values;
}
Deno.test("lossChart: each point is the mean of its stretch, at the middle of it", () => {
  const long = Array.from({ length: 70 }, (_, step) => ({ step, loss: step, learningRate: 0 }));
  const [target] = record.models;
  assert(target !== undefined);
  const points = values(lossChart([{ ...target, steps: long }]));
  assertEquals(points.length, 35);
  assertEquals(points[1], { model: "target", step: 3.5, loss: 2.5 });
});
Deno.test("tradeOffChart: a point a cell", () => {
  assertEquals(values(tradeOffChart(measured))[1], {
    index: 1,
    entry: "1",
    strategy: "speculative",
    label: "4",
    likelihood: -3,
    unique: 0.75,
  });
});
Deno.test("sweepCharts: one for the entry that sweeps, on the axis of the whole grid", () => {
  const charts = sweepCharts(measured);
  assertEquals([...charts.keys()], [1]);
  const chart = charts.get(1);
  assert(chart !== undefined);
  assertEquals(values(chart)[0], {
    draft_k: 2,
    unique: 0.75,
    likelihood: -2,
    length: 3,
    speed: 1.875,
  });
  assertStringIncludes(JSON.stringify(chart.spec), '"domain":[-3,-1]');
});

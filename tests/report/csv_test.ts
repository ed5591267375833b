// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import {
  modelsCsv,
  type Ranged,
  resultsCsv,
  type Timing,
  timingsCsv,
  trainingCsv,
} from "../../src/report/csv.ts";
import { measures } from "../../src/measure/measures.ts";
import { record } from "./made_up_run.ts";

/** These columns of a row, so that a new one changes no test. */
function only(
  columns: readonly string[],
  row: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

Deno.test("resultsCsv: every measure stands in its own column", () => {
  const [, row] = parse(resultsCsv(record), { skipFirstRow: true });
  const expected = {
    cell: "speculative(acceptance_rule=original, draft_k=2)",
    strategy: "speculative",
    k: "",
    acceptance_rule: "original",
    draft_k: "2",
    prompts: "2",
    samples: "4",
    unique: "3",
    mass_covered: "0.002479",
    distinct_1: "0.833333",
    distinct_2: "0.875000",
    distinct_3: "1.000000",
    // Its rule changes the distribution that tokens are drawn from.
    entropy_per_token: "",
    entropy_per_token_high: "",
    entropy_per_token_low: "",
    eos_share: "0.750000",
    eos_share_high: "1.000000",
    eos_share_low: "0.005735",
    held_out_share: "0.250000",
    held_out_share_high: "0.994265",
    held_out_share_low: "0.000000",
    length_distance: "0.250000",
    log_prob_per_token: "-2.000000",
    log_prob_per_token_high: "",
    log_prob_per_token_low: "",
    mean_length: "3.000000",
    mean_length_high: "15.706205",
    mean_length_low: "-9.706205",
    mean_log_prob: "-7.500000",
    mean_log_prob_high: "11.559307",
    mean_log_prob_low: "-26.559307",
    novel_share: "0.500000",
    novel_share_high: "0.932414",
    novel_share_low: "0.067586",
    perplexity: "7.389056",
    perplexity_high: "",
    perplexity_low: "",
    repetition_share: "0.000000",
    repetition_share_high: "0.602365",
    repetition_share_low: "0.000000",
    self_bleu: "0.158114",
    unique_share: "0.750000",
    zipf: "0.333642",
    stop_eos: "3",
    stop_max_new_tokens: "1",
    stop_block_size: "0",
    target_calls: "8",
    target_rows: "8000",
    tokens_per_target_call: "1.875000",
    tokens_per_target_call_high: "6.639827",
    tokens_per_target_call_low: "-2.889827",
    draft_calls: "20",
    draft_rows: "56",
    rounds: "88",
    proposed: "320",
    tested: "160",
    accepted: "120",
    resampled: "24",
    bonus: "16",
    acceptance_rate: "0.750000",
    acceptance_rate_high: "0.993691",
    acceptance_rate_low: "0.194120",
    accepted_share: "0.375000",
    accepted_share_high: "0.877246",
    accepted_share_low: "0.028471",
    alpha: "0.750000",
    theory_tokens_per_target_call: "2.312500",
    theory_tokens_per_target_call_at_lengths: "3.556818",
    theory_accepted_share: "0.656250",
    theory_accepted_share_at_lengths: "0.703125",
    draft_operations: "0.250000",
    theory_operations: "1.513514",
    operations: "421.789474",
    tested_at: "128 32",
    accepted_at: "96 24",
    first_token_distance: "0.500000",
    first_token_distance_by_chance: "0.125000",
  };
  assertEquals(only(Object.keys(expected), row), expected);
});
Deno.test("resultsCsv: each reason to stop is counted in its own column", () => {
  const cell = record.cells[0];
  assert(cell !== undefined);
  const stops = {
    stop_eos: { value: 1 },
    stop_max_new_tokens: { value: 2 },
    stop_block_size: { value: 3 },
  };
  const [row] = parse(
    resultsCsv({ cells: [{ ...cell, values: { ...cell.values, ...stops } }] }),
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
Deno.test("trainingCsv: one row per step, counted from 1", () => {
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
    timingsCsv([{
      stage: "train",
      what: "target",
      seconds: { value: 4 },
      count: 10,
      unit: "documents",
      cached: true,
    }]),
    { skipFirstRow: true },
  );
  const { stage, what, wall_seconds, count, unit, per_second, cached, ...others } = row ?? {};
  assertEquals(
    { stage, what, wall_seconds, count, unit, per_second, cached },
    {
      stage: "train",
      what: "target",
      wall_seconds: "4.000000",
      count: "10",
      unit: "documents",
      per_second: "2.5",
      cached: "yes",
    },
  );
  assertEquals(others, Object.fromEntries(Object.keys(others).map((column) => [column, ""])));
});

const range = (value: number, low: number, high: number): Ranged => ({ value, low, high });

/** A timing at one stream. */
const timed: Timing = {
  stage: "one stream",
  what: "a",
  seconds: range(1, 0.95, 1.1),
  count: 3,
  unit: "tokens",
  cached: false,
};

Deno.test("timingsCsv: speed-ups with the ends of their intervals", () => {
  const [row] = parse(
    timingsCsv([{
      ...timed,
      measured: range(0.75, 0.7, 0.8),
      predicted: range(0.8, 0.72, 0.85),
      ofPasses: range(1.5, 1.25, 1.75),
    }]),
    { skipFirstRow: true },
  );
  const shown = ["wall_seconds", "speed_up", "predicted_speed_up", "passes_speed_up"].map((name) =>
    ["", "_low", "_high"].map((end) => row?.[name + end])
  );
  assertEquals(shown, [
    ["1.000000", "0.950000", "1.100000"],
    ["0.750", "0.700", "0.800"],
    ["0.800", "0.720", "0.850"],
    ["1.500", "1.250", "1.750"],
  ]);
});

for (
  const [timing, verdict] of [
    [timed, ""],
    [{ ...timed, seconds: { value: 1 } }, ""],
    [{ ...timed, seconds: range(1, 0.8, 1.01) }, "unsteady"],
    [{ ...timed, measured: range(1.1, 1.01, 1.2) }, "faster"],
    [{ ...timed, measured: range(0.9, 0.8, 0.99) }, "slower"],
    [
      { ...timed, measured: range(1, 0.99, 1.01) },
      "unclear: see deno task bench --only speculation",
    ],
    [{ ...timed, measured: range(3, 2, 4) }, "faster, unsteady"],
    [{ ...timed, measured: range(0.5, 0.1, 0.9) }, "slower, unsteady"],
  ] as const
) {
  const { low, high } = "measured" in timing ? timing.measured : timing.seconds as Partial<Ranged>;
  const what = "measured" in timing ? "a speed-up" : "seconds";
  Deno.test(`timingsCsv: the verdict on ${what} from ${low} to ${high}: "${verdict}"`, () => {
    const [row] = parse(timingsCsv([timing]), { skipFirstRow: true });
    assertEquals(row?.["verdict"], verdict);
  });
}

Deno.test("resultsCsv: a column per measure and per end of its interval, in the order of the list", () => {
  const [header = ""] = resultsCsv(record).split("\r\n");
  const columns = header.split(",");
  assertEquals(
    columns.slice(columns.indexOf("prompts")),
    measures.filter(({ name }) => !name.startsWith("search_")).flatMap(({ name, interval }) =>
      interval === "none" ? [name] : [name, `${name}_low`, `${name}_high`]
    ),
  );
});

Deno.test("resultsCsv: a cell that draws each token has the entropy of what it draws from", () => {
  const [row] = parse(resultsCsv(record), { skipFirstRow: true });
  // Four warped log-probabilities of −½, of 15 tokens.
  assertEquals(row?.["entropy_per_token"], (2 / 15).toFixed(6));
});

Deno.test("resultsCsv: measures of speculation have columns where some cell speculates", () => {
  const [topK] = record.cells;
  assert(topK !== undefined);
  const [row] = parse(resultsCsv({ cells: [topK] }), { skipFirstRow: true });
  assertEquals([row?.["acceptance_rate"], row?.["accepted_share"]], ["", ""]);
  assert(row !== undefined && !("alpha" in row));
  const [beside] = parse(resultsCsv(record), { skipFirstRow: true });
  assertEquals(beside?.["alpha"], "");
});

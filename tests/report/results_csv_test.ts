import { z } from "zod";
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { strategies } from "../../src/decode/definitions.ts";
import { settingNames } from "../../src/decode/settings_schema.ts";
import { modelMeasures } from "../../src/measure/corpus_loss.ts";
import { measures } from "../../src/measure/measures.ts";
import { modelsCsv, positionsCsv, resultsCsv } from "../../src/report/results_csv.ts";
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
    unique_texts: "3",
    draws: "2",
    population: "",
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
    variant: "",
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
/** The column of a measure, and those of its interval. */
function columnsOf(
  { name, interval }: { readonly name: string; readonly interval: string },
): string[] {
  return interval === "none" ? [name] : [name, `${name}_low`, `${name}_high`];
}

/** The columns of a table. */
function header(csv: string): string[] {
  return csv.split("\r\n")[0]?.split(",") ?? [];
}

const [topK] = record.cells;
assert(topK !== undefined);

Deno.test("resultsCsv: the columns are the variant, the cell, all settings and all measures, whatever cells there are", () => {
  const expected = ["variant", "cell", ...settingNames(), ...measures.flatMap(columnsOf)];
  for (const cells of [record.cells, [topK], []]) {
    assertEquals(header(resultsCsv({ cells })), expected);
  }
});

Deno.test("modelsCsv: the columns are the same without models", () => {
  const expected = ["variant", "model", "parameters", ...modelMeasures.flatMap(columnsOf)];
  for (const losses of [record.losses, []]) {
    assertEquals(header(modelsCsv({ models: [], others: [], losses })), expected);
  }
});

Deno.test("settingNames: every setting of every strategy once, in the order that each has", () => {
  const names = settingNames();
  assertEquals(names.length, new Set(names).size);
  assertEquals(names[0], "strategy");
  for (const { name, schema } of strategies) {
    const own = Object.keys(schema(z).parse({ strategy: name }));
    const places = own.map((setting) => names.indexOf(setting));
    assertEquals([name, places], [name, places.toSorted((a, b) => a - b)]);
    assert(!places.includes(-1));
  }
});

Deno.test("resultsCsv: what a cell has not is empty, and no 0", () => {
  const [row] = parse(resultsCsv({ cells: [topK] }), { skipFirstRow: true });
  for (const column of ["acceptance_rate", "accepted_share_low", "alpha", "draft_k", "variant"]) {
    assertEquals([column, row?.[column]], [column, ""]);
  }
});

Deno.test("positionsCsv: a row for each position of each cell that speculates", () => {
  assertEquals(parse(positionsCsv(record), { skipFirstRow: true }).slice(0, 3), [
    {
      variant: "",
      cell: "speculative(acceptance_rule=original, draft_k=2)",
      draft_position: "1",
      proposed: "240",
      tested: "128",
      accepted: "96",
      overlap: "96.000000",
    },
    {
      variant: "",
      cell: "speculative(acceptance_rule=original, draft_k=2)",
      draft_position: "2",
      proposed: "80",
      tested: "32",
      accepted: "24",
      overlap: "24.000000",
    },
    {
      variant: "",
      cell: "speculative(acceptance_rule=original, draft_k=4)",
      draft_position: "1",
      proposed: "360",
      tested: "192",
      accepted: "144",
      overlap: "144.000000",
    },
  ]);
});

Deno.test("resultsCsv: a cell that draws each token has the entropy of what it draws from", () => {
  const [row] = parse(resultsCsv(record), { skipFirstRow: true });
  // Four warped log-probabilities of −½, of 15 tokens.
  assertEquals(row?.["entropy_per_token"], (2 / 15).toFixed(6));
});

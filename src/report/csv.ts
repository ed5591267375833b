// @ts-types="../declarations/csv.d.ts"
import { stringify } from "@std/csv";
import { settingValues } from "../decode/cell.ts";
import type { CellMeasures } from "../measure/cell_measures.ts";
import type { CorpusLoss } from "../measure/held_out.ts";
import type { SearchQuality } from "../measure/search_quality.ts";
import type { Estimate } from "../measure/interval.ts";
import type { TextMeasures } from "../measure/text_measures.ts";
import type { ModelRun, RunRecord } from "./run/run_record.ts";

type Row = Readonly<Record<string, string | number>>;

/**
 * `results.csv`: a row a cell, a column a setting (empty where a strategy has none) or a measure; those
 * of searches only where there is something to compare them with.
 */
export function resultsCsv(
  { cells, differences, search }: Pick<RunRecord, "cells" | "differences" | "search">,
): string {
  const settings = [...new Set(cells.flatMap(({ cell }) => Object.keys(cell.settings)))];
  const speculative = cells.some(({ speculation }) => speculation !== undefined);
  const rows = cells.map((
    { cell, samples, prompts, stops, text, cost, ...rest },
  ): Row => ({
    cell: cell.label,
    ...settingValues(cell.settings),
    prompts,
    samples,
    unique: text.unique,
    ...textColumns(text),
    ...estimate("log_prob_difference", differences.get(cell.label)),
    stop_eos: stops.eos,
    stop_max_new_tokens: stops.max_new_tokens,
    stop_block_size: stops.block_size,
    target_calls: cost.targetCalls,
    target_rows: cost.targetRows,
    tokens_per_target_call: decimals(cost.tokensPerTargetCall),
    draft_calls: cost.draftCalls,
    draft_rows: cost.draftRows,
    rounds: cost.rounds,
    proposed: cost.proposed,
    tested: cost.tested,
    accepted: cost.accepted,
    resampled: cost.resampled,
    bonus: cost.bonus,
    ...estimate("acceptance_rate", cost.acceptanceRate),
    ...estimate("accepted_share", cost.acceptedShare),
    ...(search === undefined ? {} : searchColumns(search.cells.get(cell.label))),
    ...(speculative ? speculationColumns(rest) : {}),
  }));
  const measures = Object.keys(rows[0] ?? {}).filter((key) =>
    key !== "cell" && !settings.includes(key)
  );
  return table(["cell", ...settings, ...measures], rows);
}

/** How far a search is from the modes that were proved; empty for what is no search. */
function searchColumns(quality: SearchQuality | undefined): Row {
  return {
    search_decodings: quality?.decodings ?? "",
    search_errors: quality?.errors ?? "",
    ...estimate("search_error_share", quality?.errorShare),
    ...estimate("search_gap", quality?.gap),
    search_largest_gap: quality === undefined ? "" : decimals(quality.largestGap),
    ...estimate("search_log_prob", quality?.logProb),
    ...estimate("search_empty_share", quality?.emptyShare),
  };
}

/** What is estimated over the samples of a cell; what cannot be is empty. */
function textColumns(text: TextMeasures): Row {
  const [first, second, third] = text.distinct;
  const number = (value: number | undefined): string => value === undefined ? "" : decimals(value);
  return {
    ...estimate("unique_share", text.uniqueShare),
    ...estimate("novel_share", text.novelShare),
    ...estimate("held_out_share", text.heldOutShare),
    ...estimate("repetition_share", text.repetitionShare),
    distinct_1: number(first),
    distinct_2: number(second),
    distinct_3: number(third),
    self_bleu: number(text.selfBleu),
    zipf: number(text.zipf),
    length_distance: decimals(text.lengthDistance),
    ...estimate("coverage", text.coverage),
    ...estimate("entropy_per_token", text.entropy),
    ...estimate("mean_length", text.meanLength),
    ...estimate("mean_log_prob", text.meanLogProb),
    ...estimate("log_prob_per_token", text.logProbPerToken),
    ...estimate("perplexity", text.perplexity),
    ...estimate("eos_share", text.eosShare),
  };
}

/** What there is of a speculative cell alone; empty for another. */
function speculationColumns(
  { speculation, firstToken }: Pick<CellMeasures, "speculation" | "firstToken">,
): Row {
  const optional = (value?: number): string => value === undefined ? "" : decimals(value);
  return {
    alpha: optional(speculation?.alpha),
    theory_tokens_per_target_call: optional(speculation?.tokensPerPass.theory),
    theory_tokens_per_target_call_at_lengths: optional(speculation?.tokensPerPass.atLengths),
    theory_accepted_share: optional(speculation?.acceptedShare.theory),
    theory_accepted_share_at_lengths: optional(speculation?.acceptedShare.atLengths),
    draft_operations: optional(speculation?.draftOperations),
    theory_operations: optional(speculation?.operations.theory),
    operations: optional(speculation?.operations.measured),
    tested_at: speculation?.testedAt.join(" ") ?? "",
    accepted_at: speculation?.acceptedAt.join(" ") ?? "",
    first_token_distance: optional(firstToken?.distance),
    first_token_distance_by_chance: optional(firstToken?.byChance),
  };
}

/**
 * `models.csv`: a row a model, n-gram models among them, and what they lose on the corpus. Without
 * documents held out those columns are empty.
 */
export function modelsCsv({ models, losses }: RunRecord): string {
  const rows = losses.map(({ name, heldOut, training }): Row => ({
    model: name,
    parameters: models.find((model) => model.name === name)?.parameters ?? "",
    ...lossColumns("held_out", heldOut),
    ...lossColumns("training", training),
  }));
  return table(Object.keys(rows[0] ?? {}), rows);
}

function lossColumns(on: string, loss: CorpusLoss | undefined): Row {
  return {
    [`${on}_documents`]: loss?.documents ?? "",
    [`${on}_tokens`]: loss?.tokens ?? "",
    ...estimate(`${on}_nats_per_token`, loss?.natsPerToken),
    ...estimate(`${on}_bits_per_character`, loss?.bitsPerCharacter),
  };
}

/** A measure and its ends, which are empty where there is no interval. */
function estimate(column: string, measured: Estimate | undefined): Row {
  const number = (value: number | undefined): string => value === undefined ? "" : decimals(value);
  return {
    [column]: number(measured?.value),
    [`${column}_low`]: number(measured?.interval?.low),
    [`${column}_high`]: number(measured?.interval?.high),
  };
}

/** `training.csv`: a row a step of a model; the step counts from 1, the loss is in nats a token. */
export function trainingCsv(models: readonly ModelRun[]): string {
  const rows = models.flatMap(({ name, steps }) =>
    steps.map(({ step, loss, learningRate }): Row => ({
      model: name,
      step: step + 1,
      loss: decimals(loss),
      learning_rate: learningRate.toPrecision(6),
    }))
  );
  return table(["model", "step", "loss", "learning_rate"], rows);
}

/** One thing that took time. */
export interface Timing {
  /** What was done: `train`, `decode`, … */
  readonly stage: string;
  /** To what: a model or a cell. */
  readonly of: string;
  /** Wall-clock time, seconds. */
  readonly seconds: number;
  /** How many of `unit` were done. */
  readonly count: number;
  /** What was counted. */
  readonly unit: string;
  /** Whether an earlier run did it. */
  readonly cached: boolean;
  /** How many times faster that was than decoding token by token, of speculative decoding. */
  readonly speedUp?: number;
  /** What theory makes of the measured passes. */
  readonly predictedSpeedUp?: number;
}

/** `timings.csv`: the one file that no two runs share. */
export function timingsCsv(timings: readonly Timing[]): string {
  const ratio = (value?: number): string =>
    value !== undefined && Number.isFinite(value) ? value.toFixed(3) : "";
  const rows = timings.map((timing): Row => ({
    stage: timing.stage,
    of: timing.of,
    seconds: decimals(timing.seconds),
    count: timing.count,
    unit: timing.unit,
    per_second: timing.seconds > 0 ? (timing.count / timing.seconds).toFixed(1) : "",
    speed_up: ratio(timing.speedUp),
    predicted_speed_up: ratio(timing.predictedSpeedUp),
    cached: timing.cached ? "yes" : "no",
  }));
  return table(Object.keys(rows[0] ?? {}), rows);
}

function table(columns: readonly string[], rows: readonly Row[]): string {
  return stringify(rows, { columns });
}

function decimals(value: number): string {
  return value.toFixed(6);
}

/**
 * Samples as `deno task sample` prints them: as lines, and as JSON.
 *
 * @module
 */
import type { Vocabulary } from "../data/vocabulary.ts";
import type { DecodeResult } from "../decode/strategy.ts";
import { logProb, type Sample } from "../measure/sample.ts";
import { escapeControl } from "../text/characters.ts";
import { formatCount } from "../text/format.ts";
import type { ExactMode } from "./explanation/exact_mode.ts";
import { modeJson, modeLines } from "./explanation/exact_mode.ts";
import type { Explanation } from "./explanation/explanation.ts";
import { TokenNames } from "./explanation/token_names.ts";

/** A sample, and what there is to say of how it came about. */
export interface ExplainedSample {
  /** The sample. */
  readonly sample: Sample;
  /** The explanation of the decoding that gave it; none of its further texts. */
  readonly explanation: Explanation | undefined;
  /** Of a search: the most probable text of all, `undefined` where it is not known. */
  readonly search: { readonly mode: ExactMode | undefined } | undefined;
}

/** One line: the log-probability, nats, and the text. */
export function sampleLine({ prompt, continuation, result }: Sample): string {
  return `${logProb(result).toFixed(3).padStart(9)}  ${escapeControl(prompt + continuation)}`;
}

/** A sample's line, and below it how it was generated, how it ended and what it cost. */
export function explainedLines(
  { sample, explanation, search }: ExplainedSample,
  vocabulary: Vocabulary,
): string[] {
  const { prompt, result } = sample;
  const names = new TokenNames(vocabulary);
  // Only the first text of a search has its explanation.
  const origin = explanation === undefined ? ["of the same search as the text before it"] : [];
  const ending = [...origin, endingText(result), ...speculationText(result), ...proofText(result)];
  // Said once for each decoding; an exact search has said it already.
  const mode = search === undefined || explanation === undefined || result.search?.optimal
    ? []
    : modeLines(result, search.mode, prompt, names);
  const steps = explanation?.lines() ?? [];
  const lines = [...steps, ...steps.length === 0 ? [] : [""], ...ending, ...mode, ""];
  return [sampleLine(sample), ...lines.map(indented)];
}

function indented(line: string): string {
  return line === "" ? "" : `  ${line}`;
}

function endingText({ stop }: DecodeResult): string {
  switch (stop) {
    case "eos":
      return "ended with EOS";
    case "max_new_tokens":
      return "cut: enough tokens";
    case "block_size":
      return "cut: the end of the block";
  }
}

function speculationText({ speculation, costs }: DecodeResult): string[] {
  if (speculation === undefined) return [];
  const { accepted, tested, proposed, rounds, targetCalls, draftCalls } = costs;
  return [
    `${accepted} of ${tested} tested tokens accepted (${proposed} proposed, ` +
    `${formatCount(rounds, "round")})`,
    `passes: ${targetCalls} of the target, ${draftCalls} of the draft`,
  ];
}

function proofText({ search }: DecodeResult): string[] {
  if (search === undefined) return [];
  return [search.optimal ? "proved to be among the most probable" : "not proved: the budget ended"];
}

/** The origin that all samples of a command share. */
export interface SampledFrom {
  /** The folder of the run. */
  readonly run: string;
  /** The model: target or draft. */
  readonly model: string;
  /** The strategy with its settings, as `results.csv` has it. */
  readonly cell: string;
  /** The seed. */
  readonly seed: number;
}

/**
 * The samples as JSON: `{ run, model, cell, seed, samples }`, each sample as in `samples.csv` with its
 * `log_prob` (nats, of the target), its `costs` and its `tokens`: `{ token, log_prob, warped_log_prob }`,
 * the latter in the target's warped distribution. The last token is `null` for EOS; those of a tokenizer
 * have their number, `id`, too. A byte that is no UTF-8 is a lone surrogate, as of Python's
 * `surrogateescape`: `"\\udce2"`. With an explanation
 * also `steps`, which have what the lines have, and of a search `exact_mode`: `null` where it is not
 * known.
 */
export function samplesJson(
  from: SampledFrom,
  samples: readonly ExplainedSample[],
  vocabulary: Vocabulary,
): string {
  const names = new TokenNames(vocabulary);
  const plain = samples.map(({ sample, explanation, search }) => {
    const { prompt, number, continuation, result } = sample;
    return {
      prompt,
      sample: number,
      continuation,
      stop: result.stop,
      log_prob: logProb(result),
      tokens: result.logProbs.map((log_prob, i) => {
        const token = result.tokens[i];
        return {
          token: token === undefined ? null : vocabulary.decode([token]),
          ...token !== undefined && "tokenizer" in vocabulary.data ? { id: token } : {},
          log_prob,
          warped_log_prob: result.warpedLogProbs[i],
        };
      }),
      costs: costsJson(result),
      ...(result.search === undefined ? {} : { proved: result.search.optimal }),
      ...(explanation === undefined ? {} : { steps: explanation.json() }),
      ...(search === undefined
        ? {}
        : { exact_mode: modeJson(result, search.mode, names.after(prompt)) }),
    };
  });
  return JSON.stringify({ ...from, samples: plain }, null, 2);
}

function costsJson({ costs }: DecodeResult): Record<string, number> {
  return {
    target_calls: costs.targetCalls,
    draft_calls: costs.draftCalls,
    rounds: costs.rounds,
    proposed: costs.proposed,
    tested: costs.tested,
    accepted: costs.accepted,
    resampled: costs.resampled,
    bonus: costs.bonus,
  };
}

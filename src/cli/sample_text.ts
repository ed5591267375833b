/**
 * Samples as `deno task sample` prints them.
 *
 * @module
 */
import type { Vocabulary } from "../data/vocabulary.ts";
import type { DecodeResult } from "../decode/strategy.ts";
import { escapeControl } from "../text/characters.ts";
import { logProb } from "../measure/log_prob.ts";
import type { Sample } from "../measure/sample.ts";

/** A line: the log-probability, nats, and the text. */
export function sampleLine({ prompt, continuation, result }: Sample): string {
  return `${logProb(result).toFixed(3).padStart(9)}  ${escapeControl(prompt + continuation)}`;
}

/** How a text came to be: a line a token, how it ended, and what proposals came to. */
export function sampleDetails({ result }: Sample, vocabulary: Vocabulary): string[] {
  const drawn = result.warpedLogProbs.some((logProb) => logProb !== 0);
  const tokens = result.logProbs.map((ofModel, i) => {
    const own = probabilityText(ofModel);
    const warped = probabilityText(result.warpedLogProbs[i] ?? NaN);
    const name = tokenName(result, i, vocabulary);
    return drawn && warped !== own ? `${name}  ${own}  drawn by ${warped}` : `${name}  ${own}`;
  });
  return [...tokens, endingText(result), ...speculationText(result), ...proofText(result)]
    .map((line) => `${" ".repeat(11)}${line}`);
}

function tokenName({ tokens }: DecodeResult, i: number, vocabulary: Vocabulary): string {
  const token = tokens[i];
  return (token === undefined ? "EOS" : escapeControl(vocabulary.decode([token]))).padEnd(3);
}

function probabilityText(logProb: number): string {
  return Math.exp(logProb).toFixed(4);
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
    `${accepted} of ${tested} tested tokens accepted (${proposed} proposed, ${rounds} rounds); ` +
    `passes: ${targetCalls} of the target, ${draftCalls} of the draft`,
  ];
}

function proofText({ search }: DecodeResult): string[] {
  if (search === undefined) return [];
  return [search.optimal ? "proved to be among the most probable" : "not proved: the budget ended"];
}

/** What all samples of a command have in common. */
export interface SampledFrom {
  /** The run's folder, as it was found. */
  readonly run: string;
  /** Which of its models. */
  readonly model: string;
  /** The strategy with its settings, as `results.csv` has it. */
  readonly cell: string;
  /** The seed that they were drawn by. */
  readonly seed: number;
}

/**
 * The samples as JSON: `{ run, model, cell, seed, samples }`, each sample as in `samples.csv` with its
 * `log_prob` (nats, of the target) and `tokens`, the last of which is `null` for EOS:
 * `{ token, log_prob, warped_log_prob }`, the latter in the distribution that it was chosen from; and
 * `costs`.
 */
export function samplesJson(
  from: SampledFrom,
  samples: readonly Sample[],
  vocabulary: Vocabulary,
): string {
  const plain = samples.map(({ prompt, number, continuation, result }) => ({
    prompt,
    sample: number,
    continuation,
    stop: result.stop,
    log_prob: logProb(result),
    tokens: result.logProbs.map((log_prob, i) => {
      const token = result.tokens[i];
      return {
        token: token === undefined ? null : vocabulary.decode([token]),
        log_prob,
        warped_log_prob: result.warpedLogProbs[i],
      };
    }),
    costs: costsJson(result),
    ...(result.search === undefined ? {} : { proved: result.search.optimal }),
  }));
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

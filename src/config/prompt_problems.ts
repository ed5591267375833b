import type { Problem } from "./config_error.ts";
import { shown } from "../text/suggestions.ts";
import type { DrawnPrompts, ExperimentConfig, PromptsConfig } from "./schema.ts";
import type { ConfigSource } from "./source.ts";

/** Whether the prompts are listed, and not to be drawn from documents. */
export function areListed(prompts: PromptsConfig): prompts is string[] {
  return Array.isArray(prompts);
}

/** How many prompts there are, those that come again included. */
export function promptCount(prompts: PromptsConfig): number {
  return areListed(prompts) ? prompts.length : prompts.count;
}

/** What is wrong with the prompts, as far as it can be known without the corpus. */
export function promptProblems(source: ConfigSource, config: ExperimentConfig): Problem[] {
  const { prompts } = config.decoding;
  return areListed(prompts)
    ? listedProblems(source, config, prompts)
    : drawnProblems(source, config, prompts);
}

function listedProblems(
  source: ConfigSource,
  config: ExperimentConfig,
  prompts: readonly string[],
): Problem[] {
  const { block_size } = config.models;
  const seen = new Set<string>();
  const repeated = prompts.flatMap((prompt, i) => {
    if (seen.size < seen.add(prompt).size) return [];
    const message = `expected each prompt once, found ${shown(prompt)} again`;
    return [source.problem(["decoding", "prompts", i], message)];
  });
  const tooLong = prompts.flatMap((prompt, i) => {
    const length = 1 + [...prompt].length;
    const message = `expected a prompt of at most ${block_size} tokens with BOS ` +
      `(models.block_size), found ${shown(prompt)}, which is ${length}`;
    return length <= block_size ? [] : [source.problem(["decoding", "prompts", i], message)];
  });
  const shortest = prompts.reduce((least, prompt) => Math.min(least, [...prompt].length), Infinity);
  return [
    ...repeated,
    ...tooLong,
    ...(tooLong.length > 0 ? [] : roomProblems(source, config, shortest)),
    ...comparedProblems(source, config, prompts),
  ];
}

function drawnProblems(
  source: ConfigSource,
  config: ExperimentConfig,
  { from, length }: DrawnPrompts,
): Problem[] {
  const { block_size } = config.models;
  const none = from === "held_out" && config.corpus.held_out === 0
    ? [
      source.problem(
        ["decoding", "prompts", "from"],
        "expected training, since corpus.held_out is 0, found held_out",
      ),
    ]
    : [];
  const message = `expected at most ${block_size - 1}, which is what models.block_size ` +
    `(${block_size}) leaves after BOS, found ${length}`;
  const tooLong = length < block_size
    ? []
    : [source.problem(["decoding", "prompts", "length"], message)];
  return [
    ...none,
    ...tooLong,
    ...(tooLong.length > 0 ? [] : roomProblems(source, config, length)),
  ];
}

/** More new tokens than the block has room for, after a prompt of `shortest` characters. */
function roomProblems(
  source: ConfigSource,
  { decoding, models }: ExperimentConfig,
  shortest: number,
): Problem[] {
  const room = models.block_size - 1 - shortest;
  const message =
    `expected at most ${room}, which is what models.block_size (${models.block_size}) leaves ` +
    `after BOS and the shortest prompt, found ${decoding.max_new_tokens}`;
  return decoding.max_new_tokens <= room
    ? []
    : [source.problem(["decoding", "max_new_tokens"], message)];
}

/** Prompts that the report is to compare but that are not decoded. */
export function comparedProblems(
  source: ConfigSource,
  { report }: ExperimentConfig,
  prompts: readonly string[],
): Problem[] {
  const decoded = new Set(prompts);
  return (report.compare_prompts ?? []).flatMap((prompt, i) =>
    decoded.has(prompt) ? [] : [
      source.problem(
        ["report", "compare_prompts", i],
        `expected one of decoding.prompts, found ${shown(prompt)}`,
      ),
    ]
  );
}

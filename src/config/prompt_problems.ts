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
  const seen = new Set<string>();
  const repeated = prompts.flatMap((prompt, i) => {
    if (seen.size < seen.add(prompt).size) return [];
    const message = `expected each prompt once, found ${shown(prompt)} again`;
    return [source.problem(["decoding", "prompts", i], message)];
  });
  return [...repeated, ...comparedProblems(source, config, prompts)];
}

function drawnProblems(
  source: ConfigSource,
  config: ExperimentConfig,
  { from }: DrawnPrompts,
): Problem[] {
  if (from !== "held_out" || config.corpus.held_out > 0) return [];
  const message = "expected training, since corpus.held_out is 0, found held_out";
  return [source.problem(["decoding", "prompts", "from"], message)];
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

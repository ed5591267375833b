import { areListed } from "./prompt_problems.ts";
import type { Experiment } from "./load.ts";
import { type ExperimentConfig, NAME } from "./schema.ts";

/**
 * `experiment` with at most `limit` training steps, samples of each prompt and drawn prompts, under a
 * name of its own, so that a smoke run never takes the place of a whole one.
 */
export function limited(experiment: Experiment, limit: number): Experiment {
  const { source, config } = experiment;
  const suffix = `-limit-${limit}`;
  const name = experiment.name + suffix;
  if (!NAME.test(name)) {
    const message = `expected a name that ${suffix} can follow within 100 characters`;
    throw source.error(["name"], message);
  }
  return { ...experiment, name, limit, config: limitedConfig(config, limit) };
}

function limitedConfig(config: ExperimentConfig, limit: number): ExperimentConfig {
  const { training, decoding, report } = config;
  const { prompts } = decoding;
  const steps = <Training extends { readonly steps: number }>(one: Training): Training => ({
    ...one,
    steps: Math.min(one.steps, limit),
  });
  const drawn = areListed(prompts)
    ? prompts
    : { ...prompts, count: Math.min(prompts.count, limit) };
  // Of prompts that are drawn, those to compare may be among the ones that are left out.
  const { compare_prompts: _compared, ...others } = report;
  return {
    ...config,
    training: { target: steps(training.target), draft: steps(training.draft) },
    decoding: { ...decoding, prompts: drawn, samples: Math.min(decoding.samples, limit) },
    report: areListed(prompts) ? report : others,
  };
}

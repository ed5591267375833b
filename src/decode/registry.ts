import type { StrategySettings } from "../config/schema.ts";
import { beam, diverseBeam } from "./search/beam.ts";
import type { BeamOptions } from "./search/beam_group.ts";
import { bestOf } from "./sample/best_of.ts";
import { createSpeculative, type DraftModels } from "./speculative/create_speculative.ts";
import { exact } from "./search/exact.ts";
import { greedy } from "./sample/greedy.ts";
import { mirostat } from "./sample/mirostat.ts";
import { PREFIXES_A_PASS } from "./search/frontier.ts";
import { sample } from "./sample/sample.ts";
import { stochasticBeam } from "./search/stochastic_beam.ts";
import type { Strategy } from "./strategy.ts";
import { createWarpers } from "./warp/create_warpers.ts";

/** The strategy that `settings` declare; `drafts` are what the speculative ones propose with. */
export function createStrategy(settings: StrategySettings, drafts: DraftModels): Strategy {
  switch (settings.strategy) {
    case "greedy":
      return greedy;
    case "sample":
      return sample(createWarpers(settings.warp));
    case "top_k":
      return sample(createWarpers([{ top_k: settings.k }]));
    case "top_p":
      return sample(createWarpers([{ top_p: settings.p }]));
    case "temperature":
    case "min_p":
    case "typical_p":
    case "top_n_sigma":
    case "epsilon":
    case "eta":
    case "repetition_penalty":
    case "presence_penalty":
    case "frequency_penalty":
    case "no_repeat_ngram": {
      const { strategy: _, ...warper } = settings;
      return sample(createWarpers([warper]));
    }
    case "beam":
      return beam(settings.beam_width, beamOptions(settings));
    case "diverse_beam":
      return diverseBeam(settings.beam_width, {
        groups: settings.groups,
        penalty: settings.diversity_penalty,
        ...beamOptions(settings),
      });
    case "stochastic_beam":
      return stochasticBeam(settings.beam_width, createWarpers(settings.warp));
    case "best_of":
      return bestOf(settings.n, createWarpers(settings.warp));
    case "mirostat":
      return mirostat(settings);
    case "exact":
      return exact({ nBest: settings.n_best, budget: settings.budget });
    case "speculative":
      return createSpeculative(settings, drafts);
  }
}

function beamOptions(
  settings: Extract<StrategySettings, { strategy: "beam" | "diverse_beam" }>,
): BeamOptions {
  return {
    nBest: settings.n_best,
    lengthPenalty: settings.length_penalty,
    earlyStopping: settings.early_stopping,
  };
}

/** Whether a strategy gives the same sample every time, so that one decoding stands for all. */
export function isDeterministic({ strategy }: StrategySettings): boolean {
  return ["greedy", "beam", "diverse_beam", "exact"].includes(strategy);
}

/** How many sequences one decoding reads at once, at most. */
export function sequencesOf(settings: StrategySettings): number {
  switch (settings.strategy) {
    case "beam":
    case "diverse_beam":
    case "stochastic_beam":
      return settings.beam_width;
    case "best_of":
      return settings.n;
    case "exact":
      return PREFIXES_A_PASS;
    default:
      return 1;
  }
}

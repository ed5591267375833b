import type { StrategySettings } from "../config/schema.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { beam } from "./beam.ts";
import { greedy } from "./greedy.ts";
import { sample } from "./sample.ts";
import { speculativeOriginal } from "./speculative_original.ts";
import type { Strategy } from "./strategy.ts";
import { createWarpers } from "./warp/create_warpers.ts";

/** The strategy that `settings` declare; `draft` is what the speculative ones propose with. */
export function createStrategy(
  settings: StrategySettings,
  draft: LanguageModel | undefined,
): Strategy {
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
      return beam(settings.beam_width);
    case "speculative":
      if (draft === undefined) {
        throw new TypeError("Cannot decode speculatively: there is no draft model");
      }
      return speculativeOriginal(draft, settings.draft_k);
  }
}

/** Whether a strategy gives the same sample every time, so that one decoding stands for all. */
export function isDeterministic({ strategy }: StrategySettings): boolean {
  return strategy === "greedy" || strategy === "beam";
}

import type { StrategySettings } from "../config/schema.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { beam } from "./beam.ts";
import { greedy } from "./greedy.ts";
import { sample } from "./sample.ts";
import { speculativeOriginal } from "./speculative_original.ts";
import type { Strategy } from "./strategy.ts";
import { temperature, topK, topP } from "./warp.ts";

/** The strategy that `settings` declare; `draft` is what the speculative ones propose with. */
export function createStrategy(
  settings: StrategySettings,
  draft: LanguageModel | undefined,
): Strategy {
  switch (settings.strategy) {
    case "greedy":
      return greedy;
    case "temperature":
      return sample([temperature(settings.temperature)]);
    case "top_k":
      return sample([topK(settings.k)]);
    case "top_p":
      return sample([topP(settings.p)]);
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

import type { StrategySettings } from "../../config/schema.ts";
import type { LanguageModel } from "../../model/language_model.ts";
import type { Draft } from "./draft.ts";
import { modelDraft } from "./drafts/model_draft.ts";
import { promptLookup } from "./drafts/prompt_lookup.ts";
import { speculative } from "./speculative.ts";
import { speculativeOriginal } from "./original.ts";
import type { Strategy } from "../strategy.ts";
import { createWarpers } from "../warp/create_warpers.ts";

/** Speculative decoding as a cell declares it. */
export type SpeculativeSettings = Extract<StrategySettings, { strategy: "speculative" }>;

/** Whether the trained draft model proposes for a strategy. */
export function drawsOnDraftModel(settings: StrategySettings): boolean {
  return settings.strategy === "speculative" &&
    (settings.variant === "original" || settings.draft === "model");
}

/** The models that may propose. */
export interface DraftModels {
  /** The trained draft, where there is one. */
  readonly model: LanguageModel | undefined;
  /** The n-gram model of that order, counted from the documents that the target was trained on. */
  ngram(order: number): LanguageModel;
}

/** The speculative strategy that `settings` declare. */
export function createSpeculative(settings: SpeculativeSettings, models: DraftModels): Strategy {
  if (settings.variant === "original") {
    return speculativeOriginal(trained(models), settings.draft_k);
  }
  return speculative({
    draft: createDraft(settings, models),
    draftK: settings.draft_k,
    warpers: createWarpers(settings.warp),
  });
}

function createDraft(
  settings: Extract<SpeculativeSettings, { variant: "lossless" }>,
  models: DraftModels,
): Draft {
  if (settings.draft === "prompt_lookup") return promptLookup;
  const model = settings.draft === "model" ? trained(models) : models.ngram(settings.order);
  return modelDraft(model, {
    choice: settings.draft_choice,
    warpers: createWarpers(settings.draft_warp ?? settings.warp),
    confidence: settings.confidence ?? 0,
  });
}

function trained({ model }: DraftModels): LanguageModel {
  if (model !== undefined) return model;
  throw new TypeError("Cannot decode speculatively: there is no draft model");
}

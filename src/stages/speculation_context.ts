import type { Cell } from "../config/grid.ts";
import { nextDistribution } from "../decode/next_distribution.ts";
import { createWarpers } from "../decode/warp/create_warpers.ts";
import { drawsOnDraftModel } from "../decode/speculative/create_speculative.ts";
import type { SpeculationContext } from "../measure/cell_samples.ts";
import type { Sample } from "../measure/sample.ts";
import { draftOperationsOf, firstTokenDistance } from "../measure/speculation.ts";
import type { DecodeStage } from "./decode_cells.ts";
import type { Setup } from "./experiment_data.ts";

/** What the measures of a speculative cell need to know of the models; nothing for another cell. */
export function speculationContext(
  { settings }: Cell,
  samples: readonly Sample[],
  { target, tokenizer, prompts }: DecodeStage,
  specs: Setup["specs"],
): SpeculationContext | undefined {
  if (settings.strategy !== "speculative") return undefined;
  const warpers = settings.variant === "original" ? [] : createWarpers(settings.warp);
  const encoded = [...new Set(prompts)].map((prompt) =>
    [prompt, tokenizer.encodePrompt(prompt)] as const
  );
  const exact = new Map(
    encoded.map(([prompt, tokens]) => [prompt, nextDistribution(target, tokens, warpers)]),
  );
  const lengths = new Map(encoded.map(([prompt, { length }]) => [prompt, length]));
  const { draft } = specs;
  return {
    draftK: settings.draft_k,
    draftOperations: draft !== undefined && drawsOnDraftModel(settings)
      ? draftOperationsOf(specs.target, draft)
      : 0,
    promptTokens: (prompt) => lengths.get(prompt) ?? tokenizer.encodePrompt(prompt).length,
    firstToken: firstTokenDistance(samples, exact, tokenizer.bos),
  };
}

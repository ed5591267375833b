import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { nextDistribution } from "../decode/next_distribution.ts";
import { createWarpers } from "../decode/warp/definitions.ts";
import type { SpeculationContext } from "../measure/cell_samples.ts";
import type { Sample } from "../measure/sample.ts";
import { draftOperationsOf, firstTokenDistance } from "../measure/speculation.ts";
import type { DecodeStage } from "./decode_cells.ts";
import type { Setup } from "./experiment_data.ts";

/** What the measures of a speculative cell need to know of the models; nothing for another cell. */
export function speculationContext(
  { settings }: Cell,
  samples: readonly Sample[],
  { target, vocabulary, prompts }: DecodeStage,
  specs: Setup["specs"],
): SpeculationContext | undefined {
  const speculation = strategyOf(settings).speculation?.(settings);
  if (speculation === undefined) return undefined;
  const warpers = createWarpers(speculation.warp);
  const encoded = [...new Set(prompts)].map((prompt) =>
    [prompt, vocabulary.encodePrompt(prompt)] as const
  );
  const exact = new Map(
    encoded.map(([prompt, tokens]) => [prompt, nextDistribution(target, tokens, warpers)]),
  );
  const lengths = new Map(encoded.map(([prompt, { length }]) => [prompt, length]));
  const draft = speculation.needs === "draft model" ? specs.draft : undefined;
  return {
    draftK: speculation.draftK,
    draftOperations: draft === undefined ? 0 : draftOperationsOf(specs.target, draft),
    promptTokens: (prompt) => lengths.get(prompt) ?? vocabulary.encodePrompt(prompt).length,
    firstToken: firstTokenDistance(samples, exact, vocabulary.bos),
  };
}

import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { nextDistribution } from "../decode/next_distribution.ts";
import { createWarpers } from "../decode/warp/definitions.ts";
import type { SpeculationContext } from "../measure/cell_measures.ts";
import { firstTokenDistance } from "../measure/first_token.ts";
import type { Sample } from "../measure/sample.ts";
import { draftOperations } from "../measure/speculation.ts";
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
  const exact = new Map(
    [...new Set(prompts)].map((prompt) => [
      prompt,
      nextDistribution(target, vocabulary.encodePrompt(prompt), warpers),
    ]),
  );
  return {
    draftOperations: draftOperations(speculation, specs),
    firstToken: firstTokenDistance(samples, exact, vocabulary.bos),
  };
}

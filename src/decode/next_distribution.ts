import type { LanguageModel, Logits, Token } from "../model/language_model.ts";
import { warpedDistribution } from "./speculative/rejection_sampling.ts";
import type { Warper } from "./warp/warper.ts";

/** What a model says comes after `text` (BOS first), after `warpers`: a distribution `[V]`. */
export function nextDistribution(
  model: LanguageModel,
  text: readonly Token[],
  warpers: readonly Warper[],
): Float64Array {
  const sequence = model.open();
  try {
    const [logits] = model.forward([{ sequence, tokens: text, rows: 1 }]);
    return warpedDistribution(logits as Logits, warpers, text, text.length);
  } finally {
    sequence.close();
  }
}

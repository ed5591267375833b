import type { WarperName, WarperSettings } from "../../config/warp_schema.ts";
import {
  frequencyPenalty,
  noRepeatNgram,
  presencePenalty,
  repetitionPenalty,
} from "./penalties.ts";
import { topK, topP, typicalP } from "./ranked_truncation.ts";
import { temperature } from "./temperature.ts";
import { epsilon, eta, minP, topNSigma } from "./threshold_truncation.ts";
import type { Warper } from "./warper.ts";

const makers: Readonly<Record<WarperName, (value: number) => Warper>> = {
  temperature,
  top_k: topK,
  top_p: topP,
  min_p: minP,
  typical_p: typicalP,
  top_n_sigma: topNSigma,
  epsilon,
  eta,
  repetition_penalty: repetitionPenalty,
  presence_penalty: presencePenalty,
  frequency_penalty: frequencyPenalty,
  no_repeat_ngram: noRepeatNgram,
};

/** The chain that `settings` declare, in their order. */
export function createWarpers(settings: readonly WarperSettings[]): Warper[] {
  return settings.flatMap((warper) =>
    Object.entries(warper).map(([name, value]) => makers[name as WarperName](value))
  );
}

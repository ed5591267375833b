import type { WarperDefinition } from "../definition.ts";
import { isLarge, keepLargest } from "../large_rows.ts";
import { Ranking } from "./truncation.ts";
import type { Warper } from "./warper.ts";

/** Keeps exactly the `k` most probable tokens; of equal ones the lower ids (Fan et al., 2018). */
export function topK(k: number): Warper {
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`Cannot keep the top ${k}: expected an integer of at least 1`);
  }
  const ranking = new Ranking();
  return {
    name: "top_k",
    value: k,
    isTruncation: true,
    apply(logits) {
      if (k >= logits.length) return;
      if (isLarge(logits)) return keepLargest(logits, k);
      ranking.begin(logits);
      for (let kept = 0; kept < k; kept++) ranking.take();
      ranking.forbidRest(logits);
    },
  };
}

/** The warper `top_k`. */
export const topKDefinition: WarperDefinition<"top_k", "k"> = {
  name: "top_k",
  formula: "the k largest l",
  summary: "Keeps exactly so many of the most probable tokens",
  edges: "1 keeps the most probable token alone; of equal tokens the lower ids are kept",
  reference: "Fan, Lewis and Dauphin, 2018, Hierarchical Neural Story Generation",
  value: (z) => z.int().min(1).describe("How many of the most probable tokens are kept"),
  strategy: {
    setting: "k",
    summary: "Samples from the k most probable tokens",
    default: 5,
  },
  create: topK,
};

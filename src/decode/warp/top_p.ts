import type { WarperDefinition } from "../definition.ts";
import { softmax } from "../distribution.ts";
import { isLarge, keepMass } from "../large_rows.ts";
import { checkMass, Ranking } from "./truncation.ts";
import type { Warper } from "./warper.ts";

/**
 * Keeps the smallest prefix of the tokens, by descending probability, whose mass reaches `p`, the
 * token that crosses it included (nucleus sampling; Holtzman et al., 2020). Mass is that of the
 * distribution that the warpers before it have left. `p` = 1 keeps everything.
 */
export function topP(p: number): Warper {
  checkMass("top mass", p);
  const ranking = new Ranking();
  return {
    name: "top_p",
    value: p,
    isTruncation: true,
    apply(logits) {
      // A sum of rounded probabilities can reach 1 before the last token.
      if (p === 1) return;
      if (isLarge(logits)) return keepMass(logits, p);
      ranking.begin(logits);
      ranking.keepMass(logits, softmax(logits), p);
    },
  };
}

/** The warper `top_p`. */
export const topPDefinition: WarperDefinition<"top_p", "p"> = {
  name: "top_p",
  formula: "the shortest prefix of the tokens by falling p with Σ p ≥ value",
  summary: "Keeps the fewest tokens, most probable first, whose mass reaches its value",
  edges: "1 keeps all; the token that crosses the mass is kept",
  reference: "Holtzman et al., 2020, The Curious Case of Neural Text Degeneration",
  value: (z) =>
    z.number().gt(0).max(1).describe(
      "The mass that the kept tokens reach, most probable first; 1 keeps all",
    ),
  identity: 1,
  strategy: {
    setting: "p",
    summary: "Nucleus sampling: samples from the fewest tokens whose mass reaches p",
    default: 0.9,
  },
  create: topP,
};

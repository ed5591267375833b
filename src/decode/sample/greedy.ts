import { defineStrategy } from "../definition.ts";
import { argmax } from "../distribution.ts";
import type { Strategy } from "../strategy.ts";
import { tokenByToken } from "./token_by_token.ts";

/** Always the most probable token; of equal ones the one with the lowest id. */
export const greedy: Strategy = tokenByToken({
  choose: (logits) => ({ token: argmax(logits), logProb: 0 }),
  temperature: 0,
});

/**
 * The strategy `greedy`.
 *
 * @internal
 */
export const greedyDefinition = defineStrategy({
  name: "greedy",
  summary: "Always the most probable token",
  settings: () => ({}),
  isDeterministic: true,
  isSearch: true,
  drawsEachToken: () => true,
  create: () => greedy,
});

/**
 * Speculative decoding as a strategy: the list of acceptance rules, and the settings that follow from
 * the rules and the drafts. Each rule and draft has settings of its own and no others.
 *
 * @module
 */
import type { SettingsSchema, StrategyDefinition, Zod } from "../definition.ts";
import type { AcceptanceRuleDefinition } from "./draft.ts";
import { originalDefinition, type OriginalSettings } from "./original.ts";
import {
  rejectionSamplingDefinition,
  type RejectionSamplingSettings,
} from "./rejection_sampling.ts";

/** Speculative decoding with one value for each setting. */
export type SpeculativeSettings =
  & { readonly strategy: "speculative" }
  & (RejectionSamplingSettings | OriginalSettings);

/**
 * Every acceptance rule, in the order of configs and tables; the first is the default.
 *
 * @internal
 */
export const acceptanceRules = [rejectionSamplingDefinition, originalDefinition] as const;

/** The strategy `speculative`. */
export const speculativeDefinition: StrategyDefinition<SpeculativeSettings> = {
  name: "speculative",
  summary: "A draft proposes several tokens, and the target verifies them in one pass",
  reference: "Leviathan, Kalman and Matias, 2023; Chen et al., 2023",
  schema: (z) => schemaOf(z, acceptanceRules),
  unsaid: { acceptance_rule: acceptanceRules[0].name, draft_choice: "sample", warp: [] },
  // An n-gram draft's setting was called as an SQL keyword is, which its column in files must not be.
  streamNames: { acceptance_rule: "variant", ngram_order: "order" },
  isDeterministic: false,
  isSearch: false,
  // A rule that changes the distribution draws from another one than its target's.
  drawsEachToken: (settings) => ruleOf(settings).speculation(settings).isLossless,
  speculation: (settings) => ruleOf(settings).speculation(settings),
  create: (settings, resources) => ruleOf(settings).create(settings, resources),
};

function ruleOf({ acceptance_rule }: SpeculativeSettings): AcceptanceRuleDefinition {
  const rule = acceptanceRules.find(({ name }) => name === acceptance_rule);
  if (rule !== undefined) return rule;
  throw new RangeError(
    `Cannot accept by the rule "${acceptance_rule}": expected one of ` +
      acceptanceRules.map(({ name }) => name).join(", "),
  );
}

function schemaOf(
  z: Zod,
  [first, ...others]: typeof acceptanceRules,
): SettingsSchema<SpeculativeSettings> {
  const strategy = z.literal("speculative");
  const literal = ({ name, summary }: AcceptanceRuleDefinition) =>
    z.literal(name).describe(`${name}: ${summary}`);
  const union = z.discriminatedUnion("acceptance_rule", [
    first.schema(z, { strategy, acceptance_rule: literal(first).default(first.name) }),
    ...others.map((rule) => rule.schema(z, { strategy, acceptance_rule: literal(rule) })),
  ]);
  // Sound: each rule adds its own settings to the strategy and the rule, which it was given.
  return union as unknown as SettingsSchema<SpeculativeSettings>;
}

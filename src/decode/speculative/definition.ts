/**
 * Speculative decoding as a strategy: the rules by which proposals are accepted, and the settings that
 * follow from the rules and the drafts. Each draft has the settings that mean something for it, and no
 * others.
 *
 * @module
 */
import { z } from "zod";
import type {
  AcceptanceRuleDefinition,
  SettingsSchema,
  StrategyDefinition,
} from "../definition.ts";
import { originalDefinition, type OriginalSettings } from "./original.ts";
import { rejectionSamplingDefinition, type RejectionSamplingSettings } from "./speculative.ts";

/** Speculative decoding with one value for each setting. */
export type SpeculativeSettings =
  & { readonly strategy: "speculative" }
  & (RejectionSamplingSettings | OriginalSettings);

/** Every rule; the first is the default. */
const rules = [rejectionSamplingDefinition, originalDefinition] as const;

/** The strategy `speculative`. */
export const speculativeDefinition: StrategyDefinition<SpeculativeSettings> = {
  name: "speculative",
  summary: "A draft proposes several tokens, and the target verifies them in one pass",
  reference: "Leviathan, Kalman and Matias, 2023; Chen et al., 2023",
  schema: schemaOf(rules),
  unsaid: { acceptance_rule: rules[0].name, draft_choice: "sample", warp: [] },
  // The rule was called so; values that a label says are called as they were.
  streamNames: { acceptance_rule: "variant" },
  isDeterministic: false,
  isSearch: false,
  speculation: (settings) => ruleOf(settings).speculation(settings),
  create: (settings, resources) => ruleOf(settings).create(settings, resources),
};

function ruleOf({ acceptance_rule }: SpeculativeSettings): AcceptanceRuleDefinition {
  const rule = rules.find(({ name }) => name === acceptance_rule);
  if (rule !== undefined) return rule;
  throw new RangeError(
    `Cannot accept by the rule "${acceptance_rule}": expected one of ` +
      rules.map(({ name }) => name).join(", "),
  );
}

function schemaOf([first, ...others]: typeof rules): SettingsSchema<SpeculativeSettings> {
  const strategy = z.literal("speculative");
  const literal = ({ name, summary }: AcceptanceRuleDefinition) =>
    z.literal(name).describe(`${name}: ${summary}`);
  const union = z.discriminatedUnion("acceptance_rule", [
    first.schema({ strategy, acceptance_rule: literal(first).default(first.name) }),
    ...others.map((rule) => rule.schema({ strategy, acceptance_rule: literal(rule) })),
  ]);
  // Sound since each rule has its own settings beside the strategy and itself, which it was given.
  return union as unknown as SettingsSchema<SpeculativeSettings>;
}

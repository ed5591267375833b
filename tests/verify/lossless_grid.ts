/**
 * The grid over which speculative decoding is shown to be lossless, from the tables of cases: every
 * draft, every warper and every lossless acceptance rule is in it.
 *
 * Texts of up to four tokens over a vocabulary of five can all be listed: 341 of them, whose exact
 * probabilities the sampled frequencies are compared with.
 *
 * @module
 */
import { chainText } from "../../src/decode/cell.ts";
import type { DecodeResources, WarperChain } from "../../src/decode/definition.ts";
import { createStrategy } from "../../src/decode/definitions.ts";
import { strategySchema } from "../../src/decode/settings_schema.ts";
import { acceptanceRules } from "../../src/decode/speculative/speculative.ts";
import type { Strategy } from "../../src/decode/strategy.ts";
import { createWarpers, warpers } from "../../src/decode/warp/definitions.ts";
import type { Warper } from "../../src/decode/warp/warper.ts";
import { StopTokens } from "../../src/model/language_model.ts";
import { NgramModel } from "../../src/model/ngram/ngram_model.ts";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import { acceptanceRuleCases } from "../decode/cases/acceptance_rules.ts";
import { draftCases } from "../decode/cases/drafts.ts";
import { warperCases } from "../decode/cases/warpers.ts";
import { randomWeights } from "../model/small_model.ts";
import type { Source } from "./sequences.ts";

/** A strategy, its source, and the warpers of the target whose distribution it must draw from. */
export interface Candidate {
  readonly name: string;
  readonly source: Source;
  readonly strategy: Strategy;
  readonly warpers: readonly Warper[];
}

const EOS = 4;
const spec = { vocabSize: 5, blockSize: 8, nEmbd: 8, nHead: 2, nLayer: 1 };
const target = new SimdGpt(randomWeights(spec, 6, 0.2));
/** A model that drafts for the target. */
export const smaller = new SimdGpt(randomWeights({ ...spec, nEmbd: 4 }, 106, 0.2));
const ngram = NgramModel.count(
  [[4, 0, 1, 0, 1, 4], [4, 2, 1, 3, 4], [4, 1, 0, 1, 4], [4, 3, 3, 4]],
  2,
  spec,
);
/** The prompt repeats itself, so that a lookup finds something from the first round on. */
export const source: Source = {
  target,
  prompt: [EOS, 0, 1, 0],
  stops: new StopTokens([EOS], 5),
  maxNewTokens: 4,
};
/** The same where 3, too, ends a text. */
const twoStops: Source = { ...source, stops: new StopTokens([3, EOS], 5) };

/** The models that may propose. */
export const resources: DecodeResources = { draftModel: smaller, ngram: () => ngram };

/** The chain of a warper in the grid; nothing where it has no cases. */
export function chainOf(name: string): WarperChain {
  return warperCases[name]?.chain ?? [];
}

/** A setting of a rule, a draft and a chain. */
function candidate(
  name: string,
  settings: Readonly<Record<string, unknown>>,
  chain: WarperChain,
  from: Source = source,
): Candidate {
  const parsed = strategySchema.parse({ strategy: "speculative", ...settings });
  return {
    name,
    source: from,
    strategy: createStrategy(parsed, resources),
    warpers: createWarpers(chain),
  };
}

const variants = Object.entries(draftCases).flatMap(([draft, cases]) =>
  Object.entries(cases.variants).map(([name, variant], i) => ({
    name,
    settings: { draft, ...variant },
    isDefault: i === 0,
  }))
);
const defaults = variants.filter(({ isDefault }) => isDefault);
/** Chains that every variant of a draft is tried with: none, one warper, and two with a penalty. */
const everywhere = ["", "temperature", "presence_penalty"];

/** The candidates of a rule that leaves draft and chain to choose. */
function gridOf(acceptance_rule: string, prefix: string): Candidate[] {
  const cell = (
    { name, settings }: typeof variants[number],
    chain: WarperChain,
    draft_k: number,
    from?: Source,
  ): Candidate => {
    const where = from === twoStops ? ", two stop tokens" : "";
    const full = `${prefix}${name}, draft_k ${draft_k}, warp ${chainText(chain)}${where}`;
    return candidate(full, { acceptance_rule, ...settings, draft_k, warp: chain }, chain, from);
  };
  const others = warpers.map(({ name }) => name).filter((name) => !everywhere.includes(name));
  return [
    ...everywhere.flatMap((name) =>
      variants.flatMap((variant) => [1, 3].map((draftK) => cell(variant, chainOf(name), draftK)))
    ),
    ...others.flatMap((name) => defaults.map((variant) => cell(variant, chainOf(name), 3))),
    ...variants.map((variant) => cell(variant, chainOf("temperature"), 3, twoStops)),
  ];
}

const lossless = acceptanceRules.filter(({ name }) => acceptanceRuleCases[name]?.isLossless);

/**
 * All that must be lossless: every draft, proposing one token and three, without warpers, with one
 * and with two of which one needs the history; every other warper with a draft of each kind; and every
 * draft where two tokens end a text. The names of the first rule's candidates, which seed their
 * samples, go without the rule.
 */
export const losslessGrid: readonly Candidate[] = lossless.flatMap(({ name }, i) =>
  gridOf(name, i === 0 ? "" : `${name}, `)
);

/** The acceptance rules that say of themselves that they are not lossless: they must be rejected. */
export const notLossless: readonly Candidate[] = acceptanceRules
  .filter(({ name }) => acceptanceRuleCases[name]?.isLossless === false)
  .map(({ name, summary }) =>
    candidate(`acceptance rule ${name}: ${summary}`, { acceptance_rule: name, draft_k: 3 }, [])
  );

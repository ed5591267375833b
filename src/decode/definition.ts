/**
 * Definitions of strategies and warpers: the facts about each, in the file that has its code. Each is
 * listed once; configs, the JSON Schema, tables, glossaries and tests are made from these lists. Drafts
 * and acceptance rules, the parts of speculative decoding, are defined in `speculative/draft.ts`.
 *
 * @module
 */
import type { z } from "zod";
import type { LanguageModel } from "../model/language_model.ts";
import type { Strategy } from "./strategy.ts";
import type { Warper } from "./warp/warper.ts";

/** A chain of warpers with their values, in the order of application: `[{ top_k: 5 }]`. */
export type WarperChain = readonly Readonly<Record<string, number>>[];

/** Models that strategies may use beside the target. */
export interface DecodeResources {
  /** The trained draft model, where there is one. */
  readonly draftModel: LanguageModel | undefined;
  /** The n-gram model of that order, counted from the documents that the target was trained on. */
  ngram(order: number): LanguageModel;
}

/** Two settings that do not go together. */
export interface SettingProblem {
  /** The setting to change. */
  readonly setting: string;
  /** The value expected, and the value found. */
  readonly message: string;
}

/**
 * The library that makes schemas. Definitions are handed it: threads that only decode do not load it.
 */
export type Zod = typeof z;

/**
 * A schema for each of several settings, by their names.
 *
 * @internal
 */
export type SettingSchemas = z.core.$ZodLooseShape;

/**
 * The schema of a number.
 *
 * @internal
 */
export type NumberSchema = z.ZodNumber;

/**
 * The schema of an option: of settings of which one tells which option they are of.
 *
 * @internal
 */
export type OptionSchema = z.core.$ZodTypeDiscriminable;

/**
 * The schema of settings of which one, such as `strategy`, tells them from others.
 *
 * @internal
 */
export type SettingsSchema<Settings> = z.ZodType<Settings> & OptionSchema;

/** A model that proposes tokens, and its name in tables. */
export interface Proposer {
  /** Such as `draft` or `3-gram`. */
  readonly name: string;
  /** The model. */
  readonly model: LanguageModel;
}

/** The needs of a draft, beside the text itself. */
export type DraftNeeds = "draft model" | "corpus" | "nothing";

/**
 * The predictions of theory, which takes every proposed token to be accepted with probability
 * β = Σ min(p, q), and every proposal to have `draftK` tokens, that hold for a way of speculating: all
 * of them; those that are made for proposals as long as they were; or none, where β is not the
 * probability of acceptance.
 */
export type Predictions = "all" | "at lengths" | "none";

/** How a strategy speculates: for measures, theory and timings. */
export interface SpeculationProfile {
  /** The most tokens proposed in a round. */
  readonly draftK: number;
  /** Whether the texts are drawn from exactly the target's distribution after `warp`. */
  readonly isLossless: boolean;
  /** The predictions of theory that hold for it. */
  readonly predictions: Predictions;
  /** The warpers of the target. */
  readonly warp: WarperChain;
  /** The needs of the draft. */
  readonly needs: DraftNeeds;
  /** Settings with which it would need no draft model, such as `draft: ngram`. */
  readonly alternatives: readonly string[];
  /** The model that proposes, where a model does. */
  proposer(resources: DecodeResources): Proposer | undefined;
}

/** A strategy: a way of choosing tokens, with its settings. */
export interface StrategyDefinition<
  Settings extends { readonly strategy: string } = { readonly strategy: string },
> {
  /** Its name in configs, the value of `strategy`. */
  readonly name: string;
  /** How it chooses, in one line. */
  readonly summary: string;
  /** The paper or system that it follows. */
  readonly reference?: string;
  /** Its settings, one value each, in the order of labels and tables; `strategy` is the first. */
  schema(z: Zod): SettingsSchema<Settings>;
  /** The defaults that a label leaves out, by setting; labels name all other values. */
  readonly unsaid?: Readonly<Record<string, unknown>>;
  /**
   * The former names of renamed settings, by their present names. Random streams are seeded by the
   * former ones, so that samples are what they were: these must never change.
   */
  readonly streamNames?: Readonly<Record<string, string>>;
  /** Whether a prompt gives the same texts every time, so that one decoding stands for all samples. */
  readonly isDeterministic: boolean;
  /** Whether it looks for probable texts, so that it can miss the most probable one. */
  readonly isSearch: boolean;
  /**
   * Whether every token is drawn, given those before it, from just the distribution in which
   * `warpedLogProbs` has its log-probability, or is certain: then minus their mean is the entropy of
   * these distributions. Not so where texts are chosen among several that were drawn, or drawn without
   * replacement, or where tokens are accepted by a rule that changes their distribution.
   */
  drawsEachToken(settings: Settings): boolean;
  /** How many sequences one decoding reads at once, at most; 1 if left out. */
  sequences?(settings: Settings): number;
  /** How many texts one decoding returns, at most; 1 if left out. */
  texts?(settings: Settings): number;
  /**
   * Raised where these settings come to give other texts than before, so that cached ones are not
   * reused, while those of other settings are; none where they never did.
   */
  revision?(settings: Settings): number | undefined;
  /** Settings that the schema allows one by one but that do not go together. */
  problems?(settings: Settings): readonly SettingProblem[];
  /** The warpers after which it draws token by token, where that is all that it does. */
  samplesAfter?(settings: Settings): WarperChain;
  /** How it speculates, if it does. */
  speculation?(settings: Settings): SpeculationProfile;
  /** The strategy with these settings. */
  create(settings: Settings, resources: DecodeResources): Strategy;
}

/**
 * The settings that a definition's schema describes.
 *
 * @internal
 */
export type SettingsOf<Definition extends { schema(z: Zod): z.ZodType }> = z.output<
  ReturnType<Definition["schema"]>
>;

/** The settings of a strategy `Name` whose other settings are described by `Shape`. */
type NamedSettings<Name extends string, Shape extends SettingSchemas> =
  & { readonly strategy: Name }
  // Zod says of an object without keys that it has none, not even the name.
  & (keyof Shape extends never ? unknown : z.output<z.ZodObject<Shape, z.core.$strict>>);

/**
 * A strategy with one set of settings: `settings` has the schema of each but `strategy`, which is its
 * name.
 *
 * @internal
 */
export function defineStrategy<const Name extends string, Shape extends SettingSchemas>(
  { settings, ...facts }:
    & { readonly name: Name; settings(z: Zod): Shape }
    & Omit<StrategyDefinition<NamedSettings<Name, Shape>>, "name" | "schema">,
): StrategyDefinition<NamedSettings<Name, Shape>> {
  return {
    ...facts,
    schema(z) {
      const strategy = z.literal(facts.name);
      const schema = z.strictObject({ strategy, ...settings(z) }).describe(facts.summary);
      // Sound: TypeScript cannot see through zod's types while the shape is not known.
      return schema as unknown as SettingsSchema<NamedSettings<Name, Shape>>;
    },
  };
}

/** A warper: a transform of the distribution that tokens are drawn from, with one number. */
export interface WarperDefinition<Name extends string = string, Setting extends string = string> {
  /** Its name in a chain. */
  readonly name: Name;
  /** Its effect, in one line. */
  readonly summary: string;
  /** The same as a formula of logits l and probabilities p, H their entropy in nats. */
  readonly formula: string;
  /** Its effect at the limits of its value, in one line. */
  readonly edges: string;
  /** The paper or system that it follows. */
  readonly reference?: string;
  /** The schema of its value, with a description. */
  value(z: Zod): NumberSchema;
  /** The value with which it changes no distribution whatever the vocabulary, if there is one. */
  readonly identity?: number;
  /** A value that is refused and has a name elsewhere, and where, for the message that refuses it. */
  readonly refused?: { readonly value: number; readonly hint: string };
  /** As a strategy of its own, which samples with this warper alone. */
  readonly strategy: {
    /** The name of the setting: the warper's own, unless a shorter one says it. */
    readonly setting: Setting;
    /** How that chooses, in one line. */
    readonly summary: string;
    /** The value if none is given. */
    readonly default: number;
  };
  /** The warper with this value. */
  create(value: number): Warper;
}

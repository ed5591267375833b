/**
 * Drafts, which propose tokens in speculative decoding, acceptance rules, which decide on them, and
 * the definitions of both. A draft must report the distribution that it drew each token from:
 * losslessness depends on that alone.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import type { z } from "zod";
import type { Token } from "../../model/language_model.ts";
import { pooledArray } from "../../model/pooled_arrays.ts";
import type {
  DecodeResources,
  DraftNeeds,
  OptionSchema,
  Proposer,
  SettingSchemas,
  SpeculationProfile,
  WarperChain,
  Zod,
} from "../definition.ts";
import type { Costs, DecodeRequest, Decoding, Strategy } from "../strategy.ts";
import { chainSchema } from "../warp/definitions.ts";

/**
 * Tokens proposed in one round; only the last of them may be a stop token. A draft may write the next
 * proposal over it.
 */
export interface Proposal {
  /** The tokens, in order; there may be none. */
  readonly tokens: readonly Token[];
  /** The distribution `[V]` that each was drawn from; one-hot where nothing was drawn. */
  readonly distributions: readonly Float64Array[];
}

/** A source of proposed tokens. */
export interface Draft {
  /** Begins to draft for one sample. */
  open(request: DecodeRequest): Drafting;
}

/** A draft at work on one sample. */
export interface Drafting {
  /**
   * Proposes up to `most` tokens to follow `text` (BOS, the prompt and the generated tokens), which is
   * unchanged when it returns. Passes are counted in `costs`.
   */
  propose(text: Token[], most: number, costs: Costs): Decoding<Proposal>;
  /** Closes its sequences. */
  close(): void;
}

/**
 * The distributions of the tokens of one proposal after another, by their place in it. They are written
 * over those of the proposal before: a new array takes a good part of the time that a token does.
 */
export class ProposedRows {
  readonly #rows: Float64Array[] = [];
  readonly #sure: { token: Token; readonly row: Float64Array }[] = [];

  /** An array of `vocabSize` for the token at `place`. */
  at(place: number, vocabSize: number): Float64Array {
    return this.#rows[place] ??= pooledArray(vocabSize);
  }

  /** All the mass on `token`, of `vocabSize`, for the token at `place`. */
  oneHot(place: number, token: Token, vocabSize: number): Float64Array {
    const sure = this.#sure[place];
    if (sure === undefined) {
      const row = oneHot(token, vocabSize);
      this.#sure[place] = { token, row };
      return row;
    }
    sure.row[sure.token] = 0;
    sure.row[token] = 1;
    sure.token = token;
    return sure.row;
  }
}

/** All the mass on `token`, of `vocabSize`: the distribution of a token that was not drawn. */
export function oneHot(token: Token, vocabSize: number): Float64Array {
  const distribution = pooledArray(vocabSize);
  distribution[token] = 1;
  return distribution;
}

/**
 * The settings that every draft has.
 *
 * @internal
 */
export const commonSettings = (z: Zod) => ({
  draft_k: z.int().min(1).max(1_000).default(4).describe(
    "The most tokens that the draft proposes in a round",
  ),
  warp: chainSchema(z).default([]).describe(
    "The warpers of the target, and of the draft unless draft_warp is given, in the order of application",
  ),
});

/** The values of {@linkcode commonSettings}, and the draft that they are of. */
export interface CommonDraftSettings {
  /** The draft's name. */
  readonly draft: string;
  /** The most tokens that it proposes in a round. */
  readonly draft_k: number;
  /** The warpers of the target. */
  readonly warp: WarperChain;
}

/** A draft: the source of the tokens that are proposed in speculative decoding. */
export interface DraftDefinition<Settings extends CommonDraftSettings = CommonDraftSettings> {
  /** Its name in configs, the value of `draft`. */
  readonly name: string;
  /** How it proposes, in one line. */
  readonly summary: string;
  /** The paper or system that it follows. */
  readonly reference?: string;
  /** The schema of each of its settings but `draft`, in the order of labels and tables. */
  settings(z: Zod): SettingSchemas;
  /** Its needs. */
  readonly needs: DraftNeeds;
  /**
   * Whether every proposal has as many tokens as it may have, unless it ends the text: theory takes all
   * to be of one length.
   */
  hasConstantLength(settings: Settings): boolean;
  /** The model that proposes, where a model does. */
  proposer?(settings: Settings, resources: DecodeResources): Proposer | undefined;
  /** The draft with these settings. */
  create(settings: Settings, resources: DecodeResources): Draft;
}

/** The settings of a draft `Name` whose other settings are described by `Shape`. */
type DraftSettings<Name extends string, Shape extends SettingSchemas> =
  & { readonly draft: Name }
  & z.output<z.ZodObject<Shape, z.core.$strict>>;

/** The settings that a draft's definition describes. */
export type SettingsOfDraft<Definition> = Definition extends DraftDefinition<infer Settings>
  ? Settings
  : never;

/**
 * A draft whose settings, all but `draft`, are described by `settings`.
 *
 * @internal
 */
export function defineDraft<
  const Name extends string,
  Shape extends { draft_k: z.ZodType<number>; warp: z.ZodType<WarperChain> },
>(
  facts:
    & { readonly name: Name; settings(z: Zod): Shape }
    & Omit<DraftDefinition<CommonDraftSettings & DraftSettings<Name, Shape>>, "name" | "settings">,
): DraftDefinition<CommonDraftSettings & DraftSettings<Name, Shape>> {
  return facts;
}

/** A rule by which proposed tokens are accepted or refused in speculative decoding. */
export interface AcceptanceRuleDefinition<
  Settings extends { readonly acceptance_rule: string } = { readonly acceptance_rule: string },
> {
  /** Its name in configs, the value of `acceptance_rule`. */
  readonly name: string;
  /** How it decides, in one line. */
  readonly summary: string;
  /** The paper or system that it follows. */
  readonly reference?: string;
  /** The schema of its settings, which begin with those of `first`: the strategy and the rule. */
  schema(z: Zod, first: SettingSchemas): OptionSchema;
  /** How it speculates with these settings. */
  speculation(settings: Settings): SpeculationProfile;
  /** The strategy with these settings. */
  create(settings: Settings, resources: DecodeResources): Strategy;
}

import {
  type Draw,
  type LanguageModel,
  type Logits,
  newDraw,
  type StopTokens,
  type Token,
} from "../../../model/language_model.ts";
import type { RandomSource } from "../../../random/random_stream.ts";
import type { DecodeResources, Proposer, WarperChain, Zod } from "../../definition.ts";
import { argmax, draw as drawn } from "../../distribution.ts";
import { isLarge } from "../../large_rows.ts";
import type { Costs, DecodeRequest, Decoding } from "../../strategy.ts";
import { chainSchema, createWarpers } from "../../warp/definitions.ts";
import {
  distributionInto,
  passingDistribution,
  temperatureOf,
  type Warper,
} from "../../warp/warper.ts";
import {
  commonSettings,
  defineDraft,
  type Draft,
  type Drafting,
  type Proposal,
  ProposedRows,
} from "../draft.ts";
import { RewindableSequence } from "../rewindable_sequence.ts";

/** How a model drafts. */
export interface ModelDraftOptions {
  /** Draw from the model's distribution, or take the most probable token. */
  readonly choice: "sample" | "argmax";
  /** The warpers of the model's distribution, in order. */
  readonly warpers: readonly Warper[];
  /**
   * Stop after a token whose own probability is below this, 0 (never) to 1. The token itself is still
   * proposed: to drop it for being improbable would change the distribution that it was drawn from.
   */
  readonly confidence: number;
}

/** Drafts with `model`, token by token, until a stop token. Its passes count as the draft's. */
export function modelDraft(model: LanguageModel, options: ModelDraftOptions): Draft {
  const { confidence } = options;
  if (!(confidence >= 0 && confidence <= 1)) {
    throw new RangeError(
      `Cannot draft with confidence ${confidence}: expected a number from 0 to 1`,
    );
  }
  return {
    open(request) {
      const [theirs, ours] = [request.target.spec.vocabSize, model.spec.vocabSize];
      if (theirs === ours) return new ModelDrafting(model, options, request);
      throw new TypeError(
        `Cannot draft with a model of ${ours} tokens: expected the target's ${theirs}`,
      );
    },
  };
}

class ModelDrafting implements Drafting {
  readonly #model: LanguageModel;
  readonly #options: ModelDraftOptions;
  readonly #reading: RewindableSequence;
  readonly #stops: StopTokens;
  readonly #random: RandomSource;
  readonly #promptLength: number;
  readonly #rows = new ProposedRows();
  readonly #draw: Draw | undefined;
  /** Each proposal, one after the other. */
  readonly #proposal: { readonly tokens: Token[]; readonly distributions: Float64Array[] } = {
    tokens: [],
    distributions: [],
  };

  constructor(model: LanguageModel, options: ModelDraftOptions, request: DecodeRequest) {
    this.#model = model;
    this.#options = options;
    this.#reading = new RewindableSequence(model, "draft");
    this.#stops = request.stops;
    this.#random = request.random;
    this.#promptLength = request.prompt.length;
    this.#draw = drawOf(model, options);
  }

  *propose(text: Token[], most: number, costs: Costs): Decoding<Proposal> {
    const { choice, confidence } = this.#options;
    const { blockSize, vocabSize } = this.#model.spec;
    const before = text.length;
    this.#reading.settle(before);
    const draw = this.#draw;
    const { tokens, distributions } = this.#proposal;
    while (tokens.length > 0) {
      tokens.pop();
      distributions.pop();
    }
    while (tokens.length < most && text.length <= blockSize) {
      const own = this.#rows.at(tokens.length, vocabSize);
      const uniform = choice === "sample" ? this.#random.next() : 0;
      if (draw !== undefined) {
        draw.uniform = uniform;
        draw.distribution = own;
      }
      const pass = this.#reading.askToDraw(text, draw, costs);
      const logits = this.#reading.takeLast(pass && (yield pass));
      let token: Token;
      if (draw !== undefined && logits.length === 0) token = draw.token;
      else {
        this.#distribute(own, logits, text);
        token = choice === "sample" ? drawn(own, uniform) : argmax(own);
      }
      distributions.push(
        choice === "sample" ? own : this.#rows.oneHot(tokens.length, token, vocabSize),
      );
      tokens.push(token);
      if (this.#stops.has(token) || (own[token] as number) < confidence) break;
      text.push(token);
    }
    while (text.length > before) text.pop();
    return this.#proposal;
  }

  close(): void {
    this.#reading.close();
  }

  /** Makes `row` the distribution of the token after `text`. */
  #distribute(row: Float64Array, logits: Logits, text: readonly Token[]): void {
    const { warpers } = this.#options;
    if (isLarge(logits)) {
      row.set(passingDistribution(logits, warpers, text, this.#promptLength));
    } else {
      distributionInto(row, logits, warpers, text, this.#promptLength);
    }
  }
}

/** The draw that an engine may make for a draft, if it may: not where `large_rows.ts` adds in another order. */
function drawOf(
  { spec: { vocabSize } }: LanguageModel,
  { choice, warpers }: ModelDraftOptions,
): Draw | undefined {
  const temperature = choice === "sample" ? temperatureOf(warpers) : undefined;
  if (temperature === undefined || isLarge({ length: vocabSize })) return undefined;
  return newDraw(temperature);
}

/**
 * The settings of a draft that is a model.
 *
 * @internal
 */
export const modelSettings = (z: Zod) => ({
  draft_choice: z.enum(["sample", "argmax"]).default("sample").describe(
    "Whether the draft draws what it proposes or takes the most probable token",
  ),
  draft_k: commonSettings(z).draft_k,
  confidence: z.number().min(0).max(1).optional().describe(
    "Adaptive drafting: stop after a token whose probability in the draft is below this",
  ),
  warp: commonSettings(z).warp,
  draft_warp: chainSchema(z).optional()
    .describe("The warpers of the draft, in place of the target's"),
});

/** The settings of a draft that is a model, with one value each. */
export interface ModelDraftSettings {
  /** Whether it draws its tokens or takes the most probable one. */
  readonly draft_choice: "sample" | "argmax";
  /** See {@linkcode ModelDraftOptions.confidence}; never to stop if left out. */
  readonly confidence?: number | undefined;
  /** The warpers of the target. */
  readonly warp: WarperChain;
  /** The model's own warpers; the target's if left out. */
  readonly draft_warp?: WarperChain | undefined;
}

/** Whether a model with these settings never stops for want of confidence. */
export function neverStops({ confidence = 0 }: ModelDraftSettings): boolean {
  return confidence === 0;
}

/** Drafts with `model` as `settings` say. */
export function draftWith(model: LanguageModel, settings: ModelDraftSettings): Draft {
  return modelDraft(model, {
    choice: settings.draft_choice,
    warpers: createWarpers(settings.draft_warp ?? settings.warp),
    confidence: settings.confidence ?? 0,
  });
}

/** The trained draft model; throws a `TypeError` where there is none. */
export function trainedDraft({ draftModel }: DecodeResources): LanguageModel {
  if (draftModel !== undefined) return draftModel;
  throw new TypeError("Cannot decode speculatively: there is no draft model");
}

/** The trained draft model with its name in tables, where there is one. */
export function trainedProposer({ draftModel }: DecodeResources): Proposer | undefined {
  return draftModel && { name: "draft", model: draftModel };
}

/**
 * The draft `model`.
 *
 * @internal
 */
export const modelDefinition = defineDraft({
  name: "model",
  summary: "The draft model (models.draft) proposes",
  reference: "Leviathan, Kalman and Matias, 2023; Chen et al., 2023",
  settings: modelSettings,
  needs: "draft model",
  hasConstantLength: neverStops,
  proposer: (_, resources) => trainedProposer(resources),
  create: (settings, resources) => draftWith(trainedDraft(resources), settings),
});

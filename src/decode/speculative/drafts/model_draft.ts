import type { LanguageModel, Logits, Token } from "../../../model/language_model.ts";
import { choose } from "../../../random/choose.ts";
import type { RandomSource } from "../../../random/random_stream.ts";
import { argmax } from "../../distribution.ts";
import type { Draft, Drafting, Proposal } from "../draft.ts";
import { Reader } from "../rewindable_sequence.ts";
import type { Costs, DecodeRequest, Decoding } from "../../strategy.ts";
import { oneHot, warpedDistribution } from "../rejection_sampling.ts";
import type { Warper } from "../../warp/warper.ts";

/** How a model drafts. */
export interface ModelDraftOptions {
  /** Draw from the model's distribution, or take the most probable token. */
  readonly choice: "sample" | "argmax";
  /** What the model's distribution goes through, in order. */
  readonly warpers: readonly Warper[];
  /**
   * Stop after a token whose own probability is below this, 0 (never) to 1. The token itself is still
   * proposed: to drop what was drawn for being improbable would change what it was drawn from.
   */
  readonly confidence: number;
}

/** Drafts with `model`, token by token, until it says EOS. Its passes count as the draft's. */
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
  readonly #reader: Reader;
  readonly #eos: Token;
  readonly #random: RandomSource;
  readonly #promptLength: number;

  constructor(model: LanguageModel, options: ModelDraftOptions, request: DecodeRequest) {
    this.#model = model;
    this.#options = options;
    this.#reader = new Reader(model, "draft");
    this.#eos = request.eos;
    this.#random = request.random;
    this.#promptLength = request.prompt.length;
  }

  *propose(text: Token[], most: number, costs: Costs): Decoding<Proposal> {
    const { warpers, confidence } = this.#options;
    const { blockSize } = this.#model.spec;
    const before = text.length;
    const tokens: Token[] = [];
    const distributions: Float64Array[] = [];
    while (tokens.length < most && text.length <= blockSize) {
      const [logits] = yield* this.#reader.rows(text, [], costs);
      const own = warpedDistribution(logits as Logits, warpers, text, this.#promptLength);
      const { token, distribution } = this.#choose(own);
      tokens.push(token);
      distributions.push(distribution);
      if (token === this.#eos || (own[token] as number) < confidence) break;
      text.push(token);
    }
    text.length = before;
    return { tokens, distributions };
  }

  close(): void {
    this.#reader.close();
  }

  /** A token, and what it was drawn from. */
  #choose(own: Float64Array): { token: Token; distribution: Float64Array } {
    if (this.#options.choice === "sample") {
      return { token: choose(own, this.#random.next()), distribution: own };
    }
    const token = argmax(own);
    return { token, distribution: oneHot(token, own.length) };
  }
}

/**
 * The grid over which speculative decoding is shown to be lossless.
 *
 * Texts of up to four tokens over a vocabulary of five can all be listed: 341 of them, whose exact
 * probabilities the sampled frequencies are held against.
 *
 * @module
 */
import { chainText } from "../../src/decode/cell.ts";
import type { WarperName, WarperSettings } from "../../src/decode/warp/definitions.ts";
import type { Draft } from "../../src/decode/speculative/draft.ts";
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { promptLookup } from "../../src/decode/speculative/drafts/prompt_lookup.ts";
import { speculative } from "../../src/decode/speculative/speculative.ts";
import type { Strategy } from "../../src/decode/strategy.ts";
import { createWarpers } from "../../src/decode/warp/definitions.ts";
import type { Warper } from "../../src/decode/warp/warper.ts";
import type { LanguageModel } from "../../src/model/language_model.ts";
import { NgramModel } from "../../src/model/ngram/ngram_model.ts";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import { randomWeights } from "../model/small_model.ts";
import type { Source } from "./sequences.ts";

/** One strategy and the warpers of the target that it must do justice to. */
export interface Candidate {
  readonly name: string;
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
export const source: Source = { target, prompt: [EOS, 0, 1, 0], eos: EOS, maxNewTokens: 4 };

type Chain = readonly WarperSettings[];

/** A chain that begins with each warper: the compiler sees that none is missing. */
export const chains: {
  readonly [Name in WarperName]: readonly [{ readonly [Key in Name]: number }, ...Chain];
} = {
  temperature: [{ temperature: 0.6 }],
  top_k: [{ top_k: 3 }, { temperature: 1.4 }],
  top_p: [{ top_p: 0.8 }],
  min_p: [{ min_p: 0.3 }],
  typical_p: [{ typical_p: 0.7 }],
  top_n_sigma: [{ top_n_sigma: 1.5 }],
  epsilon: [{ epsilon: 0.12 }],
  eta: [{ eta: 0.4 }],
  repetition_penalty: [{ repetition_penalty: 2 }],
  presence_penalty: [{ presence_penalty: 1 }, { top_k: 4 }],
  frequency_penalty: [{ frequency_penalty: 1 }],
  no_repeat_ngram: [{ no_repeat_ngram: 2 }],
};

/** A draft of `model`'s tokens, drawn from what `warpers` make of its distribution. */
export function sampledDraft(
  model: LanguageModel,
  warpers: readonly Warper[],
  confidence = 0,
): Draft {
  return modelDraft(model, { choice: "sample", warpers, confidence });
}

function argmaxDraft(model: LanguageModel, warpers: readonly Warper[]): Draft {
  return modelDraft(model, { choice: "argmax", warpers, confidence: 0 });
}

const drafts = {
  "model": (warpers) => sampledDraft(smaller, warpers),
  "model, unwarped": () => sampledDraft(smaller, []),
  "model, argmax": (warpers) => argmaxDraft(smaller, warpers),
  "model, adaptive": (warpers) => sampledDraft(smaller, warpers, 0.25),
  "ngram": (warpers) => sampledDraft(ngram, warpers),
  "ngram, argmax": (warpers) => argmaxDraft(ngram, warpers),
  "prompt_lookup": () => promptLookup,
} as const satisfies Record<string, (warpers: readonly Warper[]) => Draft>;

type DraftName = keyof typeof drafts;

function candidate(draft: DraftName, chain: Chain, draftK: number): Candidate {
  const warpers = createWarpers(chain);
  return {
    name: `${draft}, draft_k ${draftK}, warp ${chainText(chain)}`,
    strategy: speculative({ draft: drafts[draft](warpers), draftK, warpers }),
    warpers,
  };
}

const everyDraft = Object.keys(drafts) as DraftName[];
const { temperature, presence_penalty, ...others } = chains;

/**
 * All that must be lossless: every draft, proposing one token and three, without warpers, with one
 * and with two of which one needs the history; and every other warper with a draft of each kind.
 */
export const losslessGrid: readonly Candidate[] = [
  ...[[], temperature, presence_penalty].flatMap((chain) =>
    everyDraft.flatMap((draft) => [1, 3].map((draftK) => candidate(draft, chain, draftK)))
  ),
  ...Object.values(others).flatMap((chain) =>
    (["model", "ngram", "prompt_lookup"] as const).map((draft) => candidate(draft, chain, 3))
  ),
];

/**
 * The grid over which speculative decoding is shown to be lossless, and the broken variants by which
 * the test is shown to notice.
 *
 * Texts of up to four tokens over a vocabulary of five can all be listed: 341 of them, whose exact
 * probabilities the sampled frequencies are held against.
 *
 * @module
 */
import type { Draft } from "../../src/decode/draft.ts";
import { softmax } from "../../src/decode/distribution.ts";
import { modelDraft } from "../../src/decode/model_draft.ts";
import { promptLookup } from "../../src/decode/prompt_lookup.ts";
import { speculative } from "../../src/decode/speculative.ts";
import { speculativeOriginal } from "../../src/decode/speculative_original.ts";
import type { Strategy } from "../../src/decode/strategy.ts";
import { topK, topP } from "../../src/decode/warp/ranked_truncation.ts";
import { temperature } from "../../src/decode/warp/temperature.ts";
import type { Warper } from "../../src/decode/warp/warper.ts";
import type { LanguageModel } from "../../src/model/language_model.ts";
import { NgramModel } from "../../src/model/ngram/ngram_model.ts";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import { randomWeights } from "../model/small_model.ts";
import {
  dropped,
  EARLY_BONUS,
  misreporting,
  NO_SUBTRACTION,
  RIGHT,
  type Rules,
  speculativeBy,
} from "./broken.ts";
import { type Fit, goodnessOfFit, rejectedByHolm } from "./goodness_of_fit.ts";
import { sequenceCounts, sequenceProbabilities, type Source } from "./sequences.ts";

/** One strategy and the warpers of the target that it must do justice to. */
export interface Candidate {
  readonly name: string;
  readonly strategy: Strategy;
  readonly warpers: readonly Warper[];
}

/** A candidate and what was found. */
export interface Verdict extends Fit {
  readonly name: string;
  /** Whether the frequencies are too far off. */
  readonly rejected: boolean;
}

const EOS = 4;
const spec = { vocabSize: 5, blockSize: 8, nEmbd: 8, nHead: 2, nLayer: 1 };
const target = new SimdGpt(randomWeights(spec, 6, 0.2));
const smaller = new SimdGpt(randomWeights({ ...spec, nEmbd: 4 }, 106, 0.2));
const ngram = NgramModel.count(
  [[4, 0, 1, 0, 1, 4], [4, 2, 1, 3, 4], [4, 1, 0, 1, 4], [4, 3, 3, 4]],
  2,
  spec,
);
/** The prompt repeats itself, so that a lookup finds something from the first round on. */
const source: Source = { target, prompt: [EOS, 0, 1, 0], eos: EOS, maxNewTokens: 4 };

/** What is off for the tokens that the text has already: the penalty that needs the history. */
const penalty: Warper = {
  name: "presence",
  apply(logits, history) {
    for (const token of new Set(history.slice(1))) logits[token] = (logits[token] as number) - 1;
  },
};

const chains: readonly [string, readonly Warper[]][] = [
  ["none", []],
  ["temperature 0.6", [temperature(0.6)]],
  ["top_k 3 → temperature 1.4", [topK(3), temperature(1.4)]],
  ["top_p 0.8", [topP(0.8)]],
  ["presence 1 → top_k 4", [penalty, topK(4)]],
];

const sampled = (model: LanguageModel, warpers: readonly Warper[], confidence = 0): Draft =>
  modelDraft(model, { choice: "sample", warpers, confidence });
const argmax = (model: LanguageModel, warpers: readonly Warper[]): Draft =>
  modelDraft(model, { choice: "argmax", warpers, confidence: 0 });

const drafts: readonly [string, (warpers: readonly Warper[]) => Draft][] = [
  ["model", (warpers) => sampled(smaller, warpers)],
  ["model, unwarped", () => sampled(smaller, [])],
  ["model, argmax", (warpers) => argmax(smaller, warpers)],
  ["model, adaptive", (warpers) => sampled(smaller, warpers, 0.25)],
  ["ngram", (warpers) => sampled(ngram, warpers)],
  ["ngram, argmax", (warpers) => argmax(ngram, warpers)],
  ["prompt_lookup", () => promptLookup],
];

/** All that must be lossless: every draft under every chain, proposing one token and three. */
const losslessGrid: readonly Candidate[] = chains.flatMap(([chain, warpers]) =>
  drafts.flatMap(([draft, make]) =>
    [1, 3].map((draftK) => ({
      name: `${draft}, draft_k ${draftK}, warp ${chain}`,
      strategy: speculative({ draft: make(warpers), draftK, warpers }),
      warpers,
    }))
  )
);

const warm = [temperature(0.6)];
/** What `warm` made its argument of. */
const unwarped = (q: Float64Array): Float64Array =>
  softmax(q.map((share) => 0.6 * Math.log(share)));
const broken = (rules: Rules): Strategy =>
  speculativeBy(rules, { draft: sampled(smaller, warm), draftK: 3, warpers: warm });

/** What must be rejected, and why. */
const brokenVariants: readonly Candidate[] = [
  {
    name: "variant original: an argmax accepted as if it had been sampled",
    strategy: speculativeOriginal(smaller, 3),
    warpers: [],
  },
  {
    name: "residual without subtraction",
    strategy: broken(NO_SUBTRACTION),
    warpers: warm,
  },
  { name: "bonus from a position too early", strategy: broken(EARLY_BONUS), warpers: warm },
  {
    name: "warped target against unwarped draft",
    strategy: speculative({
      draft: misreporting(sampled(smaller, warm), (proposal) => ({
        ...proposal,
        distributions: proposal.distributions.map(unwarped),
      })),
      draftK: 3,
      warpers: warm,
    }),
    warpers: warm,
  },
  {
    name: "adaptive draft that drops what it is not sure of",
    strategy: speculative({
      draft: misreporting(sampled(smaller, [], 0.2), dropped(0.2)),
      draftK: 3,
      warpers: [],
    }),
    warpers: [],
  },
];

/** The copy of the algorithm that the broken ones are made from, unbroken: it must not be rejected. */
const control: Candidate = {
  name: "control: the broken ones' algorithm without a fault",
  strategy: broken(RIGHT),
  warpers: warm,
};

/** The chance that anything lossless is rejected, over the whole grid (Holm's correction). */
export const FALSE_ALARM = 0.001;

/** What the whole examination found. */
export interface Examination {
  /** What must be lossless, the control last. */
  readonly lossless: readonly Verdict[];
  /** What must not. */
  readonly broken: readonly Verdict[];
}

/** How many samples of each to draw, and whom to tell of each verdict. */
export interface ExaminationOptions {
  readonly losslessSamples: number;
  readonly brokenSamples: number;
  readonly onVerdict?: (done: number, of: number) => void;
}

/** Examines everything. */
export function examineAll(options: ExaminationOptions): Examination {
  const { losslessSamples, brokenSamples, onVerdict } = options;
  const total = losslessGrid.length + 1 + brokenVariants.length;
  let done = 0;
  const all = (candidates: readonly Candidate[], samples: number): Verdict[] => {
    const fits = candidates.map((candidate) => {
      const fit = examine(candidate, samples);
      onVerdict?.(++done, total);
      return fit;
    });
    const rejected = rejectedByHolm(fits.map(({ pValue }) => pValue), FALSE_ALARM);
    return fits.map((fit, i): Verdict => ({
      ...fit,
      name: candidates[i]?.name ?? "",
      rejected: rejected[i] ?? false,
    }));
  };
  return {
    lossless: all([...losslessGrid, control], losslessSamples),
    broken: all(brokenVariants, brokenSamples),
  };
}

/** Holds `samples` samples of a candidate against the exact probabilities. */
function examine({ name, strategy, warpers }: Candidate, samples: number): Fit {
  const counts = sequenceCounts(source, strategy, samples, name);
  return goodnessOfFit(counts, sequenceProbabilities(source, warpers));
}

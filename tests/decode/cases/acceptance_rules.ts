/**
 * A table of cases for each acceptance rule, by its name: all that the tests need to know of it.
 *
 * @module
 */
import type { NextProbabilities } from "../mock_model.ts";

/** The cases of one acceptance rule. */
export interface AcceptanceRuleCases {
  /** Whether its texts are drawn from exactly the target's distribution, as `verify` shows. */
  readonly isLossless: boolean;
  /** Settings as a config says them, without `strategy` and `acceptance_rule`. */
  readonly settings: readonly Readonly<Record<string, unknown>>[];
  /**
   * One round with `draft_k` 1 in which the draft model proposes 0: the target's probabilities and the
   * draft's, the uniform numbers, and the tokens of the text, which has two at most.
   */
  readonly rounds: readonly (readonly [
    name: string,
    target: NextProbabilities,
    draft: readonly number[],
    uniforms: readonly number[],
    tokens: readonly number[],
    counts: { readonly accepted: number; readonly resampled: number; readonly bonus: number },
  ])[];
}

/** `first` after BOS, and then a certain stop token, which is 3. */
const then = (first: readonly number[]): NextProbabilities => ({ length }) =>
  length === 1 ? first : [0, 0, 0, 1];

/** The cases, by the rule's name. */
export const acceptanceRuleCases: Readonly<Record<string, AcceptanceRuleCases>> = {
  rejection_sampling: {
    isLossless: true,
    settings: [
      { draft_k: 1 },
      { draft_k: 3, warp: [{ temperature: 0.7 }], draft_warp: [] },
      { draft: "prompt_lookup" },
    ],
    rounds: [
      // Uniform numbers: the draft's, the test's, and that of the bonus or the replacement.
      [
        "accepts with p/q, and adds a bonus token",
        then([.6, .4, 0, 0]),
        [.8, .2, 0, 0],
        [0, .74, 0],
        [0],
        { accepted: 1, resampled: 0, bonus: 1 },
      ],
      [
        "refuses above p/q, and draws from p − q",
        then([.6, .4, 0, 0]),
        [.8, .2, 0, 0],
        [0, .76, 0, 0],
        [1],
        { accepted: 0, resampled: 1, bonus: 1 },
      ],
    ],
  },
  original: {
    isLossless: false,
    settings: [{ draft_k: 1 }, { draft_k: 3 }],
    rounds: [
      // Uniform numbers: the test's, and that of the replacement; the draft takes its argmax.
      [
        "accepts an argmax with p/q, and adds nothing",
        then([.6, .4, 0, 0]),
        [.8, .2, 0, 0],
        [.74, .5, .99],
        [0],
        { accepted: 1, resampled: 0, bonus: 0 },
      ],
      [
        "refuses above p/q, draws from p − q, and loses a stop token that it draws",
        then([.6, .4, 0, 0]),
        [.8, .2, 0, 0],
        [.76, 0, .5, .99],
        [1],
        { accepted: 0, resampled: 1, bonus: 0 },
      ],
    ],
  },
};

/**
 * A table of cases for each draft, by its name: all that the tests need to know of it.
 *
 * @module
 */

/** Settings as a config says them, without `strategy`, `draft`, `draft_k` and `warp`. */
export type DraftVariant = Readonly<Record<string, unknown>>;

/** The cases of one draft. */
export interface DraftCases {
  /**
   * Its settings, by a name; the first has the defaults. Speculative decoding is shown to be lossless
   * with each of them.
   */
  readonly variants: Readonly<Record<string, DraftVariant>>;
  /**
   * The tokens that it proposes after `text` if every uniform number is .7. The draft model gives 0
   * .6 and 1 .4, the n-gram model the reverse; 3 is BOS and the stop token.
   */
  readonly proposals: readonly (readonly [
    name: string,
    settings: DraftVariant & { readonly warp?: readonly object[] },
    text: readonly number[],
    most: number,
    tokens: readonly number[],
  ])[];
}

const text = [3, 0, 1, 0];

/** The cases, by the draft's name. */
export const draftCases: Readonly<Record<string, DraftCases>> = {
  model: {
    variants: {
      "model": {},
      "model, unwarped": { draft_warp: [] },
      "model, argmax": { draft_choice: "argmax" },
      "model, adaptive": { confidence: 0.25 },
    },
    proposals: [
      ["draws from the draft model", {}, text, 3, [1, 1, 1]],
      ["no more than asked for", {}, text, 2, [1, 1]],
      ["none, if none is asked for", {}, text, 0, []],
      ["takes its most probable token", { draft_choice: "argmax" }, text, 3, [0, 0, 0]],
      ["stops after a token below the confidence", { confidence: 0.5 }, text, 3, [1]],
      ["has the warpers of the target", { warp: [{ top_k: 1 }] }, text, 3, [0, 0, 0]],
      ["has warpers of its own", { warp: [{ top_k: 1 }], draft_warp: [] }, text, 3, [1, 1, 1]],
    ],
  },
  ngram: {
    variants: {
      "ngram": { ngram_order: 2 },
      "ngram, argmax": { ngram_order: 2, draft_choice: "argmax" },
    },
    proposals: [
      ["draws from the n-gram model", {}, text, 3, [1, 1, 1]],
      ["takes its most probable token", { draft_choice: "argmax" }, text, 3, [1, 1, 1]],
      ["has the warpers of the target", { warp: [{ temperature: 100 }] }, text, 2, [1, 1]],
    ],
  },
  prompt_lookup: {
    variants: { prompt_lookup: {} },
    proposals: [
      ["nothing after a new token", {}, [3, 0, 1], 4, []],
      ["what followed it", {}, [3, 0, 1, 2, 0], 2, [1, 2]],
      ["no more than asked for", {}, [3, 0, 1, 2, 0], 1, [1]],
      ["no more than there is", {}, [3, 0, 1, 0], 4, [1, 0]],
      ["after the longest match, not the latest", {}, [3, 0, 1, 2, 1, 0, 0, 1], 1, [2]],
      ["after the latest of equal matches", {}, [3, 0, 1, 0, 2, 0], 1, [2]],
      ["in a run of one token", {}, [3, 1, 1, 1], 4, [1]],
    ],
  },
};

/**
 * A table of cases for each strategy, by its name: all that the tests need to know of it. Those of a
 * warper's own strategy follow from the cases of the warper.
 *
 * @module
 */
import { warpers } from "../../../src/decode/warp/definitions.ts";
import { EOS, known } from "../known_model.ts";
import type { NextProbabilities } from "../mock_model.ts";
import { acceptanceRuleCases } from "./acceptance_rules.ts";
import { draftCases } from "./drafts.ts";
import { warperCases } from "./warpers.ts";

/** Settings as a config says them, without `strategy`. */
type Settings = Readonly<Record<string, unknown>>;

/** The cases of one strategy. */
export interface StrategyCases {
  /** Settings with which the rules of all strategies are tried. */
  readonly settings: readonly [Settings, ...Settings[]];
  /** Settings, the model's probabilities, and the tokens of each text that comes of them. */
  readonly texts: readonly (readonly [
    settings: Settings,
    next: NextProbabilities,
    texts: readonly (readonly number[])[],
    request?: {
      readonly prompt?: readonly number[];
      readonly uniforms?: readonly number[];
      readonly maxNewTokens?: number;
    },
  ])[];
}

/** The stop token, 3, has .5, 0 .4, and 1 and 2 .05 each, after every text. */
const short: NextProbabilities = () => [.4, .05, .05, .5];
const drawn: NextProbabilities = () => [.2, .5, .2, .1];
const warp = [{ temperature: 0.7 }, { top_k: 3 }];

/** The cases, by the strategy's name. */
export const strategyCases: Readonly<Record<string, StrategyCases>> = {
  greedy: { settings: [{}], texts: [[{}, known, [[0, 1]]], [{}, short, [[]]]] },
  ...Object.fromEntries(warpers.map(({ name, strategy: { setting } }) => {
    const [value, ...draws] = warperCases[name]?.draws ?? [];
    const cases: StrategyCases = {
      settings: [{}, { [setting]: value?.[0] }],
      texts: [value, ...draws].flatMap((one) =>
        one === undefined ? [] : [[
          { [setting]: one[0] },
          drawn,
          [one[2]],
          { prompt: [EOS, 0], uniforms: one[1], maxNewTokens: one[1].length },
        ]]
      ),
    };
    return [name, cases];
  })),
  sample: {
    settings: [{}, { warp }],
    texts: [
      [{ warp: [] }, drawn, [[2]], { uniforms: [.75], maxNewTokens: 1 }],
      [{ warp: [{ top_k: 1 }] }, drawn, [[1]], { uniforms: [.75], maxNewTokens: 1 }],
      [{ warp: [{ top_k: 3 }, { temperature: .1 }] }, drawn, [[1]], {
        uniforms: [.75],
        maxNewTokens: 1,
      }],
    ],
  },
  beam: {
    settings: [
      { beam_width: 3, n_best: 3 },
      { beam_width: 1 },
      { beam_width: 4, n_best: 2, length_penalty: 1, early_stopping: true },
    ],
    texts: [
      [{ beam_width: 1 }, known, [[0, 1]], { maxNewTokens: 2 }],
      [{ beam_width: 2 }, known, [[1]]],
      [{ beam_width: 3, n_best: 2 }, short, [[], [0]]],
      [{ beam_width: 2, length_penalty: 9 }, short, [[0, 0]]],
      [{ beam_width: 2, length_penalty: 9, early_stopping: true }, short, [[0]]],
    ],
  },
  diverse_beam: {
    settings: [{}, { beam_width: 6, beam_groups: 3, n_best: 4, diversity_penalty: 1 }],
    texts: [
      [
        { beam_width: 2, beam_groups: 2, diversity_penalty: 100, early_stopping: true, n_best: 2 },
        short,
        [[], [1]],
      ],
      [{ beam_width: 2, beam_groups: 2, diversity_penalty: 0, n_best: 2 }, known, [[0, 1], [
        0,
        1,
        0,
      ]]],
    ],
  },
  stochastic_beam: {
    settings: [{ beam_width: 3 }, { beam_width: 5, warp: [{ top_k: 2 }] }],
    texts: [[{ beam_width: 5, warp: [{ top_k: 1 }] }, known, [[0, 1]]]],
  },
  best_of: {
    settings: [{ n: 3 }, { n: 4, warp }],
    texts: [[{ n: 3, warp: [{ top_k: 1 }] }, known, [[0, 1]]]],
  },
  mirostat: { settings: [{}, { tau: 1, eta: 0.5 }], texts: [[{ tau: .01 }, known, [[0, 1]]]] },
  exact: {
    settings: [{ n_best: 3 }, { n_best: 9, budget: 30 }],
    texts: [
      [{}, known, [[1]]],
      [{ n_best: 3 }, short, [[], [0], [0, 0]]],
      [{ n_best: 3, budget: 1 }, short, [[]]],
    ],
  },
  speculative: {
    settings: [
      {},
      ...Object.entries(draftCases).flatMap(([draft, { variants }]) =>
        Object.values(variants).map((variant) => ({ draft, draft_k: 3, warp, ...variant }))
      ),
      ...Object.entries(acceptanceRuleCases).flatMap(([acceptance_rule, { settings }]) =>
        settings.map((one) => ({ acceptance_rule, ...one }))
      ),
    ],
    texts: [
      [{ warp: [{ top_k: 1 }] }, known, [[0, 1]]],
      [{ draft: "prompt_lookup", warp: [{ top_k: 1 }] }, known, [[0, 1]]],
    ],
  },
};

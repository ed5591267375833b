// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { createStrategy, strategyOf, type StrategySettings } from "../../src/decode/definitions.ts";
import { decode, draftsOf, EOS } from "./known_model.ts";
import { MockModel, scripted } from "./mock_model.ts";

const plainBeams = { length_penalty: 0, early_stopping: false, n_best: 1 };

/** Whether each strategy gives the same text every time: the compiler sees that none is missing. */
const deterministic: {
  readonly [Name in StrategySettings["strategy"]]: readonly [
    Extract<StrategySettings, { strategy: Name }>,
    boolean,
  ];
} = {
  greedy: [{ strategy: "greedy" }, true],
  sample: [{ strategy: "sample", warp: [{ top_k: 1 }] }, false],
  temperature: [{ strategy: "temperature", temperature: 1 }, false],
  top_k: [{ strategy: "top_k", k: 2 }, false],
  top_p: [{ strategy: "top_p", p: .5 }, false],
  min_p: [{ strategy: "min_p", min_p: .1 }, false],
  typical_p: [{ strategy: "typical_p", typical_p: .9 }, false],
  top_n_sigma: [{ strategy: "top_n_sigma", top_n_sigma: 1 }, false],
  epsilon: [{ strategy: "epsilon", epsilon: .02 }, false],
  eta: [{ strategy: "eta", eta: .02 }, false],
  repetition_penalty: [{ strategy: "repetition_penalty", repetition_penalty: 1.2 }, false],
  presence_penalty: [{ strategy: "presence_penalty", presence_penalty: .5 }, false],
  frequency_penalty: [{ strategy: "frequency_penalty", frequency_penalty: .5 }, false],
  no_repeat_ngram: [{ strategy: "no_repeat_ngram", no_repeat_ngram: 2 }, false],
  beam: [{ strategy: "beam", beam_width: 2, ...plainBeams }, true],
  diverse_beam: [{
    strategy: "diverse_beam",
    beam_width: 2,
    groups: 2,
    diversity_penalty: 1,
    ...plainBeams,
  }, true],
  exact: [{ strategy: "exact", n_best: 1, budget: 100 }, true],
  stochastic_beam: [{ strategy: "stochastic_beam", beam_width: 2, warp: [] }, false],
  best_of: [{ strategy: "best_of", n: 2, warp: [] }, false],
  mirostat: [{ strategy: "mirostat", tau: 3, eta: .1 }, false],
  speculative: [{ strategy: "speculative", acceptance_rule: "original", draft_k: 2 }, false],
};
for (const [settings, expected] of Object.values(deterministic)) {
  Deno.test(`isDeterministic: ${settings.strategy}: ${expected}`, () =>
    assertEquals(strategyOf(settings).isDeterministic, expected));
}

/**
 * What random numbers make of the probabilities .2, .5, .2, .1 after every text, in which token 0
 * stands already: where a setting did not reach its strategy, the tokens would be others.
 */
const draws: readonly [StrategySettings, draws: readonly number[], tokens: readonly number[]][] = [
  [{ strategy: "sample", warp: [] }, [.75], [2]],
  [{ strategy: "sample", warp: [{ top_k: 1 }] }, [.75], [1]],
  [{ strategy: "sample", warp: [{ top_k: 3 }, { temperature: .1 }] }, [.75], [1]],
  [{ strategy: "temperature", temperature: 1 }, [.75], [2]],
  [{ strategy: "temperature", temperature: .1 }, [.75], [1]],
  [{ strategy: "top_k", k: 2 }, [.75], [1]],
  [{ strategy: "top_k", k: 4 }, [.75], [2]],
  [{ strategy: "top_p", p: .6 }, [.75], [1]],
  [{ strategy: "top_p", p: 1 }, [.75], [2]],
  [{ strategy: "min_p", min_p: .5 }, [.75], [1]],
  [{ strategy: "min_p", min_p: 0 }, [.75], [2]],
  // Of surprisal near to the entropy, 1.22, are those of .2: 1.61.
  [{ strategy: "typical_p", typical_p: .3 }, [.45], [0]],
  [{ strategy: "typical_p", typical_p: 1 }, [.45], [1]],
  [{ strategy: "top_n_sigma", top_n_sigma: 1 }, [.75], [1]],
  [{ strategy: "top_n_sigma", top_n_sigma: 3 }, [.75], [2]],
  [{ strategy: "epsilon", epsilon: .3 }, [.75], [1]],
  [{ strategy: "epsilon", epsilon: .1 }, [.75], [2]],
  [{ strategy: "eta", eta: 1 }, [.75], [1]],
  // √.3·e^−1.22 is .16, where epsilon would leave one token.
  [{ strategy: "eta", eta: .3 }, [.8], [2]],
  [{ strategy: "repetition_penalty", repetition_penalty: 100 }, [.1], [1]],
  [{ strategy: "repetition_penalty", repetition_penalty: 1 }, [.1], [0]],
  [{ strategy: "presence_penalty", presence_penalty: 100 }, [.1, .1], [0, 1]],
  [{ strategy: "presence_penalty", presence_penalty: .6 }, [.1, .1, .1], [0, 0, 0]],
  [{ strategy: "frequency_penalty", frequency_penalty: .6 }, [.1, .1, .1], [0, 0, 1]],
  [{ strategy: "frequency_penalty", frequency_penalty: .1 }, [.1, .1, .1], [0, 0, 0]],
  [{ strategy: "no_repeat_ngram", no_repeat_ngram: 2 }, [.1, .1], [0, 1]],
  [{ strategy: "no_repeat_ngram", no_repeat_ngram: 3 }, [.1, .1], [0, 0]],
];
for (const [settings, numbers, expected] of draws) {
  Deno.test(`createStrategy: ${JSON.stringify(settings)} draws ${expected}`, () => {
    const { tokens } = decode(createStrategy(settings, draftsOf()), {
      next: () => [.2, .5, .2, .1],
      prompt: [EOS, 0],
      random: scripted([...numbers]),
      maxNewTokens: numbers.length,
    });
    assertEquals(tokens, expected);
  });
}

Deno.test("createStrategy: beam_width and draft_k reach their strategies", () => {
  const rows = (beam_width: number): number =>
    decode(createStrategy({ strategy: "beam", beam_width, ...plainBeams }, draftsOf()), {
      maxNewTokens: 2,
    }).costs.targetRows;
  assertEquals([rows(1), rows(2)], [2, 3]);
  const draft = new MockModel(4, 16, () => [1, 0, 0, 0]);
  for (const draft_k of [2, 5]) {
    const { costs } = decode(
      createStrategy(
        { strategy: "speculative", acceptance_rule: "original", draft_k },
        draftsOf(draft),
      ),
      {
        next: () => [1, 0, 0, 0],
        random: { next: () => 0 },
        maxNewTokens: 10,
      },
    );
    assertEquals(costs.rounds, 10 / draft_k);
  }
});

/** The choices in each text that a strategy returns, where EOS has .5, 0 .4, and 1 and 2 .05 each. */
const searches: readonly [StrategySettings, readonly number[]][] = [
  [{ strategy: "beam", beam_width: 3, ...plainBeams, n_best: 2 }, [1, 2]],
  [{ strategy: "beam", beam_width: 2, ...plainBeams, length_penalty: 9 }, [3]],
  [{
    strategy: "beam",
    beam_width: 2,
    length_penalty: 9,
    early_stopping: true,
    n_best: 1,
  }, [2]],
  [{
    strategy: "diverse_beam",
    beam_width: 2,
    groups: 2,
    diversity_penalty: 100,
    length_penalty: 0,
    early_stopping: true,
    n_best: 2,
  }, [1, 2]],
  [{ strategy: "stochastic_beam", beam_width: 5, warp: [{ top_k: 1 }] }, [1]],
  [{ strategy: "best_of", n: 3, warp: [{ top_k: 1 }] }, [1]],
  [{ strategy: "mirostat", tau: .01, eta: .1 }, [1]],
  [{ strategy: "exact", n_best: 3, budget: 100 }, [1, 2, 3]],
  [{ strategy: "exact", n_best: 3, budget: 1 }, [1]],
];
for (const [one, expected] of searches) {
  Deno.test(`createStrategy: ${JSON.stringify(one)} finds texts of ${expected} choices`, () => {
    const result = decode(createStrategy(one, draftsOf()), {
      next: () => [.4, .05, .05, .5],
      random: { next: () => .5 },
      maxNewTokens: 3,
    });
    const texts = [result, ...result.others ?? []];
    assertEquals(texts.map(({ logProbs }) => logProbs.length), expected);
  });
}

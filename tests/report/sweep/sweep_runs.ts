import { readExperiment } from "../../../src/config/experiment.ts";
import type { Variant } from "../../../src/config/sweep.ts";
import type { Estimate } from "../../../src/measure/estimate.ts";
import type { VariantRun } from "../../../src/report/sweep/sweep_summary.ts";

/** Two entries of a grid: one cell, and two. */
const { cells: grid } = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies: [{ strategy: greedy }, { strategy: speculative, acceptance_rule: original, draft_k: [2, 4] }]
`,
);

/** A number with an interval of its own, which no other has. */
function estimate(value: number): Estimate {
  return { value, interval: { low: value - 1 / 64, high: value + 1 / 32 } };
}

/** The run of a variant whose numbers all follow from `level`, each another. */
export function run(
  settings: Readonly<Record<string, Variant["settings"][number]["value"]>>,
  level: number,
): VariantRun {
  const swept = Object.entries(settings).map(([path, value]) => ({ path, value }));
  const loss = (nats: number) => ({
    documents: 10,
    tokens: 100,
    natsPerToken: estimate(nats),
    bitsPerCharacter: estimate(nats),
  });
  return {
    variant: { label: swept.map(({ path, value }) => `${path}=${value}`).join(), settings: swept },
    cells: grid.map((cell, i) => ({
      cell,
      values: {
        mean_log_prob: estimate(-10 - level - i / 8),
        log_prob_per_token: estimate(-2 - level - i / 8),
        unique_share: estimate(0.5 + level / 8),
        novel_share: estimate(0.25 + level / 8),
        mass_covered: estimate(level / 32),
        tokens_per_target_call: { value: 1 + i },
        ...(i === 0 ? {} : { acceptance_rate: estimate(level / 4) }),
      },
    })),
    losses: [
      { name: "target", heldOut: loss(2.5 + level), training: loss(2.25 + level) },
      { name: "3-gram", heldOut: loss(9), training: loss(9) },
    ],
    failures: [],
  };
}

import type { SweepSummary } from "../../../../src/report/sweep/sweep_summary.ts";
import { type MadeUpSweep, madeUpSweep } from "../made_up.ts";
import type { FindingCase } from "./case.ts";

const steps = "training.target.steps";
const STEPS = [1000, 100, 300].map((value) => ({ [steps]: value }));
const SEEDED = STEPS.flatMap((variant) => [1, 2, 3, 4].map((seed) => ({ seed, ...variant })));
const PRODUCT = [100, 1000].flatMap((value) =>
  [1, 2].map((layers) => ({ [steps]: value, "models.target.n_layer": layers }))
);
const ALL = `
- { strategy: sample }
- { strategy: beam, beam_width: 4 }
- { strategy: exact }
- { strategy: speculative, draft_k: 2 }
`;

/** log₁₀ of the steps. */
function decades(variant: MadeUpSweep["variants"][number]): number {
  return Math.log10(Number(variant[steps]));
}

/** The cases of `run setting`. */
export const runSettingCases: readonly FindingCase<SweepSummary>[] = [
  {
    name: "a loss that falls with every step",
    kind: "run setting",
    run: () =>
      madeUpSweep({ strategies: ALL, variants: STEPS, loss: (variant) => -decades(variant) / 4 }),
    without: () => madeUpSweep({ strategies: ALL, variants: STEPS }),
    says: [
      /^Raising training\.target\.steps from 100 to 1000 lowers the held-out loss of the target from 1\.\d+ ± 0\.\d+ to 1\.\d+ ± 0\.\d+ nats per token\. The change goes on at every step, up to 1000, the largest value tried\.$/,
      /^Raising training\.target\.steps from 100 to 1000 makes no difference larger than [\d.]+ to tokens per target pass of/,
    ],
    numbers: {
      "held_out_nats_per_token training.target.steps=100": [1.77, 0.1],
      "held_out_nats_per_token training.target.steps=1000": [1.52, 0.1],
    },
  },
  {
    name: "a loss that stops falling, over seeds",
    kind: "run setting",
    run: () =>
      madeUpSweep({
        strategies: ALL,
        variants: SEEDED,
        loss: (variant) => -Math.min(2.4, decades(variant)),
      }),
    without: () => madeUpSweep({ strategies: ALL, variants: SEEDED }),
    says: [
      /lowers the held-out loss of the target .* From 300 on no change can be told: 300 is tied with 1000\.$/,
    ],
  },
  {
    name: "better searches and acceptance, over seeds",
    kind: "run setting",
    run: () =>
      madeUpSweep({
        strategies: ALL,
        variants: SEEDED,
        effect: (variant, _, measure) =>
          (measure === "search_log_prob" ? 0.5 : 8) * decades(variant),
      }),
    without: () => madeUpSweep({ strategies: ALL, variants: SEEDED }),
    says: [
      /raises tokens per target pass of speculative\(.*\) from [\d.]+ ± [\d.]+ to [\d.]+ ± [\d.]+\./,
      /raises the unique share of sample from .* and raises the mean log-prob of sample from/,
    ],
  },
  {
    name: "two settings at once, of which one value is lowest",
    kind: "run setting",
    run: () =>
      madeUpSweep({
        strategies: ALL,
        variants: PRODUCT,
        loss: (variant) => decades(variant) > 2 && variant["models.target.n_layer"] === 2 ? -1 : 0,
      }),
    without: () => madeUpSweep({ strategies: ALL, variants: PRODUCT }),
    says: [
      /^Among the values of training\.target\.steps and models\.target\.n_layer .* is highest in the held-out loss of the target, .* \(tied with .*\), and 1000 with 2 is lowest, 1\.\d+ ± 0\.\d+\.$/,
    ],
  },
];

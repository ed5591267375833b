import type { SweepSummary } from "../../../../src/report/sweep/sweep_summary.ts";
import { madeUpSweep } from "../made_up.ts";
import type { FindingCase } from "./case.ts";

const variants = [1, 2, 3, 4, 5].map((seed) => ({ seed }));
const product = [1, 2].flatMap((layers) =>
  variants.map((seed) => ({ ...seed, "models.target.n_layer": layers }))
);
const strategies = `
- { strategy: sample }
- { strategy: temperature, temperature: [0.5, 1.5] }
`;

/** The cases of `seeds`. */
export const seedsCases: readonly FindingCase<SweepSummary>[] = [
  {
    name: "a difference that holds whatever the seed",
    kind: "seeds",
    run: () =>
      madeUpSweep({
        strategies,
        variants,
        effect: (_, { label }, measure) =>
          label === "temperature(0.5)" && measure === "mean_log_prob" ? 3 : 0,
      }),
    without: () => madeUpSweep({ strategies, variants }),
    says: [
      /^Over 5 seeds the mean log-prob of sample is −\d\.\d+ ± \d\.\d+ nats\. From seed to seed its standard deviation is 0\.\d+ \(0\.\d+ to \d\.\d+\) nats; chance within a run alone has a standard error of 0\.\d+ nats\.$/,
      /^Whatever the seed, temperature\(0\.5\) \(\+[23]\.\d+ ± 0\.\d+ nats\) differs from sample in the mean log-prob\. The other cell cannot be told from it with 5 seeds\.$/,
      /^Over 5 seeds no cell can be told from sample in the unique share \(2 compared\)\.$/,
    ],
    numbers: { "mean_log_prob temperature(0.5) − sample": [3, 0.7] },
  },
  {
    name: "a difference that holds whatever the seed, beside another setting",
    kind: "seeds",
    run: () =>
      madeUpSweep({
        strategies,
        variants: product,
        effect: (_, { label }, measure) =>
          label === "temperature(0.5)" && measure === "mean_log_prob" ? 3 : 0,
      }),
    without: () => madeUpSweep({ strategies, variants: product }),
    says: [
      /^Whatever the seed, temperature\(0\.5\) \(\+[23]\.\d+ ± 0\.\d+ nats\) differs from sample in the mean log-prob, on average over the 2 settings\./,
    ],
    numbers: { "mean_log_prob temperature(0.5) − sample": [3, 0.7] },
  },
];

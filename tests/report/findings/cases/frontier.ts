import type { RunRecord } from "../../../../src/report/run/run_record.ts";
import { madeUpRun } from "../made_up.ts";
import type { FindingCase } from "./case.ts";

const strategies = `
- { strategy: sample }
- { strategy: temperature, temperature: [0.5, 1.5] }
- { strategy: speculative }
`;

/** The cases of `frontier`. */
export const frontierCases: readonly FindingCase<RunRecord>[] = [
  {
    // A draw of a share has a standard deviation of 0.1, of a log-prob of 1.
    name: "a sampler that is worse in both respects",
    kind: "frontier",
    run: () =>
      madeUpRun({
        strategies,
        effect: ({ label }, measure) =>
          label === "temperature(1.5)"
            ? -4
            : label === "temperature(0.5)"
            ? (measure === "unique_share" ? -6 : 6)
            : 0,
      }),
    without: () => madeUpRun({ strategies }),
    says: [
      /^Of 3 samplers 1 is beaten by another whose texts are both more probable and more varied: temperature\(1\.5\) by sample \([34]\.\d+ ± 0\.\d+ nats per token and [34]\d\.\d ± \d\.\d percentage points of unique share more\)\. All others trade the one for the other, as far as can be told\.$/,
    ],
    numbers: {
      "log_prob_per_token sample − temperature(1.5)": [4, 1],
      "unique_share sample − temperature(1.5)": [0.4, 0.1],
    },
  },
  {
    name: "the second of the two differences",
    kind: "frontier",
    run: () => madeUpRun({ strategies, effect: ({ label }) => label === "sample" ? 4 : 0 }),
    // Only how probable the texts are surely differs.
    without: () =>
      madeUpRun({
        strategies,
        effect: ({ label }, measure) =>
          label !== "sample" ? 0 : measure === "log_prob_per_token" ? 4 : 0.3,
      }),
    says: [
      /^Of 3 samplers 2 are beaten .*temperature\([01]\.5\) by sample .*temperature\([01]\.5\) by sample/,
    ],
  },
];

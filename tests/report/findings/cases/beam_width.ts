import type { Cell } from "../../../../src/decode/cell.ts";
import type { RunRecord } from "../../../../src/report/run/run_record.ts";
import { madeUpRun } from "../made_up.ts";
import type { FindingCase } from "./case.ts";

const strategies = `
- { strategy: beam, beam_width: [2, 4, 8] }
- { strategy: exact }
`;
const others = `
- { strategy: greedy }
- { strategy: diverse_beam, beam_width: 4, beam_groups: 2 }
- { strategy: stochastic_beam, beam_width: 4 }
`;

/** The width of a cell's beam. */
function widthOf({ settings }: Cell): number {
  return settings.strategy === "beam" ? settings.beam_width : 0;
}

/** The cases of `beam width`. */
export const beamWidthCases: readonly FindingCase<RunRecord>[] = [
  {
    // A gap is a number of mean 1 less this, and never below 0.
    name: "a gain that ends at a width of 4",
    kind: "beam width",
    run: () =>
      madeUpRun({
        strategies,
        effect: (cell, measure) =>
          measure === "search_log_prob" ? (widthOf(cell) === 2 ? -2 : 1) : 0,
      }),
    without: () => madeUpRun({ strategies }),
    says: [
      /^From beam\(beam_width=2\) to beam\(beam_width=8\) the best text gains 2\.\d+ ± 0\.\d+ nats of log-prob, on average over 20 prompts\. From beam\(beam_width=4\) on no further change can be told: it is tied with beam\(beam_width=8\), 0\.\d+ ± 0\.\d+ nats away; then 0\.\d+ (?:± 0\.\d+|\(0\.\d+ to 0\.\d+\)) nats are left to the most probable texts\. Whether the texts get shorter cannot be told: /,
      /^exact proves which text is the most probable of all for 20 of 20 prompts; it is empty for 0(?:\.0)? % \(0(?:\.0)? to 1[67](?:\.\d)?\) of them\. beam\(beam_width=8\) misses it for \d+ % \(\d+ to \d+\) of the prompts, by 0\.\d+ (?:± 0\.\d+|\(0\.\d+ to 0\.\d+\)) nats on average over all\.$/,
    ],
    numbers: {
      "search_log_prob beam(beam_width=8) − beam(beam_width=2)": [3 - Math.exp(-1), 0.8],
      "search_log_prob beam(beam_width=8) − beam(beam_width=4)": [0, 0.5],
    },
  },
  {
    name: "a gain that goes on",
    kind: "beam width",
    run: () =>
      madeUpRun({
        strategies,
        draws: 40,
        effect: (cell, measure) => measure === "search_log_prob" ? widthOf(cell) - 8 : 0,
      }),
    without: () => madeUpRun({ strategies, draws: 40 }),
    says: [/The last step, from beam\(beam_width=4\), still gains [34]\.\d+ ± 0\.\d+ nats; then/],
    numbers: { "search_log_prob beam(beam_width=8) − beam(beam_width=4)": [4, 0.8] },
  },
  {
    name: "texts that get shorter, and less probable per token",
    kind: "beam width",
    run: () =>
      madeUpRun({
        strategies,
        effect: (cell, measure) =>
          measure === "search_log_prob"
            ? Number(widthOf(cell) === 8)
            : measure === "mean_length" || measure === "log_prob_per_token"
            ? -widthOf(cell)
            : 0,
      }),
    without: () => madeUpRun({ strategies }),
    says: [
      / At the same time the texts get shorter, from −\d\.\d+ ± \d\.\d+ to −1\d\.\d+ ± \d\.\d+ tokens\. Per token these texts are less probable \(from −\d\.\d+ ± \d\.\d+ to −1\d\.\d+ ± \d\.\d+ nats per token\): hence whole texts are compared\.$/,
    ],
    numbers: { "mean_length beam(beam_width=8) − beam(beam_width=2)": [-6, 1.5] },
  },
  {
    name: "searches that are in no sweep, beside greedy",
    kind: "beam width",
    run: () =>
      madeUpRun({
        strategies: others,
        effect: ({ settings: { strategy } }, measure) =>
          measure !== "search_log_prob"
            ? 0
            : strategy === "diverse_beam"
            ? 2
            : strategy === "greedy"
            ? -1
            : -4,
      }),
    without: () => madeUpRun({ strategies: others }),
    says: [
      /^Beside greedy the best text gains \d\.\d+ ± 0\.\d+ nats with diverse_beam\(.*\); it loses [23]\.\d+ ± 0\.\d+ nats with stochastic_beam\(.*\) \(log-prob of the whole text\)\.$/,
    ],
  },
];

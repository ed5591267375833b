import { cellOf } from "../../../src/decode/cell.ts";
import type { Variant } from "../../../src/config/variant.ts";
import type { Estimate } from "../../../src/measure/interval.ts";
import type { VariantRun } from "../../../src/report/sweep/sweep_record.ts";

/** Two entries of a grid: one cell, and two. */
const grid = [
  cellOf({ strategy: "greedy" }),
  ...[2, 4].map((draft_k) =>
    cellOf(
      { strategy: "speculative", acceptance_rule: "original", draft_k },
      { entry: 1, swept: ["draft_k"] },
    )
  ),
];

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
      text: {
        meanLogProb: estimate(-10 - level - i / 8),
        logProbPerToken: estimate(-2 - level - i / 8),
        uniqueShare: estimate(0.5 + level / 8),
        novelShare: estimate(0.25 + level / 8),
        coverage: estimate(level / 32),
      },
      cost: { tokensPerTargetCall: 1 + i, acceptanceRate: estimate(level / 4) },
    })),
    losses: [
      { name: "target", heldOut: loss(2.5 + level), training: loss(2.25 + level) },
      { name: "3-gram", heldOut: loss(9), training: loss(9) },
    ],
    failures: [],
  };
}

import { code, percent, table, thousands } from "./markdown.ts";
import type { RunRecord } from "./run_record.ts";

/** What drafting and verifying did; nothing where no cell is speculative. */
export function speculativeSection({ cells }: RunRecord): string {
  const speculative = cells.flatMap(({ cell, cost }) =>
    cell.settings.strategy === "speculative" ? [{ cell, cost, draftK: cell.settings.draft_k }] : []
  );
  if (speculative.length === 0) return "";
  const rows = speculative.map(({ cell, cost }) => [
    code(cell.label),
    thousands(cost.rounds),
    thousands(cost.proposed),
    thousands(cost.tested),
    thousands(cost.accepted),
    thousands(cost.resampled),
    percent(cost.acceptanceRate),
    percent(cost.acceptedShare),
    thousands(cost.targetCalls),
    thousands(cost.draftCalls),
    cost.tokensPerTargetCall.toFixed(2),
  ]);
  const header = [
    "strategy",
    "rounds",
    "proposed",
    "tested",
    "accepted",
    "resampled",
    "accepted / tested",
    "accepted / proposed",
    "target passes",
    "draft passes",
    "tokens / target pass",
  ];
  const original = speculative.map(({ cell, cost, draftK }) => {
    const { accepted, resampled, proposed } = cost;
    const counted = accepted + resampled;
    return [
      code(cell.label),
      percent(counted / Math.max(proposed, 1)),
      (counted / Math.max(proposed / draftK, 1)).toFixed(1),
    ];
  });
  return [
    "## Speculative decoding",
    "",
    "In a round the draft proposes up to `draft_k` tokens and the target verifies them in one pass: " +
    "they are *tested* in order until one is refused, which discards the rest. In place of the " +
    "refused one a token is *resampled*. `variant=original` is the original script's algorithm and " +
    "**changes the distribution**: it drafts the most probable token but accepts it as if it had " +
    "been sampled, so that its outputs are more alike than the target's own samples (compare " +
    "*unique share* above). It drops an EOS that it resamples, and takes the target's most probable " +
    "token where a round yields nothing.",
    "",
    table(header, rows),
    "",
    "The original script prints two other figures: it counts resampled tokens as accepted, and takes " +
    "every round to have proposed `draft_k` tokens.",
    "",
    table(["strategy", "its acceptance rate", "its tokens / pass"], original),
  ].join("\n");
}

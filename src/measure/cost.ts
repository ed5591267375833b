/**
 * The cost of all samples of a cell, and how many of the proposed tokens were accepted. A decoding that
 * stands for several samples is counted for each of them.
 *
 * @module
 */
import type { Costs } from "../decode/strategy.ts";
import type { CellSamples } from "./cell_samples.ts";
import type { CellMeasure, MeasureFacts } from "./measure.ts";
import type { Estimate } from "./estimate.ts";

/** Forward passes of the target. */
export const targetCalls: CellMeasure = total("targetCalls", {
  name: "target_calls",
  title: "target passes",
  unit: "passes",
  glossary: "forward passes of the target.",
  tables: { speculation: 40 },
});

/** Tokens that the target read. */
export const targetRows: CellMeasure = total("targetRows", {
  name: "target_rows",
  title: "target rows",
  unit: "tokens",
  glossary: "tokens that the target read, on all beams and in all verifications.",
  tables: { "entry sweep": 60, "speculative sweep": 40 },
});

/** Tokens chosen per forward pass of the target. */
export const tokensPerTargetCall: CellMeasure = {
  name: "tokens_per_target_call",
  title: "tokens per target pass",
  unit: "tokens per target pass",
  glossary: "tokens chosen, EOS among them, for each forward pass of the target, the one that " +
    "reads the prompt included. One at a time gives exactly 1. Beam search reads all its beams in " +
    "one pass; a speculative round reuses logits that it already has. Of a decoding that returns " +
    "several texts the first one counts.",
  interval: "mean",
  judged: "cost",
  format: { decimals: 2 },
  tables: {
    overview: 5,
    baseline: 50,
    prediction: 10,
    "entry sweep": 50,
    "speculative sweep": 10,
    "run sweep": 30,
  },
  of: (cell) => {
    if (cell.total("targetCalls") === 0) return undefined;
    // The first text of a decoding has its passes; the others have none.
    const { targetCalls } = cell;
    return cell.mean(
      cell.choices.map((count, i) => targetCalls[i] === 0 ? 0 : count),
      targetCalls,
    );
  },
};

/** Forward passes of the draft. */
export const draftCalls: CellMeasure = total("draftCalls", {
  name: "draft_calls",
  title: "draft passes",
  unit: "passes",
  glossary: "forward passes of the draft.",
  tables: { speculation: 100 },
});

/** Tokens that the draft read. */
export const draftRows: CellMeasure = total("draftRows", {
  name: "draft_rows",
  title: "draft rows",
  unit: "tokens",
  glossary: "tokens that the draft read.",
  tables: {},
});

/** Rounds of drafting and verifying. */
export const rounds: CellMeasure = total("rounds", {
  name: "rounds",
  title: "rounds",
  unit: "rounds",
  glossary:
    "rounds of drafting and verifying. Each is one pass of the target, unless it proposes " +
    "nothing where the target has read the text already, as happens without bonus tokens.",
  tables: { speculation: 30 },
});

/** Tokens that the draft proposed. */
export const proposed: CellMeasure = total("proposed", {
  name: "proposed",
  title: "proposed",
  unit: "tokens",
  glossary: "tokens that the draft proposed.",
  tables: { speculation: 50 },
});

/** Proposed tokens that were tested. */
export const tested: CellMeasure = total("tested", {
  name: "tested",
  title: "tested",
  unit: "tokens",
  glossary: "proposed tokens that were put to the acceptance test: all up to the first refusal.",
  tables: { speculation: 60 },
});

/** Proposed tokens that were accepted. */
export const accepted: CellMeasure = total("accepted", {
  name: "accepted",
  title: "accepted",
  unit: "tokens",
  glossary: "proposed tokens that passed the test.",
  tables: { speculation: 70 },
});

/** Tokens drawn in place of refused ones. */
export const resampled: CellMeasure = total("resampled", {
  name: "resampled",
  title: "resampled",
  unit: "tokens",
  glossary: "tokens drawn in place of a refused one.",
  tables: { speculation: 80 },
});

/** Tokens drawn after a round without a refusal. */
export const bonus: CellMeasure = total("bonus", {
  name: "bonus",
  title: "bonus",
  unit: "tokens",
  glossary: "tokens drawn after a proposal of which none was refused.",
  tables: { speculation: 90 },
});

/** Accepted tokens over those tested. */
export const acceptanceRate: CellMeasure = {
  name: "acceptance_rate",
  title: "accepted / tested",
  unit: "share",
  glossary: "the share of the tested tokens that the target accepted.",
  interval: "share",
  judged: "cost",
  format: "percent",
  tables: { overview: 7, speculation: 10, "speculative sweep": 20, "run sweep": 35 },
  of: (cell) => acceptedOf(cell, "tested"),
};

/** Accepted tokens over those proposed. */
export const acceptedShare: CellMeasure = {
  name: "accepted_share",
  title: "accepted / proposed",
  unit: "share",
  glossary: "the share of the proposed tokens that the target accepted, which is lower, since a " +
    "refusal discards the tokens after it.",
  interval: "share",
  judged: "cost",
  format: "percent",
  tables: { speculation: 20, prediction: 80, "speculative sweep": 30 },
  of: (cell) => acceptedOf(cell, "proposed"),
};

function acceptedOf(cell: CellSamples, among: "tested" | "proposed"): Estimate | undefined {
  if (cell.speculation === undefined) return undefined;
  if (cell.total("tested") === 0) return undefined;
  return cell.trialShare(cell.proposed.accepted, cell.proposed[among]);
}

/** The sum of one of the costs over all samples. */
function total(
  count: keyof Costs,
  facts: Omit<MeasureFacts, "interval" | "format">,
): CellMeasure {
  return {
    ...facts,
    interval: "none",
    format: "count",
    of: (cell) => ({ value: cell.total(count) }),
  };
}

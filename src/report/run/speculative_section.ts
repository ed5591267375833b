/**
 * Drafting and verifying as counted, beside the predictions of theory.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import type { Predictions } from "../../decode/definition.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { accepted, proposed, resampled, tokensPerTargetCall } from "../../measure/cost.ts";
import { type CellMeasures, estimateIn, numberIn } from "../../measure/measure.ts";
import {
  alpha,
  bestDraftK,
  draftOperations,
  firstTokenDistanceMeasure,
  operations,
  operationsFactor,
  tokensPerPass,
} from "../../measure/speculation.ts";
import { code, percent, table } from "../markdown.ts";
import { measureTable, plainSection, type Section } from "../measure_table.ts";
import type { RunRecord } from "./run_record.ts";

/** A cell that speculates. */
interface Speculative extends CellMeasures {
  readonly draftK: number;
  readonly isLossless: boolean;
  readonly predictions: Predictions;
}

/** Counts, predictions and checks of speculative decoding; empty where no cell speculates. */
export function speculativeSection({ cells }: Pick<RunRecord, "cells">): Section {
  const speculative = cells.flatMap((measures): Speculative[] => {
    const { settings } = measures.cell;
    const profile = strategyOf(settings).speculation?.(settings);
    if (profile === undefined) return [];
    const { draftK, isLossless, predictions } = profile;
    return [{ ...measures, draftK, isLossless, predictions }];
  });
  if (speculative.length === 0) return plainSection("");
  const predictable = speculative.filter(({ predictions }) => predictions !== "none");
  const parts = [
    counts(speculative),
    ...(predictable.length > 0 ? [predictions(predictable), plainSection(best(predictable))] : []),
    plainSection(positions(speculative)),
    losslessness(speculative),
    plainSection(originalFigures(speculative.filter(({ isLossless }) => !isLossless))),
  ];
  return {
    text: parts.map(({ text }) => text).filter((text) => text !== "").join("\n\n"),
    shown: parts.flatMap(({ shown }) => shown),
  };
}

function counts(cells: readonly Speculative[]): Section {
  const { text, shown } = measureTable("speculation", cells);
  return {
    text: [
      "## Speculative decoding",
      "In a round the draft proposes up to `draft_k` tokens and the target verifies them in one " +
      "pass: they are *tested* in order until one is refused, which discards the rest. A " +
      "*resampled* token replaces the refused one, or where none was refused a *bonus* token " +
      "follows. A round that adds a token of its own proposes one token less than there is room " +
      "for, and none at the very end.",
      text,
    ].join("\n\n"),
    shown,
  };
}

function predictions(cells: readonly Speculative[]): Section {
  const { text, shown } = measureTable("prediction", cells, { valuesOnly: true });
  return {
    text: [
      "### Predicted and measured",
      "*Theory* is the formula of Leviathan et al. (2023), whose texts never end and whose proposals " +
      "all have `draft_k` tokens: a draft that proposes as many as it is sure of, or can find, has " +
      "none of it. *At lengths* is the same with the proposals as long as they were. The rest of the " +
      "difference is that β is not the same everywhere, and that an accepted end of the text brings " +
      "no bonus. Speculation " +
      "saves passes, not operations, and so time where a pass of several rows takes little longer " +
      "than one of a single row.",
      text,
      "No speed is claimed here: timings vary between runs. `timings.csv` has this run's at one " +
      "stream, and `deno task bench --only speculation` measures them properly.",
    ].join("\n\n"),
    shown,
  };
}

/** The best draft_k of every entry that sweeps it, by theory and as counted. */
function best(cells: readonly Speculative[]): string {
  const entries = [...Map.groupBy(cells, ({ cell }) => cell.entry).values()].filter((own) =>
    own.length > 1 && own[0]?.cell.swept.length === 1 &&
    new Set(own.map(({ draftK }) => draftK)).size === own.length
  );
  if (entries.length === 0) return "";
  const rows = entries.flatMap((own) => {
    const tried = own.map(({ draftK }) => draftK);
    // One α for all: that of the most tests, since it is the draft's and not draft_k's.
    const most = own.find(({ draftK }) => draftK === Math.max(...tried));
    if (most === undefined) return [];
    const probability = most.predictions === "all" ? estimateIn(most, alpha)?.value : undefined;
    const cost = numberIn(most, draftOperations);
    const counted = new Map(own.map((cell) => [cell.draftK, cell]));
    const number = (draftK: number, measure: typeof operations): number => {
      const cell = counted.get(draftK);
      return cell === undefined ? NaN : numberIn(cell, measure);
    };
    const byTheory = (gain: (alpha: number, gamma: number) => number): number | string =>
      probability === undefined ? "" : bestDraftK(tried, (gamma) => gain(probability, gamma));
    return [[
      code(sweptLabel(most)),
      byTheory(tokensPerPass),
      bestDraftK(tried, (draftK) => number(draftK, tokensPerTargetCall)),
      byTheory((alpha, gamma) => -operationsFactor(alpha, gamma, cost)),
      bestDraftK(tried, (draftK) => -number(draftK, operations)),
    ]];
  });
  return [
    "The best `draft_k` of those tried, for the fewest target passes and for the fewest operations:",
    "",
    table(
      [
        "strategy",
        "passes, theory",
        "passes, measured",
        "operations, theory",
        "operations, measured",
      ],
      rows,
    ),
  ].join("\n");
}

/** A cell's label with an ellipsis for the value that its entry sweeps. */
function sweptLabel({ cell: { label, settings, swept: [key = ""] } }: CellMeasures): string {
  return label.replace(`${key}=${sweptValue(settings, key)}`, `${key}=…`);
}

function positions(cells: readonly Speculative[]): string {
  const longest = Math.max(...cells.map((cell) => cell.positions?.testedAt.length ?? 0));
  if (longest === 0) return "";
  const rows = cells.map((cell) => {
    const { testedAt = [], acceptedAt = [] } = cell.positions ?? {};
    return [
      code(cell.cell.label),
      ...Array.from({ length: longest }, (_, i) => {
        const trials = testedAt[i] ?? 0;
        return trials === 0 ? "" : percent((acceptedAt[i] ?? 0) / trials);
      }),
    ];
  });
  return [
    "Accepted of the tested tokens, by position in the proposal. A position is tested only where all " +
    "before it were accepted:",
    "",
    table(["strategy", ...Array.from({ length: longest }, (_, i) => `${i + 1}`)], rows),
  ].join("\n");
}

function losslessness(cells: readonly Speculative[]): Section {
  const compared = cells.filter((cell) =>
    estimateIn(cell, firstTokenDistanceMeasure) !== undefined
  );
  if (compared.length === 0) return plainSection("");
  const isLossless = new Map(compared.map(({ cell, isLossless }) => [cell.label, isLossless]));
  const { text, shown } = measureTable("first token", compared, {
    trailing: {
      header: ["draws from"],
      row: ({ cell }) => [
        isLossless.get(cell.label) ? "the target's distribution" : "**another distribution**",
      ],
    },
  });
  return {
    text: [
      "### Losslessness",
      "Lossless speculation draws from exactly the target's warped distribution. `deno task verify` " +
      "shows it: over a grid of warpers, drafts and `draft_k` the frequencies of 200,000 samples " +
      "each pass a χ² test against the exact probability of every text, which `acceptance_rule=original` " +
      "and other deliberately broken rules do not. Below, for this run, the distance between the " +
      "first tokens drawn and their exact distribution, beside what chance alone would give.",
      text,
    ].join("\n\n"),
    shown,
  };
}

function originalFigures(cells: readonly Speculative[]): string {
  if (cells.length === 0) return "";
  const rows = cells.map((cell) => {
    const counted = numberIn(cell, accepted) + numberIn(cell, resampled);
    const drafted = numberIn(cell, proposed);
    return [
      code(cell.cell.label),
      percent(counted / Math.max(drafted, 1)),
      (counted / Math.max(drafted / cell.draftK, 1)).toFixed(1),
    ];
  });
  return [
    "`acceptance_rule=original` is the original script's algorithm: it drafts the most probable token but " +
    "accepts it as if it had been sampled, drops an EOS that it resamples, and takes the target's " +
    "most probable token where a round yields nothing. Its outputs are more alike than the " +
    "target's own samples (compare *unique share* above). The original script prints two other " +
    "figures: it counts resampled tokens as accepted, and takes every round to have proposed " +
    "`draft_k` tokens.",
    "",
    table(["strategy", "its acceptance rate", "its tokens per pass"], rows),
  ].join("\n");
}

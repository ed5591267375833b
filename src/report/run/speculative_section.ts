/**
 * Drafting and verifying as counted, beside the predictions of theory.
 *
 * @module
 */
import type { Predictions } from "../../decode/definition.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { accepted, proposed, resampled } from "../../measure/cost.ts";
import { type CellMeasures, estimateIn, numberIn } from "../../measure/measure.ts";
import { firstTokenDistanceMeasure } from "../../measure/speculation.ts";
import type { Block, ReportCell, ReportColumn, Section } from "../document.ts";
import { numberText } from "../estimate_text.ts";
import { foldedTable } from "../folded_table.ts";
import { cellColumn, measureTable, numberCell, type Part, textCell } from "../measure_table.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "./run_record.ts";

/** A cell that speculates. */
interface Speculative extends CellMeasures {
  readonly draftK: number;
  readonly isLossless: boolean;
  readonly predictions: Predictions;
}

/** Counts, predictions and checks of speculative decoding; none where no cell speculates. */
export function speculativeSection({ cells }: Pick<RunRecord, "cells">): Section | undefined {
  const speculative = cells.flatMap((measures): Speculative[] => {
    const { settings } = measures.cell;
    const profile = strategyOf(settings).speculation?.(settings);
    if (profile === undefined) return [];
    const { draftK, isLossless, predictions } = profile;
    return [{ ...measures, draftK, isLossless, predictions }];
  });
  if (speculative.length === 0) return undefined;
  const predictable = speculative.filter(({ predictions }) => predictions !== "none");
  const parts: Part[] = [
    counts(speculative),
    ...(predictable.length > 0 ? [predictions(predictable)] : []),
    plainPart(positions(speculative)),
    losslessness(speculative),
    plainPart(originalFigures(speculative.filter(({ isLossless }) => !isLossless))),
  ];
  return {
    id: "speculative-decoding",
    heading: prose`Speculative decoding`,
    blocks: parts.flatMap(({ blocks }) => blocks),
    shown: parts.flatMap(({ shown }) => shown),
  };
}

/** A part without measures. */
function plainPart(blocks: readonly Block[]): Part {
  return { blocks, shown: [] };
}

function paragraph(text: Prose): Block {
  return { kind: "paragraph", text };
}

function counts(cells: readonly Speculative[]): Part {
  const { blocks, shown } = measureTable("speculation", cells);
  return {
    blocks: [
      paragraph(
        prose`In a round the draft proposes up to \`draft_k\` tokens and the target verifies them in one pass: they are *tested* in order until one is refused, which discards the rest. A *resampled* token replaces the refused one, or where none was refused a *bonus* token follows. A round that adds a token of its own proposes one token less than there is room for, and none at the very end.`,
      ),
      ...blocks,
    ],
    shown,
  };
}

function predictions(cells: readonly Speculative[]): Part {
  const { blocks, shown } = measureTable("prediction", cells);
  return {
    blocks: [
      { kind: "heading", text: prose`Predicted and measured` },
      paragraph(
        prose`*Theory* is the formula of Leviathan et al. (2023), whose texts never end and whose proposals all have \`draft_k\` tokens: a draft that proposes as many as it is sure of, or can find, has none of it. *At lengths* is the same with the proposals as long as they were. The rest of the difference is that β is not the same everywhere, and that an accepted end of the text brings no bonus. Speculation saves passes, not operations, and so time where a pass of several rows takes little longer than one of a single row.`,
      ),
      ...blocks,
      paragraph(
        prose`No speed is claimed here: timings vary between runs. \`timings.csv\` has this run's at one stream, and \`deno task bench --only speculation\` measures them properly.`,
      ),
    ],
    shown,
  };
}

/** The column of labels, and columns of numbers. */
function numberColumns(titles: readonly string[]): ReportColumn[] {
  return [cellColumn, ...titles.map((title): ReportColumn => ({ title, align: "right" }))];
}

function positions(cells: readonly Speculative[]): Block[] {
  const longest = Math.max(...cells.map((cell) => cell.positions?.testedAt.length ?? 0));
  if (longest === 0) return [];
  const rows = cells.map((cell) => {
    const { testedAt = [], acceptedAt = [] } = cell.positions ?? {};
    return [
      textCell(codeSpan(cell.cell.label)),
      ...Array.from({ length: longest }, (_, i) => {
        const trials = testedAt[i] ?? 0;
        return trials === 0 ? textCell("") : shareCell((acceptedAt[i] ?? 0) / trials);
      }),
    ];
  });
  const titles = Array.from({ length: longest }, (_, i) => `${i + 1}`);
  return [
    paragraph(
      prose`Accepted of the tested tokens, by position in the proposal. A position is tested only where all before it were accepted:`,
    ),
    ...foldedTable({ columns: numberColumns(titles), rows }),
  ];
}

function shareCell(share: number): ReportCell {
  return numberCell(numberText({ format: "percent" }, share), share);
}

function losslessness(cells: readonly Speculative[]): Part {
  const compared = cells.filter((cell) =>
    estimateIn(cell, firstTokenDistanceMeasure) !== undefined
  );
  if (compared.length === 0) return plainPart([]);
  const isLossless = new Map(compared.map(({ cell, isLossless }) => [cell.label, isLossless]));
  const { blocks, shown } = measureTable("first token", compared, {
    trailing: {
      columns: [{ title: "draws from", align: "left" }],
      row: ({ cell }) => [
        isLossless.get(cell.label)
          ? textCell("the target's distribution")
          : { text: prose`**another distribution**` },
      ],
    },
  });
  return {
    blocks: [
      { kind: "heading", text: prose`Losslessness` },
      paragraph(
        prose`Lossless speculation draws from exactly the target's warped distribution. \`deno task verify\` shows it: over a grid of warpers, drafts and \`draft_k\` the frequencies of 200,000 samples each pass a χ² test against the exact probability of every text, which \`acceptance_rule=original\` and other deliberately broken rules do not. Below, for this run, the distance between the first tokens drawn and their exact distribution, beside what chance alone would give.`,
      ),
      ...blocks,
    ],
    shown,
  };
}

function originalFigures(cells: readonly Speculative[]): Block[] {
  if (cells.length === 0) return [];
  const rows = cells.map((cell) => {
    const counted = numberIn(cell, accepted) + numberIn(cell, resampled);
    const drafted = numberIn(cell, proposed);
    const perPass = counted / Math.max(drafted / cell.draftK, 1);
    return [
      textCell(codeSpan(cell.cell.label)),
      shareCell(counted / Math.max(drafted, 1)),
      numberCell(perPass.toFixed(1), perPass),
    ];
  });
  const titles = ["its acceptance rate", "its tokens per pass"];
  return [
    paragraph(
      prose`\`acceptance_rule=original\` is the original script's algorithm: it drafts the most probable token but accepts it as if it had been sampled, drops an EOS that it resamples, and takes the target's most probable token where a round yields nothing. Its outputs are more alike than the target's own samples (compare *unique share* above). The original script prints two other figures: it counts resampled tokens as accepted, and takes every round to have proposed \`draft_k\` tokens.`,
    ),
    { kind: "table", table: { columns: numberColumns(titles), rows } },
  ];
}

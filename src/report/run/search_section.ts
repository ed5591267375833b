import { areListed } from "../../config/settings.ts";
import type { ModeSummary } from "../../measure/compare_search.ts";
import type { ComparedSearches } from "../../measure/compare_cells.ts";
import type { Comparison } from "../../measure/judged.ts";
import { estimateIn } from "../../measure/measure.ts";
import { searchErrorShare, searchLogProb, searchMeasures } from "../../measure/search.ts";
import { isProved } from "../../measure/searched.ts";
import { formatCount } from "../../text/format.ts";
import type { Section } from "../document.ts";
import { estimateText } from "../estimate_text.ts";
import { comparisonCell, measureTable } from "../measure_table.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "./run_record.ts";

/**
 * How far what each search finds is from the mode; where no mode was proved, what the exact searches know
 * of it. None without an exact search.
 */
export function searchSection(
  { search, experiment, cells }: Pick<RunRecord, "search" | "experiment" | "cells">,
): Section | undefined {
  if (search === undefined) return unprovedSection(cells);
  const { modes, overGreedy } = search;
  const isDrawn = !areListed(experiment.config.decoding.prompts);
  const over = new Map(overGreedy.map((one) => [one.cell, one]));
  const { blocks, shown } = measureTable("search", search.cells, {
    among: searchMeasures,
    ...(overGreedy[0] === undefined ? {} : {
      trailing: {
        columns: [{ title: `over ${overGreedy[0].than}, nats`, align: "right" }],
        row: ({ cell }) => [comparisonCell(over.get(cell.label), "")],
      },
    }),
  });
  return {
    id: "search-against-the-exact-mode",
    heading: prose`Search against the exact mode`,
    blocks: [
      { kind: "paragraph", text: modeText(modes, isDrawn) },
      ...blocks,
      ...[...gainTexts(search), ...unprovedTexts(cells)].map((text) => ({
        kind: "paragraph" as const,
        text,
      })),
    ],
    shown,
  };
}

/** What exact searches say of the prompts for which their budget ended before the proof. */
function unprovedTexts(cells: RunRecord["cells"]): Prose[] {
  return cells.flatMap(({ cell: { label }, searched = [] }) => {
    const open = searched.filter((draw) => !isProved(draw));
    const ends = open.flatMap(({ logProbs, proof }) =>
      proof?.bound === undefined ? [] : [{ logProb: logProbs[0] ?? -Infinity, bound: proof.bound }]
    );
    if (ends.length === 0) return [];
    const mean = (of: (end: { logProb: number; bound: number }) => number): string =>
      (ends.reduce((sum, end) => sum + of(end), 0) / ends.length).toFixed(2);
    const [found, bound] = [mean(({ logProb }) => logProb), mean((end) => end.bound)];
    return [
      prose`${codeSpan(label)} proved ${
        open.length === searched.length
          ? "no most probable continuation within its budget"
          : `the most probable continuation of ${searched.length - open.length} of ${
            formatCount(searched.length, "prompt")
          } within its budget`
      }. The best that it found ${
        open.length === searched.length ? "" : "for the others "
      }has log-prob ${found}, the mean over ${
        formatCount(ends.length, "prompt")
      }, and no other has more than ${bound}: the *mode*, the most probable continuation of all, lies between the two. A larger budget may prove it; in a large vocabulary, or where texts are long, none may.`,
    ];
  });
}

/** The section where no search has proved anything. */
function unprovedSection(cells: RunRecord["cells"]): Section | undefined {
  const texts = unprovedTexts(cells);
  if (texts.length === 0) return undefined;
  return {
    id: "search-against-the-exact-mode",
    heading: prose`Search against the exact mode`,
    blocks: texts.map((text) => ({ kind: "paragraph" as const, text })),
    shown: [],
  };
}

function modeText(
  { proved, draws, prompts, empty, emptyShare, logProb, tokens }: ModeSummary,
  isDrawn: boolean,
): Prose {
  const kind = isDrawn ? "prompts drawn" : "prompts";
  const different = prompts < proved ? ` (${prompts} different)` : "";
  const some = proved === draws
    ? `of each of the ${draws} ${kind}${different}`
    : `of ${proved} of ${draws} ${kind}${different}, to which this section is limited (a larger ` +
      "budget may prove more),";
  const [share, length] = [
    estimateText({ format: "percent" }, emptyShare),
    estimateText({ format: { decimals: 2 } }, tokens),
  ];
  return prose`The most probable continuation of all, the *mode*, ${some} was proved by \`exact\`. It is empty, EOS at once, for ${empty} of them, ${share}; on average it has ${length} tokens and log-prob ${
    estimateText(searchLogProb, logProb)
  }. Each ${
    isDrawn ? "prompt counts as often as it was drawn" : "prompt counts alike"
  }. Differences are taken prompt by prompt.`;
}

/** The gain of the last value of each sweep over the first, one sentence per sweep of a setting. */
function gainTexts({ cells, overFirst }: ComparedSearches): Prose[] {
  const errors = (label: string): string => {
    const cell = cells.find(({ cell }) => cell.label === label);
    return estimateText(searchErrorShare, cell && estimateIn(cell, searchErrorShare));
  };
  return overFirst.map((comparison) => {
    const { cell, than } = comparison;
    return prose`From ${codeSpan(than)} to ${codeSpan(cell)}: ${
      gainText(comparison)
    } on average; search errors go from ${errors(than)} to ${errors(cell)}.`;
  });
}

/** `that gains 0.70 ± 0.28 nats`: paired, as a gain or as a cost. */
function gainText({ difference, inference }: Comparison): string {
  const isCost = difference < 0;
  const sign = isCost ? -1 : 1;
  const ends = inference === undefined
    ? []
    : [inference.interval.low, inference.interval.high].map((end) => sign * end);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const text = estimateText(searchLogProb, {
    value: sign * difference,
    ...(ends.length === 0 ? {} : { interval: { low, high } }),
  });
  return `that ${isCost ? "costs" : "gains"} ${text} nats`;
}

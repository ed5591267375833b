import { areListed } from "../../config/schema.ts";
import { strategyOf } from "../../decode/definitions.ts";
import type { ModeSummary } from "../../measure/compare_search.ts";
import { type ComparedSearches, isGreedy } from "../../measure/compare_cells.ts";
import type { Comparison } from "../../measure/judged.ts";
import { numberIn } from "../../measure/measure.ts";
import { searchErrorShare, searchMeasures } from "../../measure/search.ts";
import { code, percent } from "../markdown.ts";
import {
  comparisonText,
  measuredText,
  measureTable,
  plainSection,
  type Section,
} from "../measure_table.ts";
import type { RunRecord } from "./run_record.ts";

const TITLE = "## Search against the exact mode";

/** How far what each search finds is from the mode; empty where there is no search but greedy. */
export function searchSection(
  { cells, search, experiment }: Pick<RunRecord, "cells" | "search" | "experiment">,
): Section {
  if (search === undefined) {
    const searches = cells.filter(({ cell }) => strategyOf(cell.settings).isSearch);
    if (searches.every(isGreedy)) return plainSection("");
    return plainSection(
      `${TITLE}\n\nHow far each search is from the most probable text is not known, since no cell of ` +
        "this run has proved which text that is: add `- strategy: exact` to `decoding.strategies`.",
    );
  }
  const { modes, overGreedy } = search;
  const isDrawn = !areListed(experiment.config.decoding.prompts);
  const over = new Map(overGreedy.map((one) => [one.cell, one]));
  const { text, shown } = measureTable("search", search.cells, {
    among: searchMeasures,
    ...(overGreedy[0] === undefined ? {} : {
      trailing: {
        header: [`over ${overGreedy[0].than}, nats`],
        row: ({ cell }) => [comparisonText(over.get(cell.label), "")],
      },
    }),
  });
  const introduction =
    `${modeText(modes, isDrawn)} Differences are taken prompt by prompt; ▲ and ▼ ` +
    "mark them as in the section above.";
  return { text: [TITLE, introduction, text, ...gainTexts(search)].join("\n\n"), shown };
}

function modeText(
  { proved, draws, prompts, empty, emptyShare, logProb, tokens }: ModeSummary,
  isDrawn: boolean,
): string {
  const kind = isDrawn ? "prompts drawn" : "prompts";
  const different = prompts < proved ? ` (${prompts} different)` : "";
  const some = proved === draws
    ? `of each of the ${draws} ${kind}${different}`
    : `of ${proved} of ${draws} ${kind}${different}, to which this section is limited (a larger ` +
      "`budget` may prove more),";
  return `The most probable continuation of all, the *mode*, ${some} was proved by \`exact\`. It is ` +
    `empty, EOS at once, for ${empty} of them, ${
      measuredText({ format: "percent" }, emptyShare)
    }; on average it has ${measuredText({ format: { decimals: 2 } }, tokens)} tokens and log-prob ${
      measuredText({ format: { decimals: 3 } }, logProb)
    }. Each ${isDrawn ? "prompt counts as often as it was drawn" : "prompt counts alike"}.`;
}

/** The gain of the last value of each sweep over the first, one sentence per sweep of a setting. */
function gainTexts({ cells, overFirst }: ComparedSearches): string[] {
  const errors = (label: string): string => {
    const cell = cells.find(({ cell }) => cell.label === label);
    return percent(cell === undefined ? NaN : numberIn(cell, searchErrorShare));
  };
  return overFirst.map((comparison) => {
    const { cell, than } = comparison;
    return `From ${code(than)} to ${code(cell)}: ${
      gainText(comparison)
    } on average; search errors ` +
      `go from ${errors(than)} to ${errors(cell)}.`;
  });
}

/** `that gains 0.699 nats (0.412 to 0.987)`: paired, as a gain or as a cost. */
function gainText({ difference, inference }: Comparison): string {
  const verb = difference < 0 ? "costs" : "gains";
  const nats = (value: number): string => (difference < 0 ? -value : value).toFixed(3);
  const { interval } = inference ?? {};
  const [low, high] = difference < 0
    ? [interval?.high, interval?.low]
    : [interval?.low, interval?.high];
  const ends = low === undefined || high === undefined ? "" : ` (${nats(low)} to ${nats(high)})`;
  return `that ${verb} ${nats(difference)} nats${ends}`;
}

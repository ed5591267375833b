import { strategyOf } from "../../decode/definitions.ts";
import { type CellMeasures, estimateIn, numberIn } from "../../measure/measure.ts";
import {
  type ModeSummary,
  searchDecodings,
  searchErrorShare,
  searchLogProb,
} from "../../measure/search.ts";
import { code, percent } from "../markdown.ts";
import {
  type Leading,
  measuredText,
  measureTable,
  numberText,
  plainSection,
  type Section,
} from "../measure_table.ts";
import type { RunRecord } from "./run_record.ts";

const TITLE = "## Search against the exact mode";

/** How far what each search finds is from the mode; empty where there is no search but greedy. */
export function searchSection({ cells, modes }: Pick<RunRecord, "cells" | "modes">): Section {
  const searches = cells.filter(({ cell }) => strategyOf(cell.settings).isSearch);
  if (modes === undefined) {
    if (searches.every(isGreedy)) return plainSection("");
    return plainSection(
      `${TITLE}\n\nHow far each search is from the most probable text is not known, since no cell of ` +
        "this run has proved which text that is: add `- strategy: exact` to `decoding.strategies`.",
    );
  }
  const compared = searches.filter((cell) => estimateIn(cell, searchDecodings) !== undefined);
  const greedy = compared.find(isGreedy);
  const { text, shown } = measureTable(
    "search",
    compared,
    greedy === undefined ? {} : { trailing: gainOver(greedy) },
  );
  return { text: [TITLE, modeText(modes), text, ...gainTexts(compared)].join("\n\n"), shown };
}

/** Whether a search follows a single text, without chance: the simplest there is. */
function isGreedy({ cell: { settings } }: CellMeasures): boolean {
  const { isDeterministic, sequences } = strategyOf(settings);
  return isDeterministic && (sequences?.(settings) ?? 1) === 1;
}

/** How much more probable the best texts of a search are than those of `other`. */
function gainOver(other: CellMeasures): Leading {
  const gain = (cell: CellMeasures): number =>
    numberIn(cell, searchLogProb) - numberIn(other, searchLogProb);
  return {
    header: [`over ${other.cell.label}, nats`],
    row: (cell) => [numberText(searchLogProb, gain(cell))],
  };
}

function modeText(
  { proved, prompts, empty, emptyShare, meanLogProb, meanLength }: ModeSummary,
): string {
  const some = proved === prompts
    ? `of each of the ${prompts} prompts`
    : `of ${proved} of ${prompts} prompts, to which this section is limited (a larger \`budget\` ` +
      "may prove more),";
  return `The most probable continuation of all, the *mode*, ${some} was proved by \`exact\`. It is ` +
    `empty, EOS at once, for ${empty} of them, ${
      measuredText({ format: "percent" }, emptyShare)
    }; on average it has ${meanLength.toFixed(2)} tokens and log-prob ${meanLogProb.toFixed(3)}. ` +
    "The intervals below are over prompts.";
}

/** The gain of the last value of each sweep over the first, one sentence per sweep of a setting. */
function gainTexts(searches: readonly CellMeasures[]): string[] {
  const sweeps = Map.groupBy(
    searches.filter(({ cell }) => cell.swept.length === 1),
    ({ cell }) => cell.entry,
  );
  return [...sweeps.values()].flatMap((sweep) => {
    const [from, to] = [sweep[0], sweep.at(-1)];
    if (from === undefined || to === undefined || sweep.length < 2) return [];
    const gain = numberIn(to, searchLogProb) - numberIn(from, searchLogProb);
    const verb = gain < 0 ? "costs" : "gains";
    return [
      `From ${code(from.cell.label)} to ${code(to.cell.label)}: that ${verb} ` +
      `${Math.abs(gain).toFixed(3)} nats on average; search errors go from ` +
      `${percent(numberIn(from, searchErrorShare))} to ${percent(numberIn(to, searchErrorShare))}.`,
    ];
  });
}

import type { SearchQuality } from "../../measure/search_quality.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { code, estimate, percent, table, type TableCell } from "../markdown.ts";
import type { RunRecord, SearchComparison } from "./run_record.ts";

/** How far what each search finds is from the mode; nothing where there is no search but greedy. */
export function searchSection(
  { cells, search }: Pick<RunRecord, "cells" | "search">,
): string {
  const searches = cells.map(({ cell }) => cell).filter(({ settings }) =>
    strategyOf(settings).isSearch
  );
  if (search === undefined) {
    if (searches.every(({ settings }) => settings.strategy === "greedy")) return "";
    return [
      TITLE,
      "",
      "How far each search is from the most probable text is not known, since no cell of this run has " +
      "proved what that is: add `- strategy: exact` to `decoding.strategies`.",
    ].join("\n");
  }
  const greedy = search.cells.get("greedy");
  const rows = searches.flatMap(({ label }) => {
    const quality = search.cells.get(label);
    return quality === undefined ? [] : [rowOf(label, quality, greedy)];
  });
  const header = [
    "strategy",
    "decodings",
    "search errors",
    "share",
    "gap, nats",
    "largest gap",
    "log-prob",
    ...(greedy === undefined ? [] : ["over greedy, nats"]),
    "empty",
  ];
  return [
    TITLE,
    "",
    modeText(search),
    "",
    "A *search error* is a decoding whose best text is less probable than the mode; the *gap* is by how " +
    "much, and the mean over all decodings. Nothing can have a gap below 0. *log-prob* is that of the " +
    "best text found, whatever it was found by: a length penalty makes a search look for something " +
    "else. In brackets 95 % intervals over prompts.",
    "",
    table(header, rows),
    ...widthTexts({ cells, search }).flatMap((text) => ["", text]),
  ].join("\n");
}

const TITLE = "## Search against the exact mode";

function modeText({ modes }: SearchComparison): string {
  const { proved, prompts, empty, emptyShare, meanLogProb, meanLength } = modes;
  const some = proved === prompts
    ? `of each of the ${prompts} prompts`
    : `of ${proved} of ${prompts} prompts, to which all that follows is limited (a larger \`budget\` ` +
      "may prove more),";
  return `The most probable continuation of all, the *mode*, ${some} was proved by \`exact\`. It is ` +
    `empty, EOS at once, for ${empty} of them, ${
      estimate(emptyShare, percent)
    }; on average it has ` +
    `${meanLength.toFixed(2)} tokens and log-prob ${meanLogProb.toFixed(3)}.`;
}

function rowOf(
  label: string,
  { decodings, errors, errorShare, gap, largestGap, logProb, emptyShare }: SearchQuality,
  greedy: SearchQuality | undefined,
): TableCell[] {
  const nats = (value: number): string => value.toFixed(3);
  return [
    code(label),
    decodings,
    errors,
    estimate(errorShare, percent),
    estimate(gap, nats),
    nats(largestGap),
    estimate(logProb, nats),
    ...(greedy === undefined ? [] : [nats(logProb.value - greedy.logProb.value)]),
    estimate(emptyShare, percent),
  ];
}

/** What the last value of each sweep buys over the first, a sentence a sweep of one setting. */
function widthTexts({ cells, search }: { cells: RunRecord["cells"]; search: SearchComparison }) {
  const sweeps = Map.groupBy(
    cells.map(({ cell }) => cell).filter((cell) =>
      strategyOf(cell.settings).isSearch && cell.swept.length === 1
    ),
    ({ entry }) => entry,
  );
  return [...sweeps.values()].flatMap((sweep) => {
    const [first, last] = [sweep[0]?.label ?? "", sweep.at(-1)?.label ?? ""];
    const [from, to] = [search.cells.get(first), search.cells.get(last)];
    if (from === undefined || to === undefined || sweep.length < 2) return [];
    const bought = to.logProb.value - from.logProb.value;
    const verb = bought < 0 ? "costs" : "buys";
    return [
      `From ${code(first)} to ${code(last)}: that ${verb} ${Math.abs(bought).toFixed(3)} nats on ` +
      `average; search errors go from ${percent(from.errorShare.value)} to ` +
      `${percent(to.errorShare.value)}.`,
    ];
  });
}

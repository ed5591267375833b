import { sweptValue } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import type { CellMeasures } from "../../measure/cell_measures.ts";
import type { Chart } from "../chart.ts";
import { tradeOffChart } from "./charts.ts";
import { entryCharts } from "./entry_charts.ts";
import { code, estimate, image, percent, table, type TableCell, thousands } from "../markdown.ts";
import type { RunRecord } from "./run_record.ts";

/** The same prompts, strategy by strategy. */
export function comparisonSection({ experiment, cells, prompts: all }: RunRecord): string {
  const { decoding, report } = experiment.config;
  const prompts = report.compare_prompts ?? [...new Set(all)].slice(0, 2);
  const several = decoding.samples > 1 ? " The first of each cell's samples is shown." : "";
  const tables = prompts.map((prompt) => {
    const rows = cells.map(({ cell, firsts }): TableCell[] => {
      const first = firsts.find((sample) => sample.prompt === prompt);
      if (first === undefined) return [cell.label, "", "", "", ""];
      return [
        code(cell.label),
        code(first.continuation),
        first.logProb.toFixed(2),
        first.stop,
        (first.choices / Math.max(1, first.targetCalls)).toFixed(2),
      ];
    });
    const header = ["strategy", "continuation", "log-prob", "stopped by", "tokens / target pass"];
    return `### Prompt ${code(prompt)}\n\n${table(header, rows)}`;
  });
  return [
    "## Comparison",
    "",
    `What each strategy makes of the same prompt, and how probable the target finds it.${several}`,
    "",
    tables.join("\n\n"),
  ].join("\n");
}

/** How probable the samples of each cell are. */
export function qualitySection(
  { cells, differences }: Pick<RunRecord, "cells" | "differences">,
): string {
  const nats = (value: number): string => value.toFixed(2);
  const fine = (value: number): string => value.toFixed(3);
  const rows = cells.map(({ cell, samples, text }) => {
    const difference = differences.get(cell.label);
    return [
      code(cell.label),
      thousands(samples),
      estimate(text.meanLogProb, nats),
      difference === undefined ? "–" : estimate(difference, nats),
      estimate(text.logProbPerToken, fine),
      estimate(text.perplexity, nats),
      estimate(text.entropy, fine),
      estimate(text.meanLength, nats),
      estimate(text.eosShare, percent),
    ];
  });
  const header = [
    "strategy",
    "samples",
    "mean log-prob",
    "against the first",
    "log-prob / token",
    "perplexity",
    "entropy / token",
    "mean length",
    "ended by EOS",
  ];
  return [
    "## Quality",
    "",
    "Over all prompts and samples, each with its 95 % interval. *Against the first* is the mean over " +
    "the prompts of the difference in mean log-prob to the first strategy: an interval without 0 is " +
    "a difference that other prompts would show too.",
    "",
    table(header, rows),
  ].join("\n");
}

/** How different the samples of each cell are, and from what. */
export function diversitySection({ cells, experiment }: RunRecord): string {
  const number = (value: number | undefined): string =>
    value === undefined ? "–" : value.toFixed(3);
  const rows = cells.map(({ cell, text }) => [
    code(cell.label),
    thousands(text.unique),
    estimate(text.uniqueShare, percent),
    estimate(text.novelShare, percent),
    estimate(text.heldOutShare, percent),
    estimate(text.repetitionShare, percent),
    text.distinct.map(number).join(" / "),
    number(text.selfBleu),
    number(text.zipf),
    number(text.lengthDistance),
    estimate(text.coverage, percent),
  ]);
  const header = [
    "strategy",
    "unique",
    "unique share",
    "novel",
    "in held-out",
    "repetitive",
    "distinct-1 / 2 / 3",
    "self-BLEU",
    "Zipf",
    "length distance",
    "coverage",
  ];
  const repeats = experiment.config.decoding.samples > 1 &&
      cells.some(({ cell }) => strategyOf(cell.settings).isDeterministic)
    ? " A search gives a prompt the same continuation every time; it is counted as often as the " +
      "others are sampled, so that shares can be compared, but its intervals are of one decoding a " +
      "prompt."
    : "";
  return [
    "## Diversity",
    "",
    "Over all prompts and samples. A continuation counts once however many prompts it follows." +
    repeats,
    "",
    table(header, rows),
    ...(experiment.config.report.charts ? ["", image(tradeOffChart(cells))] : []),
  ].join("\n");
}

/** A table, and where one number is swept a chart, for each entry that sweeps a setting. */
export function sweepsSection({ cells, experiment }: RunRecord): string {
  const entries = Map.groupBy(
    cells.filter(({ cell }) => cell.swept.length > 0),
    ({ cell }) => cell.entry,
  );
  if (entries.size === 0) return "";
  const charts = experiment.config.report.charts ? entryCharts(cells) : new Map<number, Chart>();
  const parts = [...entries].flatMap(([entry, own]) => {
    const chart = charts.get(entry);
    return chart === undefined ? [sweepTable(own)] : [sweepTable(own), image(chart)];
  });
  return ["## Sweeps", ...parts].join("\n\n");
}

function sweepTable(cells: readonly CellMeasures[]): string {
  const settings = cells[0]?.cell.settings;
  const strategy = settings?.strategy ?? "";
  const swept = cells[0]?.cell.swept ?? [];
  const speculative = settings !== undefined && strategyOf(settings).speculation !== undefined;
  const rows = cells.map(({ cell, text, cost }) => [
    ...swept.map((key) => String(sweptValue(cell.settings, key))),
    estimate(text.uniqueShare, percent),
    estimate(text.meanLength, (tokens) => tokens.toFixed(2)),
    estimate(text.meanLogProb, (nats) => nats.toFixed(2)),
    estimate(text.logProbPerToken, (nats) => nats.toFixed(3)),
    cost.tokensPerTargetCall.toFixed(2),
    thousands(cost.targetRows),
    ...(speculative
      ? [estimate(cost.acceptanceRate, percent), estimate(cost.acceptedShare, percent)]
      : []),
  ]);
  const header = [
    ...swept,
    "unique share",
    "mean length",
    "mean log-prob",
    "log-prob / token",
    "tokens / target pass",
    "target rows",
    ...(speculative ? ["accepted / tested", "accepted / proposed"] : []),
  ];
  const title = swept.length === 1 && swept[0] === strategy
    ? code(strategy)
    : `${code(strategy)} by ${swept.map(code).join(" and ")}`;
  return `### ${title}\n\n${table(header, rows)}`;
}

/**
 * The sections of a report that show what strategies generated and how probable and different it is.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { tokensPerTargetCall } from "../../measure/cost.ts";
import type { CellMeasures } from "../../measure/measure.ts";
import type { Chart } from "../chart.ts";
import { code, image, table, type TableCell } from "../markdown.ts";
import { measureTable, numberText, type Section } from "../measure_table.ts";
import type { RunRecord } from "./run_record.ts";

/** The same prompts, strategy by strategy. */
export function comparisonSection({ experiment, cells, prompts: all }: RunRecord): Section {
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
        first.targetCalls === 0
          ? ""
          : numberText(tokensPerTargetCall, first.choices / first.targetCalls),
      ];
    });
    const header = [
      "strategy",
      "continuation",
      "log-prob",
      "stopped by",
      tokensPerTargetCall.title,
    ];
    return `### Prompt ${code(prompt)}\n\n${table(header, rows)}`;
  });
  const text = [
    "## Comparison",
    "",
    `How each strategy continues the same prompt, and how probable the target finds it.${several}`,
    "",
    tables.join("\n\n"),
  ].join("\n");
  return { text, shown: [tokensPerTargetCall] };
}

/** How probable the samples of each cell are. */
export function qualitySection({ cells }: Pick<RunRecord, "cells">): Section {
  const { text, shown } = measureTable("quality", cells);
  const introduction = "Over all prompts and samples, with 95 % intervals.";
  return { text: `## Quality\n\n${introduction}\n\n${text}`, shown };
}

/** How different the samples of each cell are from one another and from the documents. */
export function diversitySection({ cells, experiment }: RunRecord): Section {
  const repeats = experiment.config.decoding.samples > 1 &&
      cells.some(({ cell }) => strategyOf(cell.settings).isDeterministic)
    ? " A deterministic search gives the same continuation of a prompt every time; it is counted as " +
      "often as the others are sampled, so that shares can be compared, but its intervals are of one " +
      "decoding per prompt."
    : "";
  const { text, shown } = measureTable("diversity", cells);
  return { text: `## Diversity\n\nOver all prompts and samples.${repeats}\n\n${text}`, shown };
}

/** A table, and where one number is swept a chart, for each entry that sweeps a setting. */
export function sweepsSection(
  { cells }: Pick<RunRecord, "cells">,
  charts: readonly Chart[],
): Section {
  const entries = Map.groupBy(
    cells.filter(({ cell }) => cell.swept.length > 0),
    ({ cell }) => cell.entry,
  );
  const parts = [...entries].map(([entry, own]) => {
    const { text, shown } = sweepTable(own);
    const images = charts.filter((chart) => chart.entry === entry).map(image);
    return { text: [text, ...images].join("\n\n"), shown };
  });
  return {
    text: parts.length === 0 ? "" : ["## Sweeps", ...parts.map(({ text }) => text)].join("\n\n"),
    shown: parts.flatMap(({ shown }) => shown),
  };
}

function sweepTable(cells: readonly CellMeasures[]): Section {
  const { strategy } = cells[0]?.cell.settings ?? { strategy: "" };
  const swept = cells[0]?.cell.swept ?? [];
  const leading = {
    header: swept,
    row: ({ cell }: CellMeasures) => swept.map((key) => String(sweptValue(cell.settings, key))),
  };
  const { text, shown } = measureTable("entry sweep", cells, { leading });
  const title = swept.length === 1 && swept[0] === strategy
    ? code(strategy)
    : `${code(strategy)} by ${swept.map(code).join(" and ")}`;
  return { text: `### ${title}\n\n${text}`, shown };
}

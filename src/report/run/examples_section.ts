/**
 * The section of a report that shows whole texts, strategy by strategy.
 *
 * @module
 */
import { logProbPerToken, meanLogProb } from "../../measure/likelihood.ts";
import { formatCount } from "../../text/format.ts";
import type { Block, ReportColumn, ReportTable, Section } from "../document.ts";
import { numberText } from "../estimate_text.ts";
import { cellColumn, numberCell, textCell } from "../measure_table.ts";
import { codeSpan, prose } from "../prose.ts";
import type { RunRecord } from "./run_record.ts";

/** The most texts that are shown of a cell. */
const MOST_EXAMPLES = 5;

const columns: readonly ReportColumn[] = [
  cellColumn,
  { title: "text", align: "left" },
  { title: "log-prob", align: "right" },
  { title: "stopped by", align: "left" },
];

/** The first sample that each cell has of a few prompts, with the prompt; all but the first prompt folded. */
export function examplesSection({ experiment, cells, prompts: all }: RunRecord): Section {
  const { decoding, report } = experiment.config;
  const different = [...new Set([...report.compare_prompts ?? [], ...all])];
  const prompts = different.slice(0, Math.max(MOST_EXAMPLES, report.compare_prompts?.length ?? 0));
  const several = decoding.samples > 1 ? " Each is the first of its cell's samples." : "";
  const [first, ...others] = prompts.map((prompt): Block[] => [
    { kind: "heading", text: prose`After the prompt ${codeSpan(prompt)}` },
    { kind: "table", table: exampleTable(prompt, cells) },
  ]);
  const folded: Block = {
    kind: "details",
    summary: prose`After ${formatCount(others.length, "other prompt")}`,
    blocks: others.flat(),
  };
  return {
    id: "example-texts",
    heading: prose`Example texts`,
    blocks: [
      {
        kind: "paragraph",
        text:
          prose`Whole texts, each with its prompt, and the log-probability of what follows the prompt.${several} More are in [samples.csv](samples.csv).`,
      },
      ...first ?? [],
      ...(others.length === 0 ? [] : [folded]),
    ],
    shown: [meanLogProb, logProbPerToken],
  };
}

function exampleTable(prompt: string, cells: RunRecord["cells"]): ReportTable {
  const rows = cells.flatMap(({ cell, firsts }) => {
    const sample = firsts.find((one) => one.prompt === prompt);
    if (sample === undefined) return [];
    const { continuation, logProb, stop } = sample;
    return [[
      textCell(codeSpan(cell.label)),
      textCell(codeSpan(prompt + continuation)),
      numberCell(numberText(meanLogProb, logProb), logProb),
      textCell(stop),
    ]];
  });
  return { columns, rows };
}

/**
 * The last words of `deno task run`: on stdout what was found and where it stands, on stderr what
 * failed.
 *
 * @module
 */
import type { FindingsData } from "../report/findings_json.ts";
import { readingOf } from "../config/settings.ts";
import { measuredCost } from "../report/measured_cost.ts";
import { plainOf } from "../report/prose.ts";
import type { OutputFolder } from "../runs/output_folder.ts";
import { leftBehind } from "../runs/folder_remarks.ts";
import type { ResultCounts, RunResult, SweepResult } from "../runs/run.ts";
import type { ExperimentSettings } from "../stages/experiment_data.ts";
import { escapeControl } from "../text/characters.ts";
import { formatCount, formatDuration } from "../text/format.ts";
import { answerIn, answerLines } from "./answer.ts";
import { ExitCode } from "./command.ts";
import { notice, print, terminalWidth } from "./terminal.ts";

/** Who has computed results: the run that ended, or shards, so that it cannot tell what was cached. */
export type ComputedBy = "run" | "shards";

/**
 * For each config its cells and findings, a line about what was run, and where its report is: none where
 * no run of it has one. Of a folder that keeps an earlier run's results, a line says so.
 */
export async function printResults(
  results: readonly SweepResult[],
  seconds: number,
  by: ComputedBy = "run",
): Promise<void> {
  for (const result of results) {
    const { runs } = result;
    const folder = folderOf(result);
    const answer = folder && await answerOf(folder);
    if (answer !== undefined) {
      const lines = answerLines(answer, terminalWidth(), costsOf(result, answer));
      print([...lines, ""].join("\n"));
    }
    print(`${lineOf(runs, by)} in ${formatDuration(seconds)}`);
    if (folder !== undefined) {
      print(`  report   ${escapeControl(folder.file("report.md"))}`);
      print(`  page     ${escapeControl(folder.file("report.html"))}`);
      print(`  results  ${escapeControl(folder.file("results.csv"))}`);
    }
    const cut = cutLine(runs);
    if (cut !== undefined) print(`  cut      ${cut}`);
    for (const line of runs.flatMap((run) => leftBehind(run) ?? [])) {
      print(`  ${escapeControl(line)}`);
    }
  }
}

/** The folder that has the report of a config, if any has. */
function folderOf({ runs, summary }: SweepResult): OutputFolder | undefined {
  return summary ?? runs.find(({ hasFiles }) => hasFiles)?.folder;
}

async function answerOf(folder: OutputFolder): Promise<FindingsData | undefined> {
  const text = await folder.lastFindings();
  return text === undefined ? undefined : answerIn(text);
}

/** The cost of speculation on this machine, of a single run: no report has a clock in it. */
function costsOf({ runs, summary }: SweepResult, { findings }: FindingsData): string[] {
  const [run] = runs;
  if (run === undefined || summary !== undefined) return [];
  const { experiment: { config }, models } = run.data;
  const isSmall = models.target.kind === "trained" && config.engine !== "onnx";
  const numbers = findings.flatMap(({ numbers }) => numbers);
  const cost = measuredCost(run.timings, numbers, isSmall);
  return cost === undefined ? [] : [plainOf(cost)];
}

/** The line about tokens cut from documents longer than the block, of the run with most, if any. */
function cutLine(runs: readonly RunResult[]): string | undefined {
  const cuts = runs.map(({ data }) => cutOf(data)).toSorted((a, b) => b.pastBlock - a.pastBlock);
  const [{ documents, tokens, pastBlock } = NO_CUT] = cuts;
  if (documents === 0) return undefined;
  const upTo = cuts.every((one) => one.pastBlock === pastBlock) ? "" : "up to ";
  return `${upTo}${formatCount(documents, "document")} at the end of the block: ` +
    `${pastBlock} of their ${tokens} tokens are left out; ` +
    "--set corpus.long_documents=windows reads all";
}

const NO_CUT = { documents: 0, tokens: 0, pastBlock: 0 };

/** The documents that were cut, their tokens, and those of them that were left out. */
function cutOf({ experiment: { config }, long }: RunResult["data"]): typeof NO_CUT {
  return readingOf(config).long_documents === "cut" ? long : NO_CUT;
}

/** `default: 2 models (2 cached), 20 cells, 8000 samples`; for a sweep the sums over its runs. */
function lineOf(runs: readonly RunResult[], by: ComputedBy): string {
  const sum = (of: (run: RunResult) => number): number =>
    runs.reduce((total, run) => total + of(run), 0);
  const counted = (
    thing: string,
    of: (run: RunResult) => ResultCounts,
    others = 0,
  ): string => {
    const count = sum((run) => of(run).all);
    const failed = sum((run) => of(run).failed);
    const cached = by === "run" ? count - failed - sum((run) => of(run).recomputed) : 0;
    const notes = [[others, "not trained here"], [cached, "cached"], [failed, "failed"]].filter((
      [many],
    ) => many !== 0);
    const shown = notes.length === 0 ? "" : ` (${notes.map((note) => note.join(" ")).join(", ")})`;
    return formatCount(count + others, thing) + shown;
  };
  return `${runs[0]?.data.experiment.name}: ` + [
    ...(runs.length === 1 ? [] : [formatCount(runs.length, "run")]),
    counted("model", ({ models }) => models, sum(({ otherModels }) => otherModels)),
    counted("cell", ({ cells }) => cells),
    formatCount(sum(({ samples }) => samples), "sample"),
  ].join(", ");
}

function titleOf({ name, variant }: ExperimentSettings): string {
  return variant === undefined ? name : `${name}, ${variant.label}`;
}

/** The summary that `--json` prints. */
export async function jsonOf(
  results: readonly SweepResult[],
  seconds: number,
  by: ComputedBy = "run",
): Promise<unknown> {
  const runs = results.flatMap(({ runs }) => runs);
  return {
    seconds,
    computed_by: by,
    runs: await Promise.all(runs.map((run) => jsonOfRun(run, by))),
    sweeps: await Promise.all(results.flatMap(({ summary }) => summary ?? []).map(jsonOfSweep)),
  };
}

async function jsonOfRun(
  { data, folder, models, cells, samples, failures, written, hasFiles }: RunResult,
  by: ComputedBy,
): Promise<unknown> {
  return {
    name: data.experiment.name,
    variant: data.experiment.variant?.label,
    folder: folder.path,
    models: models.all,
    models_trained: by === "run" ? models.recomputed : undefined,
    cells: cells.all,
    cells_decoded: by === "run" ? cells.recomputed : undefined,
    samples,
    documents_cut: cutOf(data).documents,
    tokens_cut: cutOf(data).pastBlock,
    written,
    failures,
    ...hasFiles ? await answerOf(folder) : {},
  };
}

async function jsonOfSweep(folder: OutputFolder): Promise<unknown> {
  return { folder: folder.path, ...await answerOf(folder) };
}

/** Results named of those that failed for the same reason. */
const MOST_NAMED = 3;

/** Lists all failures by their reasons; the exit code. */
export function explainFailures(results: readonly SweepResult[]): number {
  const failed = results.flatMap(({ runs }) => runs)
    .filter(({ failures }) => failures.length > 0);
  if (failed.length === 0) return ExitCode.done;
  const count = failed.reduce((sum, { failures }) => sum + failures.length, 0);
  notice(`error: ${formatCount(count, "result")} failed`);
  for (const { data: { experiment }, failures } of failed) {
    // What needs a model that failed is said once.
    for (const [message, alike] of Map.groupBy(failures, ({ message }) => message)) {
      const names = alike.slice(0, MOST_NAMED).map(({ what }) => what).join(", ");
      const more = alike.length - MOST_NAMED;
      const all = more > 0 ? `${names} and ${more} more` : names;
      notice(`  ${titleOf(experiment)}: ${all}: ${message}`);
    }
  }
  return ExitCode.failed;
}

/**
 * The effect of each setting that a sweep's runs differ in: on the models, and on what their
 * strategies are asked.
 *
 * @module
 */
import { tokensPerTargetCall } from "../../measure/cost.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { meanLogProb } from "../../measure/likelihood.ts";
import { comparableIn, estimateIn } from "../../measure/measure.ts";
import { searchEmptyShare, searchErrorShare, searchLogProb } from "../../measure/search.ts";
import { overDocuments } from "../../measure/standing.ts";
import { strategyOf } from "../../decode/definitions.ts";
import type { Cell } from "../../decode/cell.ts";
import { codeSpan, joined, type Prose, prose } from "../prose.ts";
import { rowEstimates, type SweepSummary, type VariantRun } from "../sweep/sweep_summary.ts";
import { type Along, type Course, planAlong } from "./along.ts";
import type { FindingDefinition, PlannedFinding } from "./finding.ts";
import { heldOutLoss } from "./standing.ts";
import type { Said } from "./wording.ts";

/** The effect on models and texts of the settings that runs differ in. */
export const runSetting: FindingDefinition<SweepSummary> = {
  name: "run setting",
  question: (sweep) =>
    sweep.settings.length === 0
      ? undefined
      : prose`What ${sweep.settings.length === 1 ? "does" : "do"} ${
        joined(sweep.settings.map((path) => [codeSpan(path)]), " and ")
      } do to the models and to their texts?`,
  plan: (sweep) => {
    if (sweep.settings.length === 0) return [];
    const axis = axisOf(sweep);
    return topicsOf(sweep).flatMap((courses): PlannedFinding[] => {
      const moving = courses.filter(isMoved).map((course) => ({
        ...course,
        estimates: axis.order.map((row) => course.estimates[row]),
      }));
      return planAlong({ ...axis, courses: moving });
    });
  },
};

/** The rows of a sweep as the values of one setting. */
function axisOf(
  { settings, rows }: SweepSummary,
): Omit<Along, "courses"> & { readonly order: readonly number[] } {
  const [first = "", ...others] = settings;
  const isAlone = new Set(rows.map(({ values: [value] }) => value)).size === rows.length;
  const isOrdered = isAlone && rows.every(({ values: [value] }) => typeof value === "number");
  const order = rows.map((_, row) => row);
  if (isOrdered) {
    order.sort((a, b) => Number(rows[a]?.values[0]) - Number(rows[b]?.values[0]));
  }
  const texts = order.map((row) => rows[row]?.values.map(String) ?? []);
  const all = joined(settings.map((path) => [codeSpan(path)]), " and ");
  const setting: Prose = !isAlone || others.length === 0
    ? all
    : prose`${codeSpan(first)} (with ${joined(others.map((path) => [codeSpan(path)]), " and ")})`;
  return {
    setting,
    values: texts.map((values) => isAlone ? values[0] ?? "" : values.join(" with ")),
    isOrdered,
    labels: texts.map((values) =>
      values.map((value, i) => `${settings[i] ?? ""}=${value}`).join(",")
    ),
    order,
  };
}

/** Whether a setting does anything to a course: else it is one and the same number everywhere. */
function isMoved({ estimates }: Course): boolean {
  return estimates.some((one) => one?.value !== estimates[0]?.value);
}

/** The measures that a finding each is about: the losses, the modes, and what each strategy is asked. */
function topicsOf(sweep: SweepSummary): Course[][] {
  const cells = sweep.variants.flatMap(({ cells }) => cells);
  const speculating = cells.find(({ cell: { settings } }) =>
    strategyOf(settings).speculation?.(settings) !== undefined
  );
  const sampling = cells.find(({ cell: { settings } }) =>
    strategyOf(settings).samplesAfter !== undefined
  );
  // One that proves what it finds has nothing to gain.
  const searching = cells.findLast(({ cell: { settings }, searched = [] }) =>
    strategyOf(settings).isSearch && searched.every(({ proof }) => proof === undefined)
  );
  return [
    [
      lossCourse(sweep, "target"),
      ...sweep.models.some(({ name }) => name === "draft") ? [lossCourse(sweep, "draft")] : [],
    ],
    [{
      measure: searchEmptyShare,
      words: prose`the share of prompts whose most probable text is empty`,
      estimates: rowEstimates(sweep, ({ search }) => search?.modes.emptyShare),
    }],
    searching === undefined ? [] : [
      searchCourse(sweep, searching.cell, searchErrorShare, "the share of search errors"),
      searchCourse(sweep, searching.cell, searchLogProb, "the log-prob of the best text"),
    ],
    speculating === undefined ? [] : [
      cellCourse(
        sweep,
        { ...tokensPerTargetCall, unit: "ratio" },
        prose`tokens per target pass`,
        speculating.cell,
      ),
    ],
    sampling === undefined ? [] : [
      cellCourse(sweep, uniqueShare, prose`the unique share`, sampling.cell),
      cellCourse(sweep, meanLogProb, prose`the mean log-prob`, sampling.cell),
    ],
  ];
}

function lossCourse(sweep: SweepSummary, model: "target" | "draft"): Course {
  return {
    measure: heldOutLoss,
    words: prose`the held-out loss of the ${model}`,
    estimates: rowEstimates(sweep, (run) => lossOf(run, model)),
  };
}

/** The held-out loss of a model with its spread over documents, where that is known. */
export function lossOf({ losses }: VariantRun, model: string): Estimate | undefined {
  const own = losses.find(({ name }) => name === model);
  return overDocuments(own?.byDocument) ?? own?.heldOut?.natsPerToken;
}

function searchCourse(
  sweep: SweepSummary,
  { label }: Cell,
  measure: Said,
  words: string,
): Course {
  return {
    measure,
    words: prose`${words}`,
    cell: label,
    estimates: rowEstimates(sweep, ({ search }) => {
      const found = search?.cells.find(({ cell }) => cell.label === label);
      return found && estimateIn(found, measure);
    }),
  };
}

function cellCourse(sweep: SweepSummary, measure: Said, words: Prose, cell: Cell): Course {
  return {
    measure,
    words,
    cell: cell.label,
    estimates: rowEstimates(sweep, (run) => cellEstimate(run, cell.label, measure)),
  };
}

/** The estimate of a measure of a cell in one run, for comparisons. */
export function cellEstimate(
  { cells }: VariantRun,
  label: string,
  measure: Pick<Said, "name">,
): Estimate | undefined {
  const found = cells.find(({ cell }) => cell.label === label);
  return found && comparableIn(found, measure);
}

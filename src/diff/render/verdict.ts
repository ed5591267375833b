/**
 * Whether two runs are equal, in a line.
 *
 * @module
 */
import type { MetricDiff, RowDiff, TableDiff } from "../metric_diff.ts";
import type { RunDiff } from "../run_diff.ts";
import type { RunSettingDiff } from "../run_setting_diff.ts";
import { yamlText } from "../setting_diff.ts";
import { escapeControl } from "../../text/characters.ts";
import type { WeightDiff } from "../weight_diff.ts";

/** Whether the runs are equal: in all but versions and presentation, and within the tolerances. */
export function areEqual(diff: RunDiff): boolean {
  return differences(diff).length === 0;
}

/** The metrics of a row that differ. */
export function changedMetrics({ metrics }: RowDiff): MetricDiff[] {
  return metrics.filter(({ differs }) => differs);
}

/** Whether the weights of a model differ. */
export function haveMoved({ change }: WeightDiff): boolean {
  return change.kind === "moved" ? change.differs : change.kind !== "equal";
}

/** One line: equal, or what differs. */
export function verdict(diff: RunDiff): string {
  const [old, current] = [escapeControl(diff.names.old), escapeControl(diff.names.new)];
  const found = differences(diff);
  if (found.length > 0) return `${old} and ${current} differ: ${found.join(", ")}`;
  const within = diff.tolerant ? " within the tolerances" : "";
  const held = [count(diff.cells.rows.length, "cell"), count(diff.models.rows.length, "model")];
  return `${old} and ${current} are equal${within}: ${held.join(", ")}${exceptions(diff)}`;
}

/** What differs, one kind of thing each. */
function differences({ variants, settings, cells, models, weights }: RunDiff): string[] {
  const lone = variants.old.length + variants.new.length;
  const changed = settings.filter(({ kind, differs }) => kind === "setting" && differs).length;
  const moved = weights.filter(haveMoved).length;
  return [
    ...(lone > 0 ? [`${count(lone, "variant")} on one side only`] : []),
    ...(changed > 0 ? [count(changed, "setting")] : []),
    ...tableDifferences(cells, "cell"),
    ...tableDifferences(models, "model"),
    ...(moved > 0 ? [`the weights of ${moved} of ${count(weights.length, "model")}`] : []),
  ];
}

function tableDifferences({ rows, lone, loneMetrics }: TableDiff, thing: string): string[] {
  const changed = rows.map(changedMetrics).filter((metrics) => metrics.length > 0);
  const metrics = changed.flat();
  const judged = metrics.filter(({ outsideSamplingError }) => outsideSamplingError !== undefined);
  const outside = judged.filter(({ outsideSamplingError }) => outsideSamplingError);
  const alone = lone.old.length + lone.new.length;
  const columns = loneMetrics.old.length + loneMetrics.new.length;
  const judgement = judged.length === 0
    ? ""
    : `; ${outside.length} of ${judged.length} outside the sampling error`;
  return [
    ...(changed.length > 0
      ? [
        `${changed.length} of ${count(rows.length, thing)} (${
          count(metrics.length, "metric")
        }${judgement})`,
      ]
      : []),
    ...(alone > 0 ? [`${count(alone, thing)} on one side only`] : []),
    ...(columns > 0 ? [`${count(columns, "column")} of ${thing}s on one side only`] : []),
  ];
}

/** What equal runs differ in all the same. */
function exceptions({ settings }: RunDiff): string {
  const texts = settings.filter(({ differs }) => differs).map(changeText);
  return texts.length === 0 ? "" : ` (but for ${texts.join("; ")})`;
}

function changeText({ path, old, new: current }: RunSettingDiff): string {
  const text = (value: unknown): string =>
    value === undefined ? "nothing" : escapeControl(yamlText(value));
  return `${escapeControl(path)} ${text(old)} → ${text(current)}`;
}

function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? "" : "s"}`;
}

import type { RunDiff } from "../compare.ts";
import { LEVEL } from "../../measure/comparison.ts";
import { effectsOf } from "../effects.ts";
import type { LoneRow, MetricDiff, OneSided, TableDiff } from "../metrics.ts";
import type { Measured } from "../tables.ts";
import type { WeightDiff } from "../weights.ts";
import { numberIn } from "../written.ts";
import { incomparable } from "./incomparable.ts";
import { areEqual, changedMetrics, haveMoved, type ShowOptions } from "./sections.ts";

/**
 * Two runs side by side for a program. `format` and `version` name the structure, which only grows
 * while `version` stays:
 *
 * - `old`, `new`: the runs as they were named; `equal`: whether the exit code is 0.
 * - `remark`: a sentence where nothing can be compared, as of a run and a sweep; else `null`.
 * - `settings`: `{ path, old, new, kind, variants }`; `null` if there is none; `kind` is `setting`,
 *   `version` or `presentation`, of which only the first makes runs differ.
 * - `variants`: `{ old, new }`, the labels of those that only one run has.
 * - `cells` and `models`: `compared`, how many both runs have; `rows`, `{ name, settings, metrics }`
 *   with `{ metric, old, new, change, relative_change, interval, p, adjusted_p, pairing,
 *   outside_sampling_error, same_as }`; `one_sided`, rows and columns that only one run has. A value is `{ value,
 *   low, high }`: numbers, text if it is not a number, `null` if there is none. `interval`, the change's
 *   own, is `{ low, high }`; it and `p` are not adjusted, `adjusted_p` is, by Holm's method. `pairing`
 *   is `sample number`, `draw`, `document`, `none` or `printed intervals`. All are `null` for a metric that is
 *   not judged. `same_as` is the metric that is the same in another unit and is judged in its place, else
 *   `null`.
 * - `effects`: what moved, the largest change first, `{ of, name, metric, size, exact }`: `of` is `cell`
 *   or `model`; `size` is the change over the larger of both values, that of a share the change itself;
 *   `exact` whether there is no chance in it. Counts are no effects.
 * - `judged`: `{ metrics, outside, unadjusted, by_chance }`: how many metrics are judged, equal ones
 *   too, how many of them are outside, how many have a p below 0.05, and how many of those chance alone
 *   gives; `notes`, why some are judged by the printed intervals alone.
 * - `weights`: `{ variant, model, kind }` with `kind` `equal`, `moved` (`largest`, `relative` and
 *   `tensors`, which have the same), `reshaped` (`sizes`) or `unknown` (`missing`).
 *
 * Without `all` it only has what differs.
 */
export function jsonOfDiff(diff: RunDiff, { all }: ShowOptions): string {
  const content = {
    format: "microbeam-diff",
    version: 1,
    old: diff.names.old,
    new: diff.names.new,
    equal: areEqual(diff),
    remark: incomparable(diff) ?? null,
    settings: diff.settings
      .filter(({ differs, kind }) => all || differs && kind !== "presentation")
      .map(({ path, old, new: current, kind, variants }) => ({
        path,
        old: old ?? null,
        new: current ?? null,
        kind,
        variants,
      })),
    variants: diff.variants,
    cells: tableJson(diff.cells, all),
    models: tableJson(diff.models, all),
    effects: effectsJson(diff),
    judged: { ...diff.family, by_chance: diff.family.metrics * LEVEL },
    notes: diff.shortcomings,
    weights: diff.weights.filter((weight) => all || haveMoved(weight)).map(weightJson),
  };
  return JSON.stringify(content, null, 2);
}

function effectsJson(diff: RunDiff) {
  const { cells, models, exact } = effectsOf(diff);
  const effects = [
    ...[...cells, ...exact].map((effect) => ({ of: "cell", ...effect })),
    ...models.map((effect) => ({ of: "model", ...effect })),
  ];
  return effects.toSorted((a, b) => b.size - a.size)
    .map(({ of, row, metric, size, isExact: exact }) => ({
      of,
      name: row.name,
      metric: metric.metric,
      size,
      exact,
    }));
}

function tableJson(table: TableDiff, all: boolean) {
  const { rows, lone, loneSettings, loneMetrics } = table;
  const shown = rows.flatMap((row) => {
    const metrics = all ? row.metrics : changedMetrics(row);
    if (metrics.length === 0) return [];
    return [{ name: row.name, settings: row.settings, metrics: metrics.map(metricJson) }];
  });
  const side = (key: keyof OneSided<LoneRow>) => ({
    rows: lone[key].map(({ name, settings }) => ({ name, settings })),
    settings: loneSettings[key],
    metrics: loneMetrics[key],
  });
  return {
    compared: rows.length,
    rows: shown,
    one_sided: { old: side("old"), new: side("new") },
  };
}

function metricJson(metric: MetricDiff) {
  const { judgement } = metric;
  const { interval, p } = judgement?.difference ?? {};
  return {
    metric: metric.metric,
    old: measuredJson(metric.old),
    new: measuredJson(metric.new),
    change: metric.change ?? null,
    relative_change: metric.relativeChange ?? null,
    interval: interval ?? null,
    p: p ?? null,
    adjusted_p: judgement?.adjusted ?? null,
    pairing: judgement?.pairing ?? null,
    outside_sampling_error: judgement?.isOutside ?? null,
    same_as: metric.sameAs ?? null,
    differs: metric.differs,
  };
}

function measuredJson({ text, ends }: Measured) {
  const json = (value: string): number | string | null =>
    value === "" ? null : numberIn(value) ?? value;
  return { value: json(text), low: json(ends.low), high: json(ends.high) };
}

function weightJson({ variant, model, change }: WeightDiff) {
  const { kind } = change;
  if (kind !== "moved") return { variant, model, ...change };
  const { largest, relative } = change.whole;
  const tensors = change.tensors.map((tensor) => ({
    ...tensor,
    relative: tensor.relative ?? null,
  }));
  return { variant, model, kind, largest, relative: relative ?? null, tensors };
}

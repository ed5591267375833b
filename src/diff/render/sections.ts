/**
 * Two runs side by side as tables and one closing line, which text and Markdown draw.
 *
 * @module
 */
import { percent } from "../../report/markdown.ts";
import { escapeControl } from "../../text/characters.ts";
import { formatCount } from "../../text/format.ts";
import type { RunDiff } from "../compare.ts";
import type { MetricDiff, RowDiff, TableDiff } from "../metrics.ts";
import { yamlText } from "../../config/setting_diff.ts";
import type { RunSettingDiff } from "../settings.ts";
import type { Movement, WeightDiff } from "../weights.ts";
import { isSweep } from "./effect_groups.ts";
import { familyText, pText, verdictWord } from "./chance.ts";
import { incomparable } from "./incomparable.ts";
import { cutToDifference, valueText } from "./setting_text.ts";
import { shownValues } from "./values.ts";

/** A field of a table. */
export interface Field {
  /** Its text, on one line. */
  readonly text: string;
  /** A name or value as it was written; a number, empty if there is none; or a word of diff itself. */
  readonly kind: "written" | "number" | "word";
}

/** The rows about one cell or model. */
export interface Group {
  /** Its name; empty if the table has no groups. */
  readonly name: string;
  /** One field per column. */
  readonly rows: readonly (readonly Field[])[];
}

/** A table with its title. */
export interface Section {
  /** The title. */
  readonly title: string;
  /** The kind of the groups: `cell`. */
  readonly of: string;
  /** The names of the columns. */
  readonly header: readonly string[];
  /** The rows, at least one. */
  readonly groups: readonly Group[];
}

/** Options of every format. */
export interface ShowOptions {
  /** Whether to show what is equal, too. */
  readonly all: boolean;
}

/** Every table but that of settings that has a row to show; where nothing can be compared, none unless `options.all`. */
export function sectionsOf(diff: RunDiff, options: ShowOptions): Section[] {
  if (!options.all && incomparable(diff) !== undefined) return [];
  const { names, variants, cells, models } = diff;
  const oneSided = (
    thing: string,
    old: readonly string[],
    current: readonly string[],
  ): Field[][] => [
    ...old.map((name) => [word(thing), written(name), written(names.old)]),
    ...current.map((name) => [word(thing), written(name), written(names.new)]),
  ];
  const nameOf = ({ name }: { readonly name: string }): string => name;
  const lone = [
    ...oneSided("variant", variants.old.map(variantText), variants.new.map(variantText)),
    ...oneSided("cell", cells.lone.old.map(nameOf), cells.lone.new.map(nameOf)),
    ...oneSided("setting of cells", cells.loneSettings.old, cells.loneSettings.new),
    ...oneSided("metric of cells", cells.loneMetrics.old, cells.loneMetrics.new),
    ...oneSided("model", models.lone.old.map(nameOf), models.lone.new.map(nameOf)),
    ...oneSided("metric of models", models.loneMetrics.old, models.loneMetrics.new),
  ];
  const weights = options.all ? diff.weights : diff.weights.filter(haveMoved);
  const moves = weights.flatMap((weight) => weightRows(weight, options));
  return [
    section("In one run only", ["", "name", "only in"], [{ name: "", rows: lone }]),
    metricSection("Cells", "cell", cells, options),
    metricSection("Models", "model", models, options),
    section("Weights", ["model", "largest change", "RMS change / RMS"], [{
      name: "",
      rows: moves,
    }]),
  ].filter(({ groups }) => groups.length > 0);
}

function section(
  title: string,
  header: readonly string[],
  groups: readonly Group[],
  of = "",
): Section {
  return { title, header, of, groups: groups.filter(({ rows }) => rows.length > 0) };
}

/** The settings as a table; without `all` those that changed. */
export function settingSection(diff: RunDiff, { all }: ShowOptions): Section {
  const { settings } = diff;
  const shown = settings.filter(({ differs, kind }) => all || differs && kind !== "presentation");
  const every = new Set(settings.flatMap((setting) => setting.variants));
  const isOfSweep = isSweep(diff);
  const rows = shown.map((setting): Field[] => {
    const values = [setting.old, setting.new].map(valueText);
    const [old, current] = cutToDifference(values[0] ?? "", values[1] ?? "", LONGEST_VALUE);
    const fields = [written(setting.path), written(old), written(current)];
    if (!isOfSweep) return fields;
    const everywhere = setting.variants.length === every.size;
    return [...fields, everywhere ? word("every variant") : written(setting.variants.join("; "))];
  });
  const header = ["setting", "old", "new", ...(isOfSweep ? ["in"] : [])];
  return section("Settings", header, [{ name: "", rows }]);
}

/** Longer values are shown from their first difference on. */
const LONGEST_VALUE = 60;

function metricSection(
  title: string,
  of: string,
  { rows }: TableDiff,
  { all }: ShowOptions,
): Section {
  const groups = rows.map((row): Group => ({
    name: escapeControl(row.name),
    rows: (all ? row.metrics.filter(isMeasured) : changedMetrics(row))
      .map((metric) => metricRow(row, metric)),
  }));
  return section(title, ["metric", "old", "new", "change", "p", "chance"], groups, of);
}

/** Whether any run has the metric; many are only measured in some cells. */
function isMeasured({ old, new: current }: MetricDiff): boolean {
  return old.text !== "" || current.text !== "";
}

function metricRow(row: RowDiff, metric: MetricDiff): Field[] {
  const values = shownValues(metric);
  return [
    written(metric.metric),
    number(values.old),
    number(values.new),
    number(values.change),
    number(pText(metric)),
    word(verdictWord(row, metric)),
  ];
}

function weightRows({ variant, model, change }: WeightDiff, { all }: ShowOptions): Field[][] {
  const name = variant === "" ? model : `${variant}: ${model}`;
  switch (change.kind) {
    case "equal":
      return [[written(name), word("equal"), word("")]];
    case "reshaped":
      return [[written(name), word(change.sizes.join(", ")), word("–")]];
    case "unknown":
      return [[
        written(name),
        word(`unknown: no checkpoint in ${change.missing.join(" and ")}`),
        word("–"),
      ]];
    case "moved": {
      const parts = all ? change.tensors : [];
      return [
        movementRow(name, change.whole),
        ...parts.map((part) => movementRow(`${name} ${part.name}`, part)),
      ];
    }
  }
}

function movementRow(name: string, { largest, relative }: Movement): Field[] {
  return [
    written(name),
    number(largest.toPrecision(3)),
    number(relative === undefined ? "" : percent(relative)),
  ];
}

function variantText(label: string): string {
  return label === "" ? "the run itself" : label;
}

function written(text: string): Field {
  return { text: escapeControl(text), kind: "written" };
}

function number(text: string): Field {
  return { text: escapeControl(text), kind: "number" };
}

function word(text: string): Field {
  return { text: escapeControl(text), kind: "word" };
}

/** Whether the runs are equal, except for versions and presentation, within the tolerances. */
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

/** The closing line: that the runs are equal, or in what they differ. */
export function verdict(diff: RunDiff): string {
  const [old, current] = [escapeControl(diff.names.old), escapeControl(diff.names.new)];
  const found = differences(diff);
  if (found.length > 0) {
    return `${old} and ${current} differ: ${found.join(", ")}${familyText(diff.family)}`;
  }
  const within = diff.tolerant ? " within the tolerances" : "";
  const compared = [
    formatCount(diff.cells.rows.length, "cell"),
    formatCount(diff.models.rows.length, "model"),
  ];
  return `${old} and ${current} are equal${within}: ${compared.join(", ")}${exceptions(diff)}`;
}

/** The differences, one text per kind. */
function differences({ variants, settings, cells, models, weights }: RunDiff): string[] {
  const lone = variants.old.length + variants.new.length;
  const changed = settings.filter(({ kind, differs }) => kind === "setting" && differs).length;
  const moved = weights.filter(haveMoved).length;
  return [
    ...(lone > 0 ? [`${formatCount(lone, "variant")} in one run only`] : []),
    ...(changed > 0 ? [formatCount(changed, "setting")] : []),
    ...tableDifferences(cells, "cell"),
    ...tableDifferences(models, "model"),
    ...(moved > 0 ? [`the weights of ${moved} of ${formatCount(weights.length, "model")}`] : []),
  ];
}

function tableDifferences({ rows, lone, loneMetrics }: TableDiff, thing: string): string[] {
  const changed = rows.map(changedMetrics).filter((metrics) => metrics.length > 0);
  const metrics = changed.flat();
  const alone = lone.old.length + lone.new.length;
  const columns = loneMetrics.old.length + loneMetrics.new.length;
  return [
    ...(changed.length > 0
      ? [
        `${changed.length} of ${formatCount(rows.length, thing)} (${
          formatCount(metrics.length, "metric")
        })`,
      ]
      : []),
    ...(alone > 0 ? [`${formatCount(alone, thing)} in one run only`] : []),
    ...(columns > 0 ? [`${formatCount(columns, "column")} of ${thing}s in one run only`] : []),
  ];
}

/** The versions and presentation in which equal runs differ. */
function exceptions({ settings }: RunDiff): string {
  const texts = settings.filter(({ differs }) => differs).map(exceptionText);
  return texts.length === 0 ? "" : ` (except for ${texts.join("; ")})`;
}

function exceptionText({ path, old, new: current }: RunSettingDiff): string {
  const text = (value: unknown): string =>
    value === undefined ? "nothing" : escapeControl(yamlText(value));
  return `${escapeControl(path)} ${text(old)} → ${text(current)}`;
}

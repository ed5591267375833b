/**
 * What there is to show of two runs, as tables that text and Markdown draw.
 *
 * @module
 */
import { percent } from "../../report/markdown.ts";
import { decimalsIn } from "../measured.ts";
import type { MetricDiff, TableDiff } from "../metric_diff.ts";
import type { RunDiff } from "../run_diff.ts";
import type { RunSettingDiff } from "../run_setting_diff.ts";
import { yamlText } from "../setting_diff.ts";
import { changedMetrics, haveMoved } from "./verdict.ts";
import { escapeControl } from "../../text/characters.ts";
import type { Movement, WeightDiff } from "../weight_diff.ts";

/** A field of a table. */
export interface Field {
  /** What it says, on one line. */
  readonly text: string;
  /** A name or value, as it was written; a number, empty where there is none; or one of our own words. */
  readonly kind: "written" | "number" | "word";
}

/** Rows about one thing. */
export interface Group {
  /** The thing; empty where the table is about one only. */
  readonly name: string;
  /** A field a column. */
  readonly rows: readonly (readonly Field[])[];
}

/** A table with its title. */
export interface Section {
  /** What it is about. */
  readonly title: string;
  /** What the names of the groups are: `cell`. */
  readonly of: string;
  /** The names of the columns. */
  readonly header: readonly string[];
  /** The rows; there is at least one. */
  readonly groups: readonly Group[];
}

/** Which rows are shown. */
export interface Shown {
  /** Those that are alike, too. */
  readonly all: boolean;
}

/** Every table that has a row to show. */
export function sectionsOf(diff: RunDiff, shown: Shown): Section[] {
  const { names, variants, cells, models } = diff;
  const alone = (thing: string, old: readonly string[], current: readonly string[]): Field[][] => [
    ...old.map((name) => [word(thing), written(name), written(names.old)]),
    ...current.map((name) => [word(thing), written(name), written(names.new)]),
  ];
  const nameOf = ({ name }: { readonly name: string }): string => name;
  const lone = [
    ...alone("variant", variants.old.map(variantText), variants.new.map(variantText)),
    ...alone("cell", cells.lone.old.map(nameOf), cells.lone.new.map(nameOf)),
    ...alone("setting of cells", cells.loneSettings.old, cells.loneSettings.new),
    ...alone("metric of cells", cells.loneMetrics.old, cells.loneMetrics.new),
    ...alone("model", models.lone.old.map(nameOf), models.lone.new.map(nameOf)),
    ...alone("metric of models", models.loneMetrics.old, models.loneMetrics.new),
  ];
  const weights = shown.all ? diff.weights : diff.weights.filter(haveMoved);
  const moves = weights.flatMap((weight) => weightRows(weight, shown));
  return [
    settingSection(diff, shown),
    section("On one side only", ["", "name", "only in"], [{ name: "", rows: lone }]),
    metricSection("Cells", "cell", cells, shown),
    metricSection("Models", "model", models, shown),
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

function settingSection({ settings, variants }: RunDiff, { all }: Shown): Section {
  const shown = settings.filter(({ differs, kind }) => all || differs && kind !== "presentation");
  const every = new Set(settings.flatMap((setting) => setting.variants));
  const isSweep = [...every, ...variants.old, ...variants.new].some((label) => label !== "");
  const rows = shown.map((setting): Field[] => {
    const [old, current] = valuesShown(setting);
    const fields = [written(setting.path), written(old), written(current)];
    if (!isSweep) return fields;
    const everywhere = setting.variants.length === every.size;
    return [...fields, everywhere ? word("every variant") : written(setting.variants.join("; "))];
  });
  const header = ["setting", "old", "new", ...(isSweep ? ["in"] : [])];
  return section("Settings", header, [{ name: "", rows }]);
}

/** Values longer than this are shown from where they part. */
const LONGEST_VALUE = 60;

function valuesShown({ old, new: current }: RunSettingDiff): [string, string] {
  const [before, after] = [valueText(old), valueText(current)];
  if (Math.max(before.length, after.length) <= LONGEST_VALUE) return [before, after];
  let alike = 0;
  while (alike < before.length && before[alike] === after[alike]) alike++;
  // What they share before that, for a little context.
  const from = before === after ? 0 : Math.max(0, alike - 12);
  const cut = (text: string): string => {
    const rest = (from > 0 ? "…" : "") + text.slice(from);
    return rest.length > LONGEST_VALUE ? `${rest.slice(0, LONGEST_VALUE - 1)}…` : rest;
  };
  return [cut(before), cut(after)];
}

function valueText(value: unknown): string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return `${value.slice(0, 12)}…`;
  return yamlText(value);
}

function metricSection(title: string, of: string, { rows }: TableDiff, { all }: Shown): Section {
  const groups = rows.map((row): Group => ({
    name: escapeControl(row.name),
    rows: (all ? row.metrics : changedMetrics(row)).map(metricRow),
  }));
  const header = ["metric", "old", "new", "change", "relative", "sampling error"];
  return section(title, header, groups, of);
}

function metricRow(metric: MetricDiff): Field[] {
  const { old, new: current, change, relativeChange } = metric;
  return [
    written(metric.metric),
    number(old.text),
    number(current.text),
    number(change === undefined ? "" : changeText(change, decimalsIn(old.text, current.text))),
    number(relativeChange === undefined ? "" : signed(relativeChange, percent)),
    word(judgement(metric)),
  ];
}

function judgement({ outsideSamplingError, change, differs }: MetricDiff): string {
  if (outsideSamplingError === undefined) return "–";
  if (outsideSamplingError) return "outside";
  return change === 0 && differs ? "its interval alone" : "within";
}

function changeText(change: number, decimals: number | undefined): string {
  return signed(change, (value) => decimals === undefined ? `${value}` : value.toFixed(decimals));
}

function signed(value: number, text: (value: number) => string): string {
  return `${value > 0 ? "+" : ""}${text(value)}`;
}

function weightRows({ variant, model, change }: WeightDiff, { all }: Shown): Field[][] {
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

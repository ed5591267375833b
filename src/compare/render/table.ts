/**
 * A comparison of cells as a heading, a table and closing lines, which text and Markdown draw.
 *
 * @module
 */
import { strategies } from "../../decode/definitions.ts";
import type { Pairing } from "../../diff/judgement.ts";
import { numberIn } from "../../diff/written.ts";
import * as likelihood from "../../measure/likelihood.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import { differenceText, numberText } from "../../report/estimate_text.ts";
import { codeSpan, joined, listed, type Prose, prose } from "../../report/prose.ts";
import { thousands } from "../../report/markdown.ts";
import { firstAndCount, formatCount } from "../../text/format.ts";
import type { CellComparison, ComparedCell, JudgedDifference } from "../compare.ts";
import { rowNames } from "../row_names.ts";
import { sentenceOf } from "../sentence.ts";

/** A comparison as it is shown. */
export interface ShownComparison {
  /** The heading, which says what is compared. */
  readonly heading: Prose;
  /** The titles of the columns with the names of cells. */
  readonly names: readonly string[];
  /** The titles of the measures. */
  readonly titles: readonly string[];
  /** The rows, by what is compared with one another. */
  readonly groups: readonly ShownGroup[];
  /** How to read it. */
  readonly remarks: readonly Prose[];
}

/** The rows that are compared with one another. */
export interface ShownGroup {
  /** The settings that tell it from others; empty where there is one group. */
  readonly name: string;
  /** Its rows. */
  readonly rows: readonly ShownRow[];
  /** Its outcome, in a sentence. */
  readonly sentence: Prose | undefined;
}

/** A cell. */
export interface ShownRow {
  /** Its names, one for each of their columns. */
  readonly names: readonly string[];
  /** Its measures. */
  readonly fields: readonly ShownField[];
}

/** A measure of a cell. */
export interface ShownField {
  /** Its value; a dash where it has none. */
  readonly value: string;
  /** The difference; empty where it has none. */
  readonly difference: string;
  /** `▲` or `▼` where chance does not explain it, `?` where it is not known whether it does. */
  readonly mark: "▲" | "▼" | "?" | "";
}

/** The word in place of a difference, in the row of the cell that the others are compared with. */
export const BASELINE = "baseline";

/** A comparison as it is shown. */
export function shownComparison(comparison: CellComparison): ShownComparison {
  const { measures, groups } = comparison;
  const names = rowNames(comparison);
  const hasNames = groups.length > 1 || groups.some(({ shared }) => shared.length > 0);
  return {
    heading: headingOf(comparison),
    names: names.columns,
    titles: measures.map(titleOf),
    groups: groups.map((group): ShownGroup => ({
      name: hasNames ? group.shared.map((setting) => setting.join("=")).join(", ") : "",
      rows: group.cells.map((cell, i) => ({
        names: names.of(cell),
        fields: measures.map((measure) => fieldOf(measure, cell, i === 0)),
      })),
      sentence: sentenceOf(group, measures[0], names),
    })),
    remarks: remarksOf(comparison),
  };
}

function titleOf({ title, format }: MeasureFacts): string {
  return format === "percent" ? `${title}, %` : title;
}

function fieldOf(
  measure: MeasureFacts,
  { measured }: ComparedCell,
  isBaseline: boolean,
): ShownField {
  const found = measured.get(measure.name);
  if (found === undefined) return { value: "–", difference: "", mark: "" };
  return {
    // The title has the sign.
    value: numberText(measure, found.estimate.value).replace(/\u00a0%$/, ""),
    difference: isBaseline ? BASELINE : changeText(measure, found.difference),
    mark: isBaseline ? "" : markOf(found.difference),
  };
}

function changeText(measure: MeasureFacts, difference: JudgedDifference | undefined): string {
  if (difference === undefined) return "";
  const { value, inference } = difference;
  const interval = inference?.interval;
  return differenceText(measure, { value, ...(interval === undefined ? {} : { interval }) });
}

function markOf(difference: JudgedDifference | undefined): ShownField["mark"] {
  if (difference === undefined) return "";
  switch (difference.verdict) {
    case "higher":
      return "▲";
    case "lower":
      return "▼";
    case undefined:
      // Of what is always the same chance needs no measure.
      return difference.value === 0 ? "" : "?";
    default:
      return "";
  }
}

function headingOf({ by, groups }: CellComparison): Prose {
  const cells = groups.flatMap((group) => group.cells);
  const kinds = [...new Set(cells.map(({ cell }) => cell.own.get("strategy") ?? ""))];
  const labels = [...new Set(cells.map(({ cell }) => cell.label))];
  const known = strategies.filter(({ name }) => kinds.includes(name)).map(({ name }) => name);
  const what = labels.length === 1
    ? prose`${codeSpan(labels[0] ?? "")}`
    : known.length > 3
    ? prose`${formatCount(cells.length, "cell")}`
    : listed(known.map((name) => prose`${codeSpan(name)}`));
  const runs = [...new Set(cells.map(({ cell }) => cell.run))].map((run) =>
    prose`${codeSpan(run)}`
  );
  const settings = by.map((name) => prose`${codeSpan(name)}`);
  const parts = [
    [...what, ...settings.length === 0 ? [] : [...prose` by `, ...listed(settings)]],
    [...prose`in `, ...listed(runs)],
  ];
  return [...joined(parts, ", "), ...sizeOf(cells)];
}

/** ` (2,000 samples of 20 prompts)`, where all have as many. */
function sizeOf(cells: readonly ComparedCell[]): Prose {
  const of = ({ name }: MeasureFacts): number | undefined => {
    const [text, ...others] = new Set(cells.map(({ cell }) => cell.row.measured(name).text));
    return text === undefined || others.length > 0 ? undefined : numberIn(text);
  };
  const [samples, draws, population] = [
    of(likelihood.samples),
    of(likelihood.draws),
    of(likelihood.population),
  ];
  if (samples === undefined || draws === undefined) return [];
  const prompts = formatCount(draws, population === undefined ? "prompt" : "drawn prompt");
  return prose` (${thousands(samples)} sample${samples === 1 ? "" : "s"} of ${prompts})`;
}

/** How chance in two cells was taken together, for people. */
const PAIRED: Readonly<Record<Pairing, string>> = {
  "sample number": "paired by sample number",
  draw: "paired by drawn prompt",
  document: "paired by document",
  none: "samples of different cells are independent",
  "printed intervals": "from printed intervals, as if independent",
};

function remarksOf({ groups, measures, family, notes }: CellComparison): Prose[] {
  const differences = groups.flatMap(({ cells }) =>
    cells.slice(1).flatMap(({ measured }) =>
      measures.flatMap(({ name }) => measured.get(name)?.difference ?? [])
    )
  );
  const pairings = [...new Set(differences.flatMap(({ inference }) => inference?.pairing ?? []))];
  const isExact = differences.some(({ inference, verdict }) =>
    inference === undefined && verdict !== undefined
  );
  const isUnknown = differences.some((one) => markOf(one) === "?");
  const legend = [
    ...(pairings.length > 0
      ? [
        `± is the 95 % interval of each difference (${
          pairings.map((pairing) => PAIRED[pairing]).join("; ")
        }). ▲ and ▼: beyond chance by Holm's method over all ${
          formatCount(family.size, "difference")
        }.`,
      ]
      : []),
    ...(isExact ? ["Without ±: exact, nothing was left to chance."] : []),
    ...(isUnknown ? ["?: how far chance reaches is not known."] : []),
  ];
  return [
    ...(legend.length > 0 ? [prose`${legend.join(" ")}`] : []),
    ...(notes.length > 0 ? [prose`Note: ${firstAndCount(notes, 6).join("; ")}.`] : []),
  ];
}

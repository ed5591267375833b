/**
 * Two runs side by side in Markdown, for a pull request: the short answer, and all differences folded.
 *
 * @module
 */
import { code, plainText } from "../../report/markdown.ts";
import type { Prose } from "../../report/prose.ts";
import { escapeControl } from "../../text/characters.ts";
import { firstAndCount, formatCount } from "../../text/format.ts";
import type { RunDiff } from "../compare.ts";
import { type Effects, effectsOf } from "../effects.ts";
import { closingSentence, countSentences, modelSentence, oneSidedNames } from "./answer.ts";
import { chanceRemarks } from "./chance.ts";
import { groupsOf } from "./effect_groups.ts";
import { incomparable } from "./incomparable.ts";
import {
  areEqual,
  type Field,
  type Section,
  sectionsOf,
  settingSection,
  type ShowOptions,
  verdict,
} from "./sections.ts";
import { changedSettings, settingChange } from "./setting_text.ts";
import { titleOf } from "./values.ts";

/** Two runs side by side in Markdown; one line if they are equal, unless `options.all`. */
export function markdownOfDiff(diff: RunDiff, options: ShowOptions): string {
  const closing = verdict(diff);
  if (areEqual(diff) && !options.all) return plainText(closing);
  const { old, new: current } = diff.names;
  const heading = `## ${code(old)} → ${code(current)}`;
  const remark = incomparable(diff, (name) => code(escapeControl(name)));
  const effects = effectsOf(diff);
  const answer = remark ??
    (areEqual(diff) ? plainText(closing) : `**${proseText(closingSentence(diff, effects))}**`);
  return [
    heading,
    answer,
    settingList(diff),
    effectTable(effects),
    oneSidedText(diff),
    [...countSentences(diff, effects), modelSentence(diff, effects)].map(proseText).join(" ")
      .trim(),
    folded(diff, options),
  ].filter((part) => part !== "").join("\n\n");
}

function proseText(text: Prose): string {
  return text.map((span) => span.kind === "code" ? code(span.text) : plainText(span.text)).join("");
}

/** The most settings, and the most names of what only one run has. */
const MOST_SETTINGS = 5;
/** How long the line of a setting is, about. */
const SETTING_LENGTH = 100;

function settingList(diff: RunDiff): string {
  const lines = changedSettings(diff).map((setting) =>
    `- ${proseText(settingChange(diff, setting, SETTING_LENGTH))}`
  );
  const left = lines.length - MOST_SETTINGS;
  return [
    ...lines.slice(0, MOST_SETTINGS),
    ...(left > 0 ? [`- and ${formatCount(left, "more setting")}`] : []),
  ].join("\n");
}

/** The most rows of a table that is not folded, and of a measure in it. */
const MOST_ROWS = 20;
const MOST_ROWS_OF_MEASURE = 2;

function effectTable(effects: Effects): string {
  const groups = [...groupsOf(effects.cells), ...groupsOf(effects.exact)];
  const rows = groups.flatMap(({ metric, rows, effects }) =>
    rows.slice(0, MOST_ROWS_OF_MEASURE).map((row) => [
      titleOf(metric),
      inCode(row.name) + row.where,
      row.old,
      row.new,
      effects[0]?.isExact ? `${row.change} (exact)` : row.change,
    ])
  );
  if (rows.length === 0) return "";
  const all = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const left = all - Math.min(rows.length, MOST_ROWS);
  const shown = rows.slice(0, MOST_ROWS).map(([title = "", name = "", ...values]) => [
    plainText(title),
    name,
    ...values.map(plainText),
  ]);
  const text = tableText(["moved", "in", "old", "new", "change ± 95 %"], shown, 2);
  return left > 0 ? `${text}\n\n${left} more are below.` : text;
}

/** A table whose columns are numbers from `firstNumber` on; folded ones are long, and not padded. */
function tableText(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  firstNumber: number,
): string {
  const rule = header.map((_, column) => column < firstNumber ? ":--" : "--:");
  return [header, rule, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function oneSidedText(diff: RunDiff): string {
  if (incomparable(diff) !== undefined) return "";
  return oneSidedNames(diff).map(({ run, count, names }) =>
    `Only in ${code(run)}: ${count}: ${firstAndCount(names.map(code), 4).join(", ")}.`
  ).join("\n\n");
}

/** All differences, folded. A blank line ends the HTML, so that Markdown follows. */
function folded(diff: RunDiff, options: ShowOptions): string {
  const sections = [settingSection(diff, options), ...sectionsOf(diff, options)]
    .filter(({ groups }) => groups.length > 0);
  if (sections.length === 0) return "";
  const summary = options.all ? "Every value" : "All differences";
  return [
    `<details>\n<summary>${summary}</summary>`,
    ...sections.map(sectionMarkdown),
    ...chanceRemarks(diff).map((remark) => plainText(remark)),
    ...(areEqual(diff) ? [] : [plainText(verdict(diff))]),
    "</details>",
  ].join("\n\n");
}

function sectionMarkdown({ title, of, header, groups }: Section): string {
  const firstNumber = groups[0]?.rows[0]?.findIndex(({ kind }) => kind === "number") ?? -1;
  const tables = groups.flatMap(({ name, rows }) => [
    ...(of === "" ? [] : [`**${inCode(name)}**`]),
    tableText(
      header,
      rows.map((row) => row.map(fieldText)),
      firstNumber < 0 ? Infinity : firstNumber,
    ),
  ]);
  return [`### ${title}`, ...tables].join("\n\n");
}

function fieldText({ text, kind }: Field): string {
  return kind === "written" ? inCode(text) : plainText(text);
}

function inCode(text: string): string {
  return text === "" ? "–" : code(text);
}

/**
 * Two runs side by side for a terminal: the answer on one screen, or everything.
 *
 * @module
 */
import { joined, plainOf, type Prose, prose } from "../../report/prose.ts";
import { escapeControl } from "../../text/characters.ts";
import { cutEnd, cutMiddle, listWithin, wrapped } from "../../text/columns.ts";
import { displayWidth } from "../../text/display_width.ts";
import { formatCount } from "../../text/format.ts";
import type { RunDiff } from "../compare.ts";
import { effectsOf } from "../effects.ts";
import {
  closingSentence,
  compareCommands,
  countSentences,
  modelSentence,
  oneSidedNames,
} from "./answer.ts";
import { chanceRemarks } from "./chance.ts";
import { effectTables } from "./effect_table.ts";
import { sectionLines } from "./full_table.ts";
import { incomparable } from "./incomparable.ts";
import type { Paint } from "./paint.ts";
import { areEqual, sectionsOf, type ShowOptions, verdict } from "./sections.ts";
import { changedSettings, settingChange, valueText } from "./setting_text.ts";

/** Options of text. */
export interface TextOptions extends ShowOptions {
  /** The most characters of a line; 80 where nothing is said. */
  readonly width?: number;
}

/** The most lines without `all`, which a screen has. */
const MOST_LINES = 40;
/** Below this no table can be read. */
const LEAST_WIDTH = 40;

/**
 * Two runs side by side for a terminal: at most 40 lines, unless `options.all`, and one line if they are
 * equal.
 */
export function textOfDiff(diff: RunDiff, options: TextOptions, paint: Paint): string {
  const width = Math.max(LEAST_WIDTH, options.width ?? 80);
  if (areEqual(diff) && !options.all) return equalLines(diff, width).join("\n");
  return options.all ? everything(diff, width, paint) : answer(diff, width, paint);
}

/** One line, or what the runs differ in for all that on lines of its own. */
function equalLines(diff: RunDiff, width: number): string[] {
  const line = verdict(diff);
  if (displayWidth(line) <= width) return [line];
  return line.split(/ (?=\(except)/).flatMap((part, i) =>
    wrapped(i === 0 ? part : `  ${part}`, width, "    ")
  );
}

/** Lines that belong together; nothing if there are none. */
type Part = readonly string[];

function answer(diff: RunDiff, width: number, paint: Paint): string {
  const remark = incomparable(diff, escapeControl);
  if (remark !== undefined) {
    return joinedParts([
      headingLines(diff, width, paint),
      sentenceLines(remark, width, MOST_LINES).map(paint.strong),
    ]);
  }
  const effects = effectsOf(diff);
  const sentence = (text: Prose, most: number): Part => sentenceLines(plainOf(text), width, most);
  const counts = [...countSentences(diff, effects), prose`--all shows every value.`];
  const before: Part[] = [headingLines(diff, width, paint), settingLines(diff, width, paint)];
  const after: Part[] = [
    oneSidedLines(diff, width),
    [
      ...sentence(modelSentence(diff, effects), 4),
      ...sentence(joined(counts, " "), 6),
    ],
    compareLines(diff, width).map(paint.weak),
    shortcomingLines(diff, width).map(paint.weak),
    sentence(closingSentence(diff, effects), 5).map(paint.strong),
  ];
  const used = [...before, ...after].reduce((sum, { length }) => sum + (length && length + 1), 0);
  const tables = effectTables(effects, { width, room: MOST_LINES - used }, paint);
  return joinedParts([...before, ...tables, ...after]);
}

function joinedParts(parts: readonly Part[]): string {
  return parts.filter(({ length }) => length > 0).map((lines) => lines.join("\n")).join("\n\n");
}

/** A sentence in at most `most` lines. */
function sentenceLines(text: string, width: number, most: number): Part {
  if (text === "") return [];
  const lines = wrapped(escapeControl(text), width, "  ");
  return lines.length <= most
    ? lines
    : [...lines.slice(0, most - 1), cutEnd(`${lines[most - 1]} ${lines[most]}`, width)];
}

function headingLines({ names }: RunDiff, width: number, paint: Paint): Part {
  const [old, current] = [escapeControl(names.old), escapeControl(names.new)];
  const line = `${old} → ${current}`;
  return (displayWidth(line) <= width
    ? [line]
    : [`old: ${cutMiddle(old, width - 5)}`, `new: ${cutMiddle(current, width - 5)}`])
    .map(paint.strong);
}

/** The most settings that are shown. */
const MOST_SETTINGS = 5;

function settingLines(diff: RunDiff, width: number, paint: Paint): Part {
  const changed = changedSettings(diff);
  const lines = changed.slice(0, MOST_SETTINGS).map((setting) =>
    `  ${cutEnd(escapeControl(plainOf(settingChange(diff, setting, width - 2))), width - 2)}`
  );
  const left = changed.slice(MOST_SETTINGS).map(({ path }) => escapeControl(path));
  const more = left.length === 0 ? [] : [
    `  and ${formatCount(left.length, "more setting")}: `,
  ].map((text) => text + listWithin(left, width - text.length));
  return lines.length === 0 ? [] : [paint.strong("Settings"), ...lines, ...more];
}

function oneSidedLines(diff: RunDiff, width: number): Part {
  const all = oneSidedNames(diff);
  return all.slice(0, 4).flatMap(({ run, count, names }) => {
    const start = `Only in ${cutMiddle(escapeControl(run), Math.floor(width / 3))}: ${count}: `;
    const room = 2 * width - displayWidth(start) - 12;
    return wrapped(start + listWithin(names.map(escapeControl), room), width, "  ").slice(0, 2);
  });
}

/** The most commands that are shown. */
const MOST_COMMANDS = 3;

function compareLines(diff: RunDiff, width: number): Part {
  const commands = compareCommands(diff).slice(0, MOST_COMMANDS)
    .flatMap((words) => commandLines(words.map(escapeControl), width) ?? []);
  return commands.length === 0 ? [] : ["To compare these cells:", ...commands];
}

/**
 * A command that can be copied: on one line or, where that is too long, on several that end in a backslash;
 * `undefined` where one of its `words` alone is too long.
 */
function commandLines(words: readonly string[], width: number): Part | undefined {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    // Of a line that is continued, the blank and the backslash, too.
    if (last !== undefined && displayWidth(`${last} ${word} \\`) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push((last === undefined ? "  " : "    ") + word);
  }
  const whole = `  ${words.join(" ")}`;
  if (displayWidth(whole) <= width) return [whole];
  const continued = lines.map((line, i) => i < lines.length - 1 ? `${line} \\` : line);
  return continued.every((line) => displayWidth(line) <= width) ? continued : undefined;
}

function shortcomingLines({ shortcomings }: RunDiff, width: number): Part {
  return shortcomings.length === 0
    ? []
    : sentenceLines(`Judged by the printed intervals, since ${shortcomings.join("; ")}.`, width, 3);
}

/** Every value of both runs. */
function everything(diff: RunDiff, width: number, paint: Paint): string {
  const parts = sectionsOf(diff, { all: true }).map((section) =>
    sectionLines(section, width, paint)
  );
  const remark = incomparable(diff, escapeControl);
  const closing = areEqual(diff) ? [] : sentenceLines(
    plainOf(closingSentence(diff, effectsOf(diff))),
    width,
    Infinity,
  );
  const sentences = [...(remark === undefined ? [] : [remark]), ...chanceRemarks(diff)];
  return joinedParts([
    headingLines(diff, width, paint),
    everySetting(diff, width, paint),
    ...parts,
    ...sentences.map((text) => wrapped(escapeControl(text), width).map(paint.weak)),
    [...closing, ...wrapped(verdict(diff), width)].map(paint.strong),
  ]);
}

function everySetting(diff: RunDiff, width: number, paint: Paint): Part {
  const lines = diff.settings.flatMap((setting) => {
    const text = setting.differs
      ? plainOf(settingChange(diff, setting, Infinity))
      : `${setting.path}: ${valueText(setting.new)}`;
    return wrapped(`  ${escapeControl(text)}`, width, "    ");
  });
  return lines.length === 0 ? [] : [paint.strong("Settings"), ...lines];
}

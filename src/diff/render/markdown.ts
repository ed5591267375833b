import { code, plainText, table } from "../../report/markdown.ts";
import { escapeControl } from "../../text/characters.ts";
import type { RunDiff } from "../compare.ts";
import { chanceRemarks } from "./chance.ts";
import { incomparable } from "./incomparable.ts";
import {
  areEqual,
  type Field,
  type Section,
  sectionsOf,
  type ShowOptions,
  verdict,
} from "./sections.ts";

/** Two runs side by side in Markdown; one line if they are equal, unless `options.all`. */
export function markdownOfDiff(diff: RunDiff, options: ShowOptions): string {
  const closing = verdict(diff);
  if (areEqual(diff) && !options.all) return closing;
  const { old, new: current } = diff.names;
  const heading = `## ${code(escapeControl(old))} → ${code(escapeControl(current))}`;
  const remarks = [incomparable(diff, (name) => code(escapeControl(name)))]
    .filter((remark) => remark !== undefined);
  const sections = sectionsOf(diff, options).map(sectionMarkdown);
  const chance = chanceRemarks(diff).map((remark) => plainText(escapeControl(remark)));
  return [heading, closing, ...remarks, ...sections, ...chance].join("\n\n");
}

function sectionMarkdown({ title, of, header, groups }: Section): string {
  const named = of === "" ? [] : [of];
  const rows = groups.flatMap(({ name, rows }) =>
    rows.map((row) => [...named.map(() => inCode(name)), ...row.map(fieldText)])
  );
  return `### ${title}\n\n${table([...named, ...header], rows)}`;
}

function fieldText({ text, kind }: Field): string {
  return kind === "written" ? inCode(text) : plainText(text);
}

function inCode(text: string): string {
  return text === "" ? "–" : code(text);
}

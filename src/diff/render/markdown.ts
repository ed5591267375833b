import { code, table } from "../../report/markdown.ts";
import type { RunDiff } from "../run_diff.ts";
import { type Field, type Section, sectionsOf, type Shown } from "./sections.ts";
import { areEqual, verdict } from "./verdict.ts";
import { escapeControl } from "../../text/characters.ts";

/** Two runs side by side in Markdown, as for a pull request; one line if they are equal. */
export function markdownOfDiff(diff: RunDiff, shown: Shown): string {
  const closing = verdict(diff);
  if (areEqual(diff) && !shown.all) return closing;
  const { old, new: current } = diff.names;
  const heading = `## ${code(escapeControl(old))} → ${code(escapeControl(current))}`;
  return [heading, closing, ...sectionsOf(diff, shown).map(sectionMarkdown)].join("\n\n");
}

function sectionMarkdown({ title, of, header, groups }: Section): string {
  const named = of === "" ? [] : [of];
  const rows = groups.flatMap(({ name, rows }) =>
    rows.map((row) => [...named.map(() => inCode(name)), ...row.map(fieldText)])
  );
  return `### ${title}\n\n${table([...named, ...header], rows)}`;
}

function fieldText({ text, kind }: Field): string {
  return kind === "written" ? inCode(text) : text;
}

function inCode(text: string): string {
  return text === "" ? "–" : code(text);
}

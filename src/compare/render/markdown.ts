import { code, plainText, table } from "../../report/markdown.ts";
import type { Prose } from "../../report/prose.ts";
import { BASELINE, type ShownComparison, type ShownField } from "./table.ts";

/** A comparison in Markdown, for a pull request: the sentence first. */
export function markdownOfComparison(
  { heading, names, titles, groups, remarks }: ShownComparison,
): string {
  const isGrouped = groups.some(({ name }) => name !== "");
  const sentences = groups.flatMap(({ name, sentence }) => {
    if (sentence === undefined) return [];
    const prefix = groups.length === 1 ? "" : `${code(name)}: `;
    return [`**${prefix}${markdown(sentence)}**`];
  });
  const rows = groups.flatMap(({ name, rows }) =>
    rows.map((row) => [
      ...(isGrouped ? [code(name)] : []),
      ...row.names.map((one) => one === "" ? "" : code(one)),
      ...row.fields.map((field) => plainText(fieldText(field))),
    ])
  );
  const header = [
    ...(isGrouped ? ["compared"] : []),
    ...names.map(code),
    ...titles.map(plainText),
  ];
  return [
    ...sentences,
    `${markdown(heading)}. In brackets: how much more than in the row that has none.`,
    table(header, rows),
    ...remarks.map(markdown),
  ].join("\n\n");
}

/** `2.19 (+0.50 ± 0.02 ▲)`. */
function fieldText({ value, difference, mark }: ShownField): string {
  if (difference === "" || difference === BASELINE) return value;
  const marked = mark === "" ? difference : `${difference}\u00a0${mark}`;
  return `${value}\u00a0(${marked})`;
}

function markdown(text: Prose): string {
  return text.map((span) => span.kind === "code" ? code(span.text) : plainText(span.text)).join("");
}

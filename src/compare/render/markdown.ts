import { code, plainText, table } from "../../report/markdown.ts";
import type { Prose } from "../../report/prose.ts";
import type { ShownComparison, ShownField } from "./table.ts";

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
      ...row.fields.flatMap(({ value, ...difference }) => [plainText(value), changed(difference)]),
    ])
  );
  const header = [
    ...(isGrouped ? ["compared"] : []),
    ...names.map(code),
    ...titles.flatMap((title) => [plainText(title), "difference"]),
  ];
  return [
    ...sentences,
    `${markdown(heading)}.`,
    table(header, rows),
    ...remarks.map(markdown),
  ].join("\n\n");
}

function changed({ difference, mark }: Pick<ShownField, "difference" | "mark">): string {
  return plainText(mark === "" ? difference : `${difference}\u00a0${mark}`);
}

function markdown(text: Prose): string {
  return text.map((span) => span.kind === "code" ? code(span.text) : plainText(span.text)).join("");
}

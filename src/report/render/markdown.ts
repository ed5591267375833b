/**
 * A report as Markdown: `report.md`, which GitHub, editors and terminals show.
 *
 * @module
 */
import type { Block, ReportCell, ReportColumn, ReportDocument, ReportTable } from "../document.ts";
import { decisionTable } from "../decision_table.ts";
import type { Finding } from "../findings/finding.ts";
import { code, plainText, tableText } from "../markdown.ts";
import { type Prose, prose, type Span } from "../prose.ts";
import { escapeControl } from "../../text/characters.ts";

/** The whole of `report.md`. */
export function markdownOf(document: ReportDocument): string {
  const { title, remarks, overview, sections, glossary, citation } = document;
  const parts = [
    `# ${plainText(title)}`,
    ...remarks.map(paragraphText),
    ...findingsText(document),
    ...(overview === undefined ? [] : blockTexts({ kind: "table", table: overview })),
    ...sections.flatMap(({ heading, blocks }) => [
      `## ${proseText(heading)}`,
      ...blocks.flatMap(blockTexts),
    ]),
    ...foldedTexts(
      prose`Glossary`,
      [
        glossary.map(({ id, term, meaning }) =>
          `- <a id="${id}"></a>**${plainText(term)}**: ${proseText(meaning)}`
        ).join("\n"),
      ],
    ),
    "## How to cite this",
    paragraphText(citation),
    ...linkTargets(document),
  ];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

/** Blocks as Markdown, as they stand in a report. */
export function blocksMarkdown(blocks: readonly Block[]): string {
  return blocks.flatMap(blockTexts).join("\n\n");
}

function findingsText({ question, findings, decisions }: ReportDocument): string[] {
  return [
    "## Findings",
    paragraphText(question),
    findings.map(({ text }: Finding) => `- ${paragraphText(text)}`).join("\n"),
    ...(decisions.length === 0 ? [] : [reportTable(decisionTable(decisions))]),
  ];
}

/** The paragraphs of a block. */
function blockTexts(block: Block): string[] {
  switch (block.kind) {
    case "paragraph":
      return [paragraphText(block.text)];
    case "list":
      return [block.items.map((item) => `- ${paragraphText(item)}`).join("\n")];
    case "heading":
      return [`### ${proseText(block.text)}`];
    case "table":
      return [
        ...(block.table.caption === undefined ? [] : [paragraphText(block.table.caption)]),
        reportTable(block.table),
      ];
    case "chart":
      return [`![${plainText(block.chart.description)}](${block.chart.file})`];
    case "details":
      return foldedTexts(block.summary, block.blocks.flatMap(blockTexts));
  }
}

/** A blank line ends the HTML, so that Markdown follows. */
function foldedTexts(summary: Prose, texts: readonly string[]): string[] {
  return [`<details><summary>${htmlText(summary)}</summary>`, ...texts, "</details>"];
}

function reportTable({ columns, rows }: ReportTable): string {
  return tableText(
    columns.map(columnTitle),
    rows.map((row) => row.map(({ text }: ReportCell) => proseText(text))),
    columns.map(({ align }) => align),
  );
}

/** A title that leads to its meaning: only its name stands here, its target at the end of the report. */
function columnTitle({ title, measure }: ReportColumn): string {
  return measure === undefined ? plainText(title) : `[${plainText(title)}]`;
}

/** Where the titles of columns lead to. */
function linkTargets({ overview, sections }: ReportDocument): string[] {
  const tables = [
    ...(overview === undefined ? [] : [overview]),
    ...sections.flatMap(({ blocks }) => blocks.flatMap(tablesIn)),
  ];
  const targets = new Set(
    tables.flatMap(({ columns }) =>
      columns.flatMap(({ title, measure }) =>
        measure === undefined ? [] : [`[${plainText(title)}]: #term-${measure.name}`]
      )
    ),
  );
  return targets.size === 0 ? [] : [[...targets].join("\n")];
}

function tablesIn(block: Block): ReportTable[] {
  if (block.kind === "table") return [block.table];
  return block.kind === "details" ? block.blocks.flatMap(tablesIn) : [];
}

/** Prose at the beginning of a line, which no mark there makes a heading, a list or a rule. */
function paragraphText(text: Prose): string {
  return proseText(text).replace(/^[-#+=]|(?<=^\d{1,9})[.)]/, "\\$&");
}

/** Prose as Markdown on one line. */
function proseText(text: Prose): string {
  return merged(text).map(spanText).join("");
}

/** `text` with neighbouring text in one span, so that what is escaped does not depend on how it was put together. */
function merged(text: Prose): Span[] {
  const spans: Span[] = [];
  for (const span of text) {
    const last = spans.at(-1);
    if (span.kind === "text" && last?.kind === "text") {
      spans[spans.length - 1] = { kind: "text", text: last.text + span.text };
    } else spans.push(span);
  }
  return spans;
}

/** Where a link may lead to: an anchor, a file beside the report, or one of the sites that are cited. */
const TARGET =
  /^(?:https:\/\/(?:github\.com|arxiv\.org|doi\.org)\/|(?![a-z]+:|\/))[\w%=,./#~+-]+$/i;

function spanText(span: Span): string {
  if (span.text === "" && span.kind !== "code") return "";
  switch (span.kind) {
    case "text":
      return plainText(span.text);
    case "code":
      return code(span.text);
    case "emphasis":
      return `*${plainText(span.text)}*`;
    case "strong":
      return `**${plainText(span.text)}**`;
    case "link":
      return TARGET.test(span.to) ? `[${plainText(span.text)}](${span.to})` : plainText(span.text);
  }
}

/** Prose within a line of HTML, in which some parsers look for Markdown, too. */
function htmlText(text: Prose): string {
  return text.map((span) => {
    const escaped = escapeControl(span.text).replaceAll(
      /[&<>"*_~$@|`\\[\]!]|:(?=\/\/)/g,
      (character) => `&#${character.codePointAt(0)};`,
    );
    if (span.kind === "code") return `<code>${escaped}</code>`;
    if (span.kind === "emphasis") return `<em>${escaped}</em>`;
    return span.kind === "strong" ? `<strong>${escaped}</strong>` : escaped;
  }).join("");
}

/**
 * A report as a page that stands alone: one file, which requests nothing, reads well without its script,
 * on paper and with a keyboard, and has all that `report.md` has.
 *
 * Its script and style are files of their own, formatted, linted and checked, which are imported as text.
 * The script uses no library. It would have to be inlined, so its size is that of every report: of those
 * that sort and filter, simple-datatables (LGPL-3.0, 103 kB), Tabulator (MIT, 448 kB) and List.js (MIT,
 * 19 kB) replace the table by their own or page through it, which printing and finding in the page suffer
 * from; tablesort (MIT, 3 kB) and sortable-tablesort (Unlicense, 2 kB) only sort, and by a click on a cell
 * rather than a button, which a keyboard does not reach. None has tooltips or walks marks of charts.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Decision, Finding } from "../findings/finding.ts";
import { decisionTable } from "../decision_table.ts";
import type { ReportDocument, Section, Term } from "../document.ts";
import type { Prose } from "../prose.ts";
import { BlockWriter, listHtml } from "./blocks.ts";
import { Html, lines, markup, nothing, proseHtml, withoutLinks } from "./html.ts";
import script from "./script.js" with { type: "text" };
import style from "./style.css" with { type: "text" };

/** `report.markup`: the report with its charts, which are in `svgs` by their files. */
export function pageOf(document: ReportDocument, svgs: Readonly<Record<string, string>>): string {
  const terms = new Set(document.glossary.map(({ id }) => id));
  const parts = partsOf(document, new BlockWriter(svgs, terms));
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${document.title} · microbeam</title>
<link rel="icon" href="${ICON}">
<style>${Html.trusted(style)}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
<header>
<p>microbeam</p>
</header>
${contents(parts)}
<main>
<h1>${document.title}</h1>
${lines(document.remarks.map((remark) => markup`<p class="remark">${proseHtml(remark)}</p>`))}
${lines(parts.map(partHtml))}
</main>
<div id="tip" role="tooltip" hidden></div>
<script type="module">${Html.trusted(script)}</script>
</body>
</html>
`.toString();
}

/** A beam of three, as a picture that needs no file. */
const ICON = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="none" stroke="#1a7" ' +
    'stroke-width="2" d="M1 8h5l4-5h5M6 8h9M6 8l4 5h5"/></svg>',
);

/** Nothing is loaded, and nothing runs or styles but what stands in the page. */
const POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "img-src data:",
  `script-src ${hashSource(script)}`,
  `style-src ${hashSource(style)}`,
].join("; ");

function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** A part of the page under a heading. */
interface Part {
  readonly id: string;
  readonly heading: Prose;
  readonly content: Html;
}

function partsOf(document: ReportDocument, writer: BlockWriter): Part[] {
  const { overview, sections, glossary } = document;
  return [
    {
      id: "findings",
      heading: plain("Findings"),
      content: lines([
        markup`<p class="question">${proseHtml(document.question)}</p>`,
        findingsHtml(document.findings),
        decisionsHtml(document.decisions, writer),
      ]),
    },
    ...overview === undefined ? [] : [{
      id: "overview",
      heading: plain("Overview"),
      content: writer.table(overview, plain("Overview")),
    }],
    ...sections.map(({ id, heading, blocks }: Section) => ({
      id,
      heading,
      content: writer.blocks(blocks, heading),
    })),
    ...glossary.length === 0 ? [] : [{
      id: "glossary",
      heading: plain("Glossary"),
      content: glossaryHtml(glossary),
    }],
    {
      id: "cite",
      heading: plain("How to cite this"),
      content: markup`<p>${proseHtml(document.citation)}</p>`,
    },
  ];
}

function plain(text: string): Prose {
  return [{ kind: "text", text }];
}

function contents(parts: readonly Part[]): Html {
  const items = parts.map(({ id, heading }) =>
    markup`<li><a href="#${id}">${withoutLinks(heading)}</a></li>`
  );
  return markup`<nav aria-label="Contents">
<details open>
<summary>Contents</summary>
<ol>
${lines(items)}
</ol>
</details>
</nav>`;
}

function partHtml({ id, heading, content }: Part): Html {
  return markup`<section id="${id}" aria-labelledby="heading-${id}">
<h2 id="heading-${id}">${proseHtml(heading)}</h2>
${content}
</section>`;
}

function findingsHtml(findings: readonly Finding[]): Html {
  return findings.length === 0 ? nothing : listHtml(findings.map(({ text }) => text));
}

function decisionsHtml(decisions: readonly Decision[], writer: BlockWriter): Html {
  if (decisions.length === 0) return nothing;
  const table = { ...decisionTable(decisions), caption: plain("Which strategy to use") };
  return writer.table(table, plain("Findings"));
}

function glossaryHtml(glossary: readonly Term[]): Html {
  const terms = glossary.map(({ id, term, meaning }) =>
    markup`<div><dt id="${id}">${term}</dt><dd>${proseHtml(meaning)}</dd></div>`
  );
  return markup`<dl>
${lines(terms)}
</dl>`;
}

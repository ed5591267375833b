// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Block, ReportCell, ReportDocument } from "../../../src/report/document.ts";
import { linkHtml } from "../../../src/report/page/html.ts";
import { pageOf } from "../../../src/report/page/page.ts";
import { plainOf, type Prose } from "../../../src/report/prose.ts";
import { escapeControl } from "../../../src/text/characters.ts";
import { hostile, madeUpDocument, madeUpDrawings } from "./made_up_document.ts";

/** What stands between the tags of a page's body, without its style, script and drawings. */
function markupIn(page: string): string {
  return page.slice(page.indexOf("<body>"))
    .replaceAll(/<svg\b[^]*?<\/svg>|<script\b[^]*?<\/script>/g, "");
}

/** A tag as the page writes it: known elements, known attributes, all values in double quotes. */
const TAG = new RegExp(
  "</?(?:a|body|caption|code|dd|details|div|dl|dt|em|figcaption|figure|h1|h2|h3|header|html|li|main|nav" +
    "|ol|p|section|span|strong|summary|table|tbody|td|th|thead|tr|ul|wbr)" +
    "(?:\\s(?:(?:aria-label|aria-labelledby|aria-roledescription|class|data-key|href|id|role|scope" +
    '|tabindex|title)="[^"<>]*"|open|hidden))*>',
  "g",
);

Deno.test("pageOf: texts from outside are no markup, wherever they stand", () => {
  const page = pageOf(madeUpDocument(hostile), madeUpDrawings(hostile[3]));
  const rest = markupIn(page).replaceAll(TAG, "");
  assertEquals(/[<>]/.exec(rest)?.input.slice(0, 200), undefined);
  assertEquals(page.replaceAll("\n", ""), escapeControl(page.replaceAll("\n", "")));
  assert(!/href="(?!#|https:\/\/(github\.com|arxiv\.org|doi\.org)\/)[^"]*:/.test(markupIn(page)));
});

Deno.test("pageOf: all that a document says is there without the script", () => {
  const page = pageOf(madeUpDocument(), madeUpDrawings());
  const shown = markupIn(page).replaceAll(/<[^>]*>/g, "").replaceAll("&#39;", "'");
  for (const text of textsOf(madeUpDocument())) assertStringIncludes(shown, text);
  for (const { exact = "" } of cellsOf(madeUpDocument())) assertStringIncludes(page, exact);
});

function cellsOf({ overview }: ReportDocument): readonly ReportCell[] {
  return (overview?.rows ?? []).flat();
}

function textsOf(
  { title, remarks, question, findings, decisions, overview, sections, glossary, citation }:
    ReportDocument,
): string[] {
  const blocks: Block[] = [
    ...overview === undefined ? [] : [{ kind: "table", table: overview } as const],
    ...sections.flatMap(({ blocks }) => blocks),
  ];
  const proses: Prose[] = [
    ...remarks,
    question,
    ...findings.map(({ text }) => text),
    ...decisions.flatMap(({ want, because }) => [want, because]),
    ...sections.map(({ heading }) => heading),
    ...glossary.map(({ meaning }) => meaning),
    citation,
    ...blocks.flatMap(prosesOf),
  ];
  return [
    title,
    ...decisions.flatMap(({ use }) => use),
    ...glossary.map(({ term }) => term),
    ...proses.map(plainOf),
  ];
}

function prosesOf(block: Block): Prose[] {
  switch (block.kind) {
    case "list":
      return [...block.items];
    case "table":
      return [
        block.table.caption ?? [],
        ...block.table.columns.map(({ title }): Prose => [{ kind: "text", text: title }]),
        ...block.table.rows.flat().map(({ text }) => text),
      ];
    case "details":
      return [block.summary, ...block.blocks.flatMap(prosesOf)];
    case "chart":
      return [];
    case "paragraph":
    case "heading":
      return [block.text];
  }
}

Deno.test("pageOf: nothing is loaded, and no anchor stands twice or leads nowhere", () => {
  const page = pageOf(madeUpDocument(), madeUpDrawings());
  assert(!/\ssrc=|@import|<link (?!rel="icon" href="data:)|url\((?!#)/.test(page));
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  assertEquals(ids.length, new Set(ids).size);
  const anchors = [...page.matchAll(/(?:href="|url\()#([^")]*)/g)].map(([, id]) => id);
  assert(anchors.length > 10);
  assertEquals(anchors.filter((anchor) => !ids.includes(anchor)), []);
});

Deno.test("pageOf: a chart that was not drawn is described", () => {
  assertStringIncludes(pageOf(madeUpDocument(), {}), "<p>made-up: unique share by k</p>");
});

const links: readonly [to: string, address: string | undefined][] = [
  ["#findings", "#findings"],
  ["results.csv", "results.csv"],
  ["charts/a b.svg", "charts/a b.svg"],
  ["seed=1,k=2/report.md", "seed=1,k=2/report.html"],
  ["../report.md#search", "../report.html#search"],
  ["report.mdx", "report.mdx"],
  ["https://github.com/a/b", "https://github.com/a/b"],
  ["https://arxiv.org/abs/1805.04833", "https://arxiv.org/abs/1805.04833"],
  ["https://doi.org/10.2307/4615733", "https://doi.org/10.2307/4615733"],
  ["http://github.com/a", undefined],
  ["https://github.com.evil.example/a", undefined],
  ["https://github.com@evil.example/a", undefined],
  ["https://me:secret@github.com/a", undefined],
  ["https://evil.example/", undefined],
  ["https:evil", undefined],
  ["//evil.example/a", undefined],
  ["\\\\evil.example\\a", undefined],
  ["/etc/passwd", undefined],
  ["?a", undefined],
  ["", undefined],
  ["javascript:alert(1)", undefined],
  [" javascript:alert(1)", undefined],
  ["java\nscript:alert(1)", undefined],
  ["JavaScript:alert(1)", undefined],
  ["data:text/html,a", undefined],
  ["file:///etc/passwd", undefined],
  ["vbscript:a", undefined],
  ["\u0000javascript:a", undefined],
];

for (const [to, address] of links) {
  Deno.test(`linkHtml: ${JSON.stringify(to)} is ${address === undefined ? "text" : address}`, () => {
    assertEquals(
      linkHtml("there", to).toString(),
      address === undefined ? "there" : `<a href="${address}">there</a>`,
    );
  });
}

// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Block, ReportDocument, ReportTable } from "../../../src/report/document.ts";
import { plainOf } from "../../../src/report/prose.ts";
import { markdownOf } from "../../../src/report/render/markdown.ts";
import { hostile, madeUpDocument } from "../page/made_up_document.ts";
import { parsers } from "../markdown_parsers.ts";

/** Texts that a user or a model may write, those of Markdown's own marks among them. */
const texts: readonly string[] = [
  ...hostile.filter((text) => text !== ""),
  "a|b",
  "`|`",
  "\\|",
  "![x](http://a.b/c.png)",
  "[x](javascript:1)",
  "*a* _b_ ~~c~~ __d__",
  "# h\n\n- i\n\n| a | b |\n| - | - |",
  "[mean log-prob]",
];

function tablesOf({ overview, sections }: ReportDocument): ReportTable[] {
  const tablesIn = (block: Block): ReportTable[] =>
    block.kind === "table"
      ? [block.table]
      : block.kind === "details"
      ? block.blocks.flatMap(tablesIn)
      : [];
  return [
    ...(overview === undefined ? [] : [overview]),
    ...sections.flatMap(({ blocks }) => blocks.flatMap(tablesIn)),
  ];
}

/** What begins a block of Markdown. */
const beginnings: readonly string[] = [
  "# a",
  "###### a",
  "#",
  "- a",
  "+ a",
  "* a",
  "-",
  "1. a",
  "123) a",
  "---",
  "===",
  "> a",
  "~~~",
  "___",
  "- - -",
];

/** A document that asks `text`, and has it as a paragraph, as an item of a list and as a caption. */
function askedAndListed(text: string): ReportDocument {
  const own = [{ kind: "text" as const, text }];
  return {
    ...madeUpDocument(),
    question: own,
    overview: { caption: own, columns: [{ title: "a", align: "left" }], rows: [[{ text: own }]] },
    sections: [{
      id: "own",
      heading: own,
      blocks: [{ kind: "paragraph", text: own }, { kind: "list", items: [own] }],
      shown: [],
    }],
  };
}

/** How often each element begins in `html`. */
function elements(html: string): Record<string, number> {
  const names = [...html.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name = ""]) => name);
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]),
  );
}

for (const [name, parse] of Object.entries(parsers)) {
  Deno.test(`markdownOf: to ${name} no text of users or models is markup (${texts.length} texts)`, () => {
    const harmless = elements(parse(markdownOf(madeUpDocument(texts.map(() => "x")))));
    const found = elements(parse(markdownOf(madeUpDocument(texts))));
    // A text that is no target of a link has none, and a pipe stands between two codes.
    const { a: _, code: __, ...others } = found;
    const { a: ___, code: ____, ...expected } = harmless;
    assertEquals(others, expected);
  });

  Deno.test(`markdownOf: to ${name} no line of a user begins a heading, a list or a rule (${beginnings.length} lines)`, () => {
    const harmless = elements(parse(markdownOf(askedAndListed("x"))));
    for (const text of beginnings) {
      assertEquals(elements(parse(markdownOf(askedAndListed(text)))), harmless, text);
    }
  });

  Deno.test(`markdownOf: ${name} finds every table, with all its rows and columns`, () => {
    const document = madeUpDocument(texts);
    const html = parse(markdownOf(document));
    const found = [...html.matchAll(/<table>(.*?)<\/table>/gs)].map(([, table = ""]) =>
      [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) => row.match(/<t[hd]/g)?.length)
    );
    const decisions = { columns: [1, 2, 3], rows: document.decisions };
    const expected = [decisions, ...tablesOf(document)].map(({ columns, rows }) =>
      Array(rows.length + 1).fill(columns.length)
    );
    assertEquals(found, expected);
  });

  Deno.test(`markdownOf: to ${name} links lead to anchors, files beside the report and cited sites`, () => {
    const html = parse(markdownOf(madeUpDocument([...texts, "javascript:alert(1)", "//a.b/c"])));
    const targets = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, to = ""]) => to);
    assert(targets.length > 5, `${targets.length}`);
    const strange = targets.filter((to) =>
      !/^(#|[\w.]+(\/|$)|https:\/\/(github\.com|arxiv\.org|doi\.org)\/)/.test(to)
    );
    assertEquals(strange, []);
  });
}

Deno.test("markdownOf: the title of a column leads to its entry in the glossary", () => {
  const document = madeUpDocument();
  const html = parsers["marked"]?.(markdownOf(document)) ?? "";
  const links = [...html.matchAll(/<th[^>]*><a href="#([^"]+)">([^<]+)<\/a>/g)];
  const terms = new Map(document.glossary.map(({ id, term }) => [id, term]));
  assert(links.length > 0);
  for (const [, id = "", title] of links) assertEquals(terms.get(id), title);
});

Deno.test("markdownOf: everything that is to be read is in it", () => {
  const html = parsers["marked"]?.(markdownOf(madeUpDocument())) ?? "";
  const shown = html.replaceAll(/<[^>]*>/g, "").replaceAll(/&#?\w+;/g, "");
  const { findings, decisions, sections, citation } = madeUpDocument();
  const proses = [
    ...findings.map(({ text }) => text),
    ...decisions.map(({ because }) => because),
    ...sections.map(({ heading }) => heading),
    citation,
  ];
  for (const text of proses) {
    const plain = plainOf(text).replaceAll(/[&'"<>]/g, "").trim();
    assert(shown.includes(plain), `${plain} is missing`);
  }
});

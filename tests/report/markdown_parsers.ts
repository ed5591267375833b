// @ts-types="../declarations/markdown_it.d.ts"
import MarkdownIt from "markdown-it";
import { marked } from "marked";
import { micromark } from "micromark";
import { gfmTable, gfmTableHtml } from "micromark-extension-gfm-table";

/** Three parsers of Markdown, each of which makes HTML of it. */
export const parsers: Readonly<Record<string, (markdown: string) => string>> = {
  marked: (markdown) => marked.parse(markdown, { async: false }),
  micromark: (markdown) =>
    micromark(markdown, { extensions: [gfmTable()], htmlExtensions: [gfmTableHtml()] }),
  "markdown-it": (markdown) => new MarkdownIt().render(markdown),
};

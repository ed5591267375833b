/**
 * Pages that are partly generated: prose is written by hand, tables between markers are not.
 *
 * @module
 */
import { markdownTable } from "markdown-table";

/** The generated parts of a page, by the names of their markers. */
export type GeneratedParts = Readonly<Record<string, () => string>>;

/**
 * The text of a page with its generated parts brought up to date: a part `name` stands between
 * `<!-- name -->` and `<!-- end of name -->`, each on a line of its own. An empty page becomes one of
 * these parts alone; throws a `RangeError` if another lacks a marker.
 */
export function withGenerated(current: string, parts: GeneratedParts): string {
  const places = Object.keys(parts).map((name) => `<!-- ${name} -->\n<!-- end of ${name} -->\n`);
  const page = current === "" ? places.join("\n") : current;
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) {
      throw new RangeError(
        `Cannot update a page: expected the markers ${begin.trim()} and ${end}, found ` +
          `${from < 0 ? "no" : "only the"} first`,
      );
    }
    return `${text.slice(0, from + begin.length)}\n${part()}\n\n${text.slice(to)}`;
  }, page);
}

/** A Markdown table, aligned as the formatter would. */
export function pageTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const text = (cell: string): string => cell.replaceAll("|", "\\|");
  return markdownTable([header.map(text), ...rows.map((row) => row.map(text))], {
    stringLength: (cell) => [...cell].length,
  });
}

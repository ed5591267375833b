/**
 * The page about speed: its tables and its chart, made from what a bench wrote.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
import { writeWhole } from "../../src/files/write_whole.ts";
import { type GeneratedParts, withGenerated } from "../../src/text/generated_page.ts";
import { LAYOUTS, speedChart } from "./speed_chart.ts";
import { speedSections } from "./speed_lines.ts";
import type { Section } from "./rows.ts";
import { speculationTable } from "./speculation.ts";
import { boundsTable, circumstances, jsonText, type Report, resultsTable } from "./table.ts";

const local = (file: string): string => fromFileUrl(new URL(file, import.meta.url));

/** The files of the page: the text, the numbers that it is made of, and the chart in two widths. */
export const PAGE = {
  text: local("README.md"),
  numbers: local("measured/bench.json"),
  narrow: local("measured/speed.svg"),
  wide: local("measured/speed_wide.svg"),
} as const;

/** Tables of the page by the names of their markers, and the sections that they are of. */
const TABLES: readonly (readonly [name: string, sections: readonly Section[]])[] = [
  ["machine", ["machine"]],
  ["training", ["training"]],
  ["decoding", ["decoding"]],
  ["warpers", ["warpers"]],
  ["texts", ["ngrams", "measures", "parity"]],
  ["processes", ["planning", "cold", "first"]],
  ["timeline", ["start"]],
  ["memory", ["memory"]],
];

/** What was reached, what bounds it, and what else is known of it. */
function sectionText(report: Report): string {
  if (report.results.length === 0) return "Not measured.";
  const shown = report.results.filter(({ isDetail }) => !isDetail);
  const parts = [
    resultsTable(report),
    boundsTable(shown),
    ...report.results.map(({ note }) => note),
  ];
  return parts.filter((part) => part !== undefined).join("\n\n");
}

/** What the bench shows, as the page has it. */
export function pageParts(report: Report): GeneratedParts {
  return {
    chart: () =>
      [
        "<picture>",
        '  <source media="(min-width: 800px)" srcset="measured/speed_wide.svg">',
        '  <img src="measured/speed.svg" alt="Speeds beside microbeam on one core, for each kind of work; the ' +
        'numbers are in the tables below">',
        "</picture>",
      ].join("\n"),
    circumstances: () => circumstances(report).join("\n"),
    ...Object.fromEntries(TABLES.map(([name, sections]) => {
      const results = report.results.filter(({ section }) => sections.includes(section));
      return [name, () => sectionText({ ...report, results })];
    })),
    speculation: () =>
      report.speculation === undefined
        ? "Not measured."
        : speculationTable(report.speculation.cells).trimEnd(),
  };
}

/** The files of the page and their new texts, for a page that has this text now. */
export async function pageFiles(current: string, report: Report): Promise<Map<string, string>> {
  const sections = speedSections(report);
  const files = new Map([[PAGE.text, withGenerated(current, pageParts(report))]]);
  // One after the other: ids in a chart are counted from 0.
  files.set(PAGE.narrow, await speedChart(sections, LAYOUTS.narrow));
  files.set(PAGE.wide, await speedChart(sections, LAYOUTS.wide));
  return files;
}

/** What a bench wrote to `file`; throws a `SyntaxError` for another text. */
export async function readReport(file: string): Promise<Report> {
  const report: Partial<Report> = JSON.parse(await Deno.readTextFile(file));
  if (Array.isArray(report.results) && Array.isArray(report.peers)) return report as Report;
  throw new SyntaxError(`Cannot read a bench: expected results and peers in "${file}"`);
}

/** Brings the page up to date with `report`. */
export async function writePage(report: Report): Promise<void> {
  await writeWhole(PAGE.numbers, jsonText(report));
  // Of the numbers as they are in the file, which are rounded: the page can be made again from it.
  const written = await readReport(PAGE.numbers);
  const files = await pageFiles(await Deno.readTextFile(PAGE.text), written);
  for (const [file, text] of files) await writeWhole(file, text);
}

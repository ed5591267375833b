import { markdownTable } from "markdown-table";

/** A value in a table: text is taken as Markdown, numbers are right-aligned. */
export type TableCell = string | number;

/** A Markdown table; columns whose values are all numbers or formatted numbers align right. */
export function table(header: readonly string[], rows: readonly (readonly TableCell[])[]): string {
  const align = header.map((_, column) =>
    rows.every((row) => /^[-+−\d.,%× ]*$/.test(String(row[column]))) ? "r" : "l"
  );
  // A pipe ends a cell even inside code.
  const text = (value: TableCell): string => String(value).replaceAll("|", "\\|");
  return markdownTable([header.map(text), ...rows.map((row) => row.map(text))], {
    align,
    stringLength: (text) => [...text].length,
  });
}

/** Any text as inline code. */
export function code(text: string): string {
  if (text === "") return "*(empty)*";
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const space = runs.length > 0 ? " " : "";
  return `${fence}${space}${text}${space}${fence}`;
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A whole number with a comma at each thousand. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A picture at `file`, with what it shows for those who cannot see it. */
export function image({ description, file }: { description: string; file: string }): string {
  return `![${description}](${file})`;
}

/**
 * Tables that fit a page of 80 columns and a phone: what does not fit is folded.
 *
 * @module
 */
import { formatCount } from "../text/format.ts";
import type { Block, ReportTable } from "./document.ts";
import { joined, listed, plainOf, type Prose, prose } from "./prose.ts";

/** The most columns that are not folded. */
const MOST_COLUMNS = 6;
/** The most characters in a line that is not folded, as it is read: without the marks of Markdown. */
const MOST_CHARACTERS = 80;
/** The characters that a first column is taken to have at most: a longer label makes the line longer. */
const LONGEST_LABEL = 20;
/** The fewest columns beside the first, however wide they are. */
const FEWEST_OTHERS = 2;

/**
 * `table` with as many of its columns as fit, of which the first ones matter most; the others stand
 * folded below it, beside the first column. What is the same in all rows is said once, above it.
 */
export function foldedTable(table: ReportTable): Block[] {
  const { kept, said } = withoutConstants(table);
  const fitting = fittingColumns(kept);
  const rest = kept.columns.map((_, i) => i).filter((i) => !fitting.includes(i));
  const main: Block = { kind: "table", table: { ...said, ...columnsOf(kept, fitting) } };
  if (rest.length === 0) return [main];
  const titles = rest.map((i) => prose`${kept.columns[i]?.title ?? ""}`);
  return [
    main,
    {
      kind: "details",
      summary: prose`${formatCount(rest.length, "more column")}: ${joined(titles, "; ")}`,
      blocks: [{ kind: "table", table: columnsOf(kept, [0, ...rest]) }],
    },
  ];
}

/** The columns that differ between rows, and the caption with what is the same in all. */
function withoutConstants(
  table: ReportTable,
): { kept: ReportTable; said: Pick<ReportTable, "caption"> } {
  const { caption, columns, rows } = table;
  const [first] = rows;
  const text = (row: ReportTable["rows"][number], i: number): string =>
    JSON.stringify(row[i]?.text ?? []);
  const isConstant = (i: number): boolean =>
    i > 0 && first !== undefined && rows.length > 2 &&
    rows.every((row) => text(row, i) === text(first, i));
  const indices = columns.map((_, i) => i);
  const constants = indices.filter(isConstant).flatMap((i): Prose[] => {
    const value = first?.[i]?.text ?? [];
    return value.length === 0 ? [] : [prose`${columns[i]?.title ?? ""} ${value}`];
  });
  const same = constants.length === 0 ? [] : prose`The same in all rows: ${listed(constants)}.`;
  const parts = [caption ?? [], same].filter((part) => part.length > 0);
  return {
    kept: columnsOf(table, indices.filter((i) => !isConstant(i))),
    said: parts.length === 0 ? {} : { caption: joined(parts, " ") },
  };
}

function columnsOf({ columns, rows }: ReportTable, indices: readonly number[]): ReportTable {
  const pick = <Item>(items: readonly Item[]): Item[] =>
    indices.flatMap((i) => items.slice(i, i + 1));
  return { columns: pick(columns), rows: rows.map(pick) };
}

/** The columns that make lines of at most {@linkcode MOST_CHARACTERS}: each that still fits. */
function fittingColumns({ columns, rows }: ReportTable): number[] {
  // A line begins with a bar, and each column has a bar and two spaces.
  let width = 1;
  const fitting: number[] = [];
  for (const [i, column] of columns.entries()) {
    const texts = rows.map((row) => [...plainOf(row[i]?.text ?? [])].length);
    const own = Math.max([...column.title].length, ...texts);
    const wider = width + 3 + (i === 0 ? Math.min(own, LONGEST_LABEL) : own);
    const fits = wider <= MOST_CHARACTERS && fitting.length < MOST_COLUMNS;
    if (!fits && fitting.length > FEWEST_OTHERS) continue;
    width = wider;
    fitting.push(i);
  }
  return fitting;
}

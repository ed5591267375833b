/**
 * The names of the rows of a comparison: by what it is by, by label, and by run where there are several.
 *
 * @module
 */
import type { CellComparison, ComparedCell } from "./compare.ts";
import { RUN } from "./matching.ts";

/** The names of the cells of a comparison. */
export interface RowNames {
  /** The titles of the columns that have them. */
  readonly columns: readonly string[];
  /** The values of a cell in these columns. */
  readonly of: (cell: ComparedCell) => readonly string[];
  /** The name of a cell in a sentence: `draft_k=2`. */
  readonly whole: (cell: ComparedCell) => string;
  /** Its name where it is clear what it is of: `2`. */
  readonly short: (cell: ComparedCell) => string;
}

/** The names of the cells of a comparison. */
export function rowNames({ by, groups }: Pick<CellComparison, "by" | "groups">): RowNames {
  const cells = groups.flatMap((group) => group.cells);
  const sources = shortSources(cells.map(({ cell }) => cell.source));
  const sourceOf = ({ cell }: ComparedCell): string => sources.get(cell.source) ?? cell.source;
  return by.length === 0 ? byLabel(cells, sourceOf) : bySettings(by, groups, sourceOf);
}

type SourceOf = (cell: ComparedCell) => string;

function byLabel(cells: readonly ComparedCell[], sourceOf: SourceOf): RowNames {
  const hasSources = new Set(cells.map(({ cell }) => cell.source)).size > 1;
  const hasLabels = new Set(cells.map(({ cell }) => cell.label)).size > 1;
  const columns = [...hasSources ? [RUN] : [], ...hasLabels || !hasSources ? ["cell"] : []];
  const of = (one: ComparedCell): string[] =>
    columns.map((column) => column === RUN ? sourceOf(one) : one.cell.label);
  const name = (one: ComparedCell): string => of(one).toReversed().join(" of ");
  return { columns, of, whole: name, short: name };
}

function bySettings(
  by: readonly string[],
  groups: CellComparison["groups"],
  sourceOf: SourceOf,
): RowNames {
  const cells = groups.flatMap((group) => group.cells);
  const isOfRun = (name: string): boolean =>
    name === RUN || cells.some(({ cell }) => cell.ofRun.has(name));
  const hasSources = !by.some(isOfRun) &&
    groups.some((group) => new Set(group.cells.map(({ cell }) => cell.source)).size > 1);
  const valuesOf = (one: ComparedCell): string[] =>
    one.values.map(([name, value]) => name === RUN ? sourceOf(one) : value);
  return {
    columns: [...by, ...hasSources ? [RUN] : []],
    of(one) {
      // A baseline that is no value of these settings has its label.
      const values = one.values.length === 0
        ? [one.cell.label, ...by.slice(1).map(() => "")]
        : valuesOf(one);
      return [...values, ...hasSources ? [sourceOf(one)] : []];
    },
    whole: (one) =>
      one.values.length === 0 ? one.cell.label : valuesOf(one).flatMap((value, i) => {
        if (value === "") return [];
        return by[i] === RUN ? [value] : [`${by[i]}=${value}`];
      }).join(", "),
    short: (one) =>
      one.values.length === 0
        ? one.cell.label
        : valuesOf(one).filter((value) => value !== "").join(", "),
  };
}

/** Paths without the folders that all of them are in. */
function shortSources(sources: readonly string[]): ReadonlyMap<string, string> {
  const distinct = [...new Set(sources)];
  const parts = distinct.map((source) => source.split("/"));
  const least = Math.min(...parts.map(({ length }) => length));
  let shared = 0;
  while (shared < least - 1 && parts.every((one) => one[shared] === parts[0]?.[shared])) shared++;
  return new Map(
    distinct.map((source, i) => [source, (parts[i] ?? []).slice(shared).join("/")]),
  );
}

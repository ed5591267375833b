/**
 * Which cells are compared with which: all with one, or those with one another that differ in chosen
 * settings alone.
 *
 * @module
 */
import { DiffError } from "../diff/run_files.ts";
import { measures } from "../measure/measures.ts";
import { firstAndCount } from "../text/format.ts";
import { expectedOneOf, shown, suggestion } from "../text/suggestions.ts";
import { areSame, cellPattern, haveSame, matching, nameOf, type RunCellRow } from "./cells.ts";

/** The name by which `--by` means all that runs differ in. */
export const RUN = "run";

/** The settings, and the baseline, by which cells are compared. */
export interface MatchOptions {
  /** The settings in which they may differ; where there are none, they may differ in all. */
  readonly by: readonly string[];
  /** The value, or the cell, that the others are compared with; the first where there is none. */
  readonly baseline: string | undefined;
  /** Where a baseline is looked for that is named as a cell: all cells of the runs. */
  readonly among: readonly RunCellRow[];
  /** The names of the runs. */
  readonly runs: readonly string[];
}

/** Cells that are compared with one another. */
export interface MatchedCells {
  /** The settings that they share, as far as they tell them from others. */
  readonly shared: readonly Setting[];
  /** The cell that the others are compared with. */
  readonly baseline: MatchedCell;
  /** The others, at least one. */
  readonly others: readonly MatchedCell[];
}

/** A setting with its value. */
export type Setting = readonly [name: string, value: string];

/** A cell with the values that it is compared by. */
export interface MatchedCell {
  /** The cell. */
  readonly cell: RunCellRow;
  /** Its values of the settings that it is compared by, in their order; none where it is compared by none. */
  readonly values: readonly Setting[];
}

/** Groups of cells, and what a person should know of how they came about. */
export interface Matching {
  /** The full names of the settings that cells are compared by. */
  readonly by: readonly string[];
  /** The groups, at least one. */
  readonly groups: readonly MatchedCells[];
  /** Remarks, such as which cells were left out. */
  readonly notes: readonly string[];
}

/**
 * Matches `cells`.
 *
 * @throws {DiffError} If fewer than two can be compared, or it is not clear which with which.
 */
export function matchCells(cells: readonly RunCellRow[], options: MatchOptions): Matching {
  return options.by.length === 0 ? beside(cells, options) : matchedBy(cells, options);
}

/** All cells beside one. */
function beside(cells: readonly RunCellRow[], options: MatchOptions): Matching {
  const baseline = options.baseline === undefined
    ? cells[0]
    : theOne(matching(options.among, cellPattern(options.baseline, options.runs)), cells);
  const others = cells.filter((cell) => cell !== baseline);
  if (baseline === undefined || others.length === 0) {
    const [only] = cells;
    throw new DiffError(
      `cannot compare ${
        only === undefined ? "nothing" : shown(nameOf(only))
      }: expected two cells or ` +
        "more, found one; give a wider pattern, such as --cells '*', or a --baseline",
    );
  }
  const matched = (cell: RunCellRow): MatchedCell => ({ cell, values: [] });
  const group = { shared: [], baseline: matched(baseline), others: others.map(matched) };
  return { by: [], groups: [group], notes: [] };
}

/** The cell that a baseline means, of those that its name fits: one of `cells` rather than another. */
function theOne(found: readonly RunCellRow[], cells: readonly RunCellRow[]): RunCellRow {
  const own = found.filter((cell) => cells.includes(cell));
  const [one, ...more] = own.length > 0 ? own : found;
  if (one !== undefined && more.every((other) => isRepetition(one, other))) return one;
  throw new DiffError(
    `cannot tell which cell --baseline means: expected one, found ${
      firstAndCount([one, ...more].flatMap((cell) => cell === undefined ? [] : [nameOf(cell)]), 4)
        .join(", ")
    }; give one of them`,
  );
}

/** Whether `other` is the same cell of another run, with the same results. */
function isRepetition(one: RunCellRow, other: RunCellRow): boolean {
  return areSame(one, other) &&
    measures.every(({ name }) => one.row.measured(name).text === other.row.measured(name).text);
}

/** Groups of cells that differ in the settings `by` alone. */
function matchedBy(cells: readonly RunCellRow[], options: MatchOptions): Matching {
  const by = options.by.map((name) => fullName(name, cells));
  const notes: string[] = [];
  const having = cells.filter((cell) => by.some((name) => valueOf(cell, name) !== undefined));
  if (having.length < cells.length) {
    const without = cells.filter((cell) => !having.includes(cell)).map(({ label }) => label);
    const names = firstAndCount([...new Set(without)], 4).join(", ");
    notes.push(`left out, without ${by.join(" or ")}: ${names}`);
  }
  const differing = settingsThatDiffer(having);
  const others = differing.filter((name) => !isBy(name, by, having));
  const sharedBy = (cell: RunCellRow): Setting[] =>
    others.flatMap((name): Setting[] => {
      const value = valueOf(cell, name);
      return value === undefined ? [] : [[name, value]];
    });
  const groups = [...Map.groupBy(having, (cell) => JSON.stringify(sharedBy(cell))).values()]
    .map((group) =>
      distinct(sorted(group.map((cell) => ({ cell, values: valuesOf(cell, by) }))), by, notes)
    );
  const matched = groups.flatMap((group): MatchedCells[] => {
    const [first] = group;
    if (first === undefined) return [];
    const baseline = baselineIn(group, options, by);
    const rest = group.filter(({ cell }) => cell !== baseline?.cell);
    if (baseline === undefined || rest.length === 0) return [];
    return [{ shared: sharedBy(first.cell), baseline, others: rest }];
  });
  if (matched.length === 0) throw nothingMatched(groups, by, others, options);
  const used = new Set(
    matched.flatMap(({ baseline, others }) => [baseline, ...others].map(({ cell }) => cell)),
  );
  const lone = groups.filter((group) => group.every(({ cell }) => !used.has(cell)));
  if (lone.length > 0) {
    const labels = lone.flatMap((group) => group.map(({ cell: { label } }) => label));
    const names = firstAndCount([...new Set(labels)], 4).join(", ");
    notes.push(
      `left out: ${lone.length} of ${groups.length} groups have nothing to be compared with: ${names}`,
    );
  }
  return { by, groups: matched, notes };
}

/** The setting that a person means by `name`: its full name, or its end. */
function fullName(name: string, cells: readonly RunCellRow[]): string {
  if (name === RUN) return RUN;
  const all = [...new Set(cells.flatMap(({ own, ofRun }) => [...own.keys(), ...ofRun.keys()]))];
  if (all.includes(name)) return name;
  const [end, ...more] = all.filter((one) => one.endsWith(`.${name}`));
  if (end !== undefined && more.length === 0) return end;
  if (end !== undefined) {
    throw new DiffError(
      `cannot compare by ${shown(name)}: expected one setting, found ${[end, ...more].join(", ")}`,
    );
  }
  const differing = settingsThatDiffer(cells);
  const choices = differing.length > 0 ? [...differing, RUN] : all;
  throw new DiffError(
    `cannot compare by ${shown(name)}: no cell has such a setting: ${expectedOneOf(name, choices)}`,
  );
}

/** The value of a setting in a cell. */
function valueOf(cell: RunCellRow, name: string): string | undefined {
  return name === RUN ? cell.source : cell.own.get(name) ?? cell.ofRun.get(name);
}

function valuesOf(cell: RunCellRow, by: readonly string[]): Setting[] {
  return by.map((name) => [name, valueOf(cell, name) ?? ""]);
}

/** Whether cells that are compared `by` settings may differ in `name`. */
function isBy(name: string, by: readonly string[], cells: readonly RunCellRow[]): boolean {
  return by.includes(name) ||
    by.includes(RUN) && cells.some(({ ofRun }) => ofRun.has(name));
}

/** The names of the settings that are not the same in all cells. */
function settingsThatDiffer(cells: readonly RunCellRow[]): string[] {
  const [first] = cells;
  if (first === undefined) return [];
  const names = new Set(cells.flatMap(({ own, ofRun }) => [...own.keys(), ...ofRun.keys()]));
  return [...names].filter((name) =>
    cells.some((cell) => valueOf(cell, name) !== valueOf(first, name))
  );
}

/** In the order of their values where these are numbers, else as they are. */
function sorted(cells: readonly MatchedCell[]): MatchedCell[] {
  const keys = cells.map(({ values }) => values.map(([, value]) => Number(value)));
  const isNumeric = (place: number): boolean =>
    keys.every((key) => Number.isFinite(key[place])) &&
    cells.every(({ values }) => values[place]?.[1] !== "");
  return cells.map((cell, i) => ({ cell, key: keys[i] ?? [] }))
    .sort((a, b) => {
      const place = a.key.findIndex((value, i) => isNumeric(i) && value !== b.key[i]);
      return place < 0 ? 0 : (a.key[place] ?? 0) - (b.key[place] ?? 0);
    })
    .map(({ cell }) => cell);
}

/** The cells of a group without those that another run has, too; two with the same values are ambiguous. */
function distinct(
  group: readonly MatchedCell[],
  by: readonly string[],
  notes: string[],
): MatchedCell[] {
  const kept: MatchedCell[] = [];
  for (const one of group) {
    const before = kept.find(({ values }) => haveSame(new Map(values), new Map(one.values)));
    if (before === undefined) {
      kept.push(one);
    } else if (isRepetition(before.cell, one.cell)) {
      notes.push(`${nameOf(one.cell)} is the same as ${nameOf(before.cell)}`);
    } else {
      throw new DiffError(
        `cannot tell which cell ${
          one.values.map((pair) => pair.join("=")).join(", ")
        } means: found ` +
          `${nameOf(before.cell)} and ${
            nameOf(one.cell)
          }, whose settings are the same and whose results ` +
          `are not; choose with --cells ${
            shown(`${before.cell.source}:*`)
          }, or compare the runs with ` +
          `--by ${[...by, RUN].join(",")}`,
      );
    }
  }
  return kept;
}

/** The cell of a group that the others are compared with; `undefined` where it does not have it. */
function baselineIn(
  group: readonly MatchedCell[],
  { baseline, among, runs }: MatchOptions,
  by: readonly string[],
): MatchedCell | undefined {
  if (baseline === undefined) return group[0];
  const wanted = baselineValues(baseline, by);
  const found = group.find(({ values }) => haveSame(new Map(values), wanted));
  if (found !== undefined) return found;
  const cells = group.map(({ cell }) => cell);
  const isValue = !/[(*?:]/.test(baseline) && !among.some(({ label }) => label === baseline);
  if (isValue) return undefined;
  const named = matching(among, cellPattern(baseline, runs));
  // Of several runs that have it, the one of the group.
  const near = named.filter((one) => cells.some((cell) => haveSame(one.ofRun, cell.ofRun)));
  const cell = theOne(near.length > 0 ? near : named, cells);
  return group.find((one) => one.cell === cell) ?? { cell, values: [] };
}

/** `2`, `draft_k=2` or `draft_k=2,seed=1` as values of the settings `by`. */
function baselineValues(text: string, by: readonly string[]): ReadonlyMap<string, string> {
  const [only] = by;
  if (only !== undefined && by.length === 1 && !text.startsWith(`${only}=`)) {
    return new Map([[only, text]]);
  }
  return new Map(
    text.split(",").map((part): Setting => {
      const end = part.indexOf("=");
      return [part.slice(0, end), part.slice(end + 1)];
    }),
  );
}

/** Why no group has two cells. */
function nothingMatched(
  groups: readonly (readonly MatchedCell[])[],
  by: readonly string[],
  others: readonly string[],
  { baseline, among }: MatchOptions,
): DiffError {
  const names = by.join(", ");
  const all = groups.flat();
  const values = [...new Set(all.map(({ values }) => values.map(([, value]) => value).join(", ")))];
  if (baseline !== undefined && groups.some((group) => group.length > 1)) {
    const choice = expectedOneOf(baseline, values);
    const labels = [...new Set(among.map(({ label }) => label))];
    const nearest = choice.includes("did you mean") ? "" : suggestion(baseline, labels);
    return new DiffError(
      `cannot use --baseline ${shown(baseline)}: ${choice}, or a cell${nearest}`,
    );
  }
  if (values.length === 1) {
    const more = others.length > 0
      ? `; they differ in ${firstAndCount(others, 6).join(", ")}: try --by ${others[0]}`
      : "";
    return new DiffError(
      `cannot compare by ${names}: expected different values, found ${
        shown(values[0])
      } in every cell${more}`,
    );
  }
  return new DiffError(
    `cannot compare by ${names}: no two cells differ in that alone; they also differ in ` +
      `${firstAndCount(others, 6).join(", ")}: name all that may differ, such as ` +
      `--by ${[...by, ...others.slice(0, 3)].join(",")}, or leave out --by to compare all with one`,
  );
}

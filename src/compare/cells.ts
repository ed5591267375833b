/**
 * The cells that a comparison is of: found in runs by patterns over their labels, each with its settings
 * and those of its run.
 *
 * @module
 */
import { diffSettings, yamlText } from "../config/setting_diff.ts";
import { strategies } from "../decode/definitions.ts";
import type { CsvTable } from "../diff/csv_table.ts";
import type { LoadedRun, Variant } from "../diff/load.ts";
import { DiffError } from "../diff/run_files.ts";
import { cellTable, type MetricRow } from "../diff/tables.ts";
import { expectedOneOf, shown, suggestion } from "../text/suggestions.ts";

/** A cell of a run. */
export interface RunCellRow {
  /** The run or sweep that has it, as it was named: `outputs/a`. */
  readonly run: string;
  /** The run that has it: `outputs/a`, or `outputs/sweep/seed=1` of a sweep. */
  readonly source: string;
  /** Its label, such as `top_k(k=5)`. */
  readonly label: string;
  /** Its row of `results.csv`. */
  readonly row: MetricRow;
  /** The files of its run; none of an older version, or where they are gone. */
  readonly variant: Variant | undefined;
  /** Its own settings, `strategy` among them, by name. */
  readonly own: Settings;
  /** The settings of its run that may change results, by path. */
  readonly ofRun: Settings;
}

/** Values of settings as they are written, by their names. */
export type Settings = ReadonlyMap<string, string>;

/** A pattern over labels, with the run that it is restricted to, if any. */
export interface CellPattern {
  /** As it was given. */
  readonly text: string;
  /** The run that has to have the cell; none for all runs that are compared. */
  readonly run: string | undefined;
  /** A label, a label with `*` and `?`, or the name of a strategy. */
  readonly pattern: string;
}

/** Reads `[RUN:]PATTERN`; of the names of `runs` the longest that fits is meant. */
export function cellPattern(text: string, runs: readonly string[]): CellPattern {
  const known = runs.toSorted((a, b) => b.length - a.length)
    .find((run) => text.startsWith(`${run}:`));
  const end = known?.length ?? text.indexOf(":");
  if (end < 1 || end === text.length - 1) return { text, run: undefined, pattern: text };
  return { text, run: text.slice(0, end), pattern: text.slice(end + 1) };
}

/** The cells of a run, in the order of its `results.csv`. */
export function cellsOf({ label: run, results, swept, variants }: LoadedRun): RunCellRow[] {
  const { rows } = cellTable({ results, swept, further: variants });
  const settingsOf = new Map([...variants].map(([label, one]) => [label, settingsOfRun(one)]));
  const [another] = settingsOf.values();
  return [...rows.values()].map((row): RunCellRow => {
    const { variant: name, label } = row.place;
    const ofRun = settingsOf.get(name ?? "") ?? sweptSettings(row, swept, another);
    const own = new Map(Object.entries(row.settings).filter(([setting]) => !ofRun.has(setting)));
    return {
      run,
      source: name === undefined || name === "" ? run : `${run}/${name}`,
      label,
      row,
      variant: name === undefined ? undefined : variants.get(name),
      own,
      ofRun,
    };
  });
}

/**
 * The settings of a variant whose files are gone: those that `variants.csv` has, and the others as in
 * `another` variant, which is the same in all but these.
 */
function sweptSettings(
  { settings }: MetricRow,
  swept: CsvTable | undefined,
  another: Settings | undefined,
): Settings {
  const names = new Set(swept?.rows.map((row) => row.value("setting")));
  return new Map([
    ...another ?? [],
    ...Object.entries(settings).filter(([name]) => names.has(name)),
  ]);
}

/** Settings that change no result, or that the cells have themselves. */
const APART = /^(name|report|decoding\.strategies|corpus\.(path|url|sha256))(\.|$)/;

function settingsOfRun({ config, manifest }: Variant): Settings {
  const settings = diffSettings({}, config).filter(({ path }) => !APART.test(path));
  // The corpus is what was read, wherever it lay.
  const inputs = Object.entries(manifest.inputs ?? {})
    .map(([name, digest]) => [`${name}.sha256`, String(digest)] as const);
  return new Map([...settings.map((one) => [one.path, yamlText(one.new)] as const), ...inputs]);
}

/**
 * The cells of `cells` that `patterns` choose, in the order of the patterns; each once.
 *
 * @throws {DiffError} If a pattern chooses none, with the nearest that does.
 */
export function chosenCells(
  cells: readonly RunCellRow[],
  patterns: readonly CellPattern[],
): RunCellRow[] {
  const chosen = new Map<string, RunCellRow>();
  for (const pattern of patterns) {
    for (const cell of matching(cells, pattern)) chosen.set(nameOf(cell), cell);
  }
  return [...chosen.values()];
}

/** The name by which a cell can be given: `outputs/a:top_k(k=5)`. */
export function nameOf({ source, label }: Pick<RunCellRow, "source" | "label">): string {
  return `${source}:${label}`;
}

/** The cells that a pattern chooses; throws a {@linkcode DiffError} where there are none. */
export function matching(cells: readonly RunCellRow[], pattern: CellPattern): RunCellRow[] {
  const inRun = cells.filter(({ source }) => isOfRun(source, pattern.run));
  const isWanted = matcherOf(pattern.pattern);
  const byLabel = inRun.filter(({ label }) => isWanted(label));
  const found = byLabel.length > 0
    ? byLabel
    : inRun.filter(({ own }) => own.get("strategy") === pattern.pattern);
  if (found.length > 0) return found;
  if (inRun.length === 0) {
    const sources = [...new Set(cells.map(({ source }) => source))];
    throw new DiffError(
      `cannot find a cell for ${shown(pattern.text)}: ${expectedOneOf(pattern.run, sources)}`,
    );
  }
  const names = namesOf(inRun);
  const expected = expectedOneOf(pattern.pattern, names);
  // A misspelled word is further from a name with what stands for any text than without.
  const plain = pattern.pattern.replaceAll("*", "");
  const nearest = expected.includes("did you mean") ? "" : suggestion(plain, names);
  throw new DiffError(`cannot find a cell for ${shown(pattern.text)}: ${expected}${nearest}`);
}

function isOfRun(source: string, run: string | undefined): boolean {
  return run === undefined || source === run || source.startsWith(`${run}/`);
}

/** Whether a label is what `pattern` says: `*` is any text, `?` any character. */
function matcherOf(pattern: string): (label: string) => boolean {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === "*") return "[^]*";
    return part === "?" ? "[^]" : RegExp.escape(part);
  });
  const whole = new RegExp(`^${parts.join("")}$`, "u");
  return (label) => whole.test(label);
}

/** The labels and strategies that a pattern may name. */
function namesOf(cells: readonly RunCellRow[]): string[] {
  const labels = new Set(cells.map(({ label }) => label));
  const names = new Set(cells.map(({ own }) => own.get("strategy") ?? ""));
  return [
    ...labels,
    ...strategies.flatMap(({ name }) => names.has(name) && !labels.has(name) ? [name] : []),
  ];
}

/** Whether two cells have the same settings, those of their runs included. */
export function areSame(one: RunCellRow, other: RunCellRow): boolean {
  return haveSame(one.own, other.own) && haveSame(one.ofRun, other.ofRun);
}

/** Whether settings are the same. */
export function haveSame(one: Settings, other: Settings): boolean {
  return one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);
}

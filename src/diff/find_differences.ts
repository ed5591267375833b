/**
 * Finds what two runs differ by beside chance: from the samples of their cells and the losses of their
 * models by document, where both have them, and else from the printed intervals.
 *
 * @module
 */
import { valueAt } from "../config/path.ts";
import { strategies } from "../decode/definitions.ts";
import { entropyPerToken, population as populationMeasure } from "../measure/likelihood.ts";
import { allMeasures, measures } from "../measure/measures.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import {
  type CellDifference,
  cellDifferences,
  type CellFacts,
  RunCell,
} from "./cell_differences.ts";
import type { CsvSource } from "./csv_rows.ts";
import type { Judged } from "./judgement.ts";
import type { LoadedRun, Variant } from "./load.ts";
import { changeOfLoss, documentLosses } from "./losses.ts";
import type { MetricDiff, RowDiff, TableDiff } from "./metrics.ts";
import { printedDifference } from "./printed_intervals.ts";
import { type CellRows, cellRows, OlderFileError } from "./samples_file.ts";
import type { Measured, MetricRow } from "./tables.ts";
import { numberIn } from "./written.ts";

/** The differences of two runs, beside chance. */
export interface FoundDifferences {
  /** Those of the judged metrics of every row in which the runs differ. */
  readonly judged: ReadonlyMap<MetricDiff, Judged>;
  /** Metrics that are others in another unit, which are judged instead of them, by their columns. */
  readonly same: ReadonlyMap<MetricDiff, string>;
  /** Why some of them are known from the printed intervals alone. */
  readonly shortcomings: readonly string[];
}

/** The same thing of two runs. */
export interface Both<Item> {
  /** That of the old run. */
  readonly old: Item;
  /** That of the new run. */
  readonly new: Item;
}

/**
 * Finds the differences of all judged metrics, equal ones too, in the rows that differ in anything.
 *
 * @throws {DiffError} If a file is damaged, with the line.
 */
export async function findDifferences(
  runs: Both<LoadedRun>,
  { cells, models }: { readonly cells: TableDiff; readonly models: TableDiff },
): Promise<FoundDifferences> {
  const found = new Differences();
  const [changedCells, changedModels] = [cells, models].map(({ rows }) => rows.filter(isChanged));
  if ((changedCells?.length ?? 0) + (changedModels?.length ?? 0) > 0) await loadQuantiles();
  for (const rows of byVariant(changedCells ?? [])) await findInCells(runs, rows, found);
  for (const rows of byVariant(changedModels ?? [])) await findInLosses(runs, rows, found);
  return found;
}

/** Collects differences. */
class Differences implements FoundDifferences {
  readonly judged = new Map<MetricDiff, Judged>();
  readonly same = new Map<MetricDiff, string>();
  readonly #shortcomings = new Set<string>();

  get shortcomings(): readonly string[] {
    return [...this.#shortcomings];
  }

  add(metric: MetricDiff, judged: Judged | undefined): void {
    if (judged !== undefined) this.judged.set(metric, judged);
  }

  /** Adds what the printed intervals say of a metric, for this reason where there is one. */
  addPrinted(metric: MetricDiff, reason?: string): void {
    const difference = printedDifference(metric.old, metric.new);
    if (difference === undefined) return;
    this.judged.set(metric, { difference, pairing: "printed intervals" });
    if (reason !== undefined) this.#shortcomings.add(reason);
  }
}

/** Whether anything of a row is written otherwise, whatever the tolerances. */
function isChanged({ metrics }: RowDiff): boolean {
  return metrics.some(({ old, new: current }) =>
    old.text !== current.text || old.ends.low !== current.ends.low ||
    old.ends.high !== current.ends.high
  );
}

function byVariant(rows: readonly RowDiff[]): Iterable<readonly RowDiff[]> {
  return Map.groupBy(
    rows,
    ({ before, after }) => JSON.stringify([before.place.variant, after.place.variant]),
  ).values();
}

/** The same variant of both runs; `undefined` if one is of an older version, or its files are gone. */
function variantsOf(
  runs: Both<LoadedRun>,
  [first]: readonly RowDiff[],
): Both<Variant> | undefined {
  const variant = (run: LoadedRun, row: MetricRow | undefined): Variant | undefined =>
    row?.place.variant === undefined ? undefined : run.variants.get(row.place.variant);
  const [old, current] = [variant(runs.old, first?.before), variant(runs.new, first?.after)];
  return old && current && { old, new: current };
}

/** The runs that do not have a file, or of which it is not known. */
function lacking(
  runs: Both<LoadedRun>,
  file: string,
  sources: Both<CsvSource | undefined> | undefined,
): string {
  const without = [
    ...(sources?.old === undefined ? [runs.old.label] : []),
    ...(sources?.new === undefined ? [runs.new.label] : []),
  ];
  return `${without.join(" and ")} ${
    without.length > 1 ? "have" : "has"
  } no ${file} of this version`;
}

/** The measures that are judged by printed intervals, where nothing more is known. */
const judgedByIntervals = measures.filter(({ judged }) => judged !== undefined);

/** Whether a metric is one of a cell alone, which its samples tell. */
function isOfCell({ metric }: MetricDiff): boolean {
  return allMeasures.some(({ name }) => name === metric);
}

/** Differences of the cells in `rows`, all of the same variant. */
async function findInCells(
  runs: Both<LoadedRun>,
  rows: readonly RowDiff[],
  found: Differences,
): Promise<void> {
  // Measures beside other cells: of them the files have no more than the intervals.
  for (const metric of rows.flatMap(({ metrics }) => metrics)) {
    if (!isOfCell(metric)) found.addPrinted(metric);
  }
  const variants = variantsOf(runs, rows);
  const sources = variants && await sourcesOf(variants, ({ samples }) => samples());
  const rest = new Set(rows);
  let reason = lacking(runs, "samples.csv", sources);
  if (variants !== undefined && sources?.old !== undefined && sources.new !== undefined) {
    const seeds = [variants.old, variants.new].map(({ config }) => valueAt(config, ["seed"]));
    try {
      for await (const { row, old, new: current } of cellPairs(sources.old, sources.new, rows)) {
        const differences = cellDifferences(
          new RunCell(old.rows, factsOf(row.before)),
          new RunCell(current.rows, factsOf(row.after)),
          seeds[0] === seeds[1],
        );
        addFromSamples(row, differences, found);
        rest.delete(row);
      }
      reason = "samples.csv lacks some cells of results.csv";
    } catch (error) {
      if (!(error instanceof OlderFileError)) throw error;
      reason = error.message;
    }
  }
  for (const row of rest) {
    const isOlder = [row.before, row.after].some(({ place }) => place.variant === undefined);
    for (const { name, interval } of judgedByIntervals) {
      // Older versions printed far too narrow ones of what depends on the set of all samples.
      if (isOlder && interval === "set") continue;
      const metric = row.metrics.find((one) => one.metric === name);
      if (metric !== undefined) found.addPrinted(metric, reason);
    }
  }
}

async function sourcesOf(
  variants: Both<Variant>,
  of: (variant: Variant) => Promise<CsvSource | undefined>,
): Promise<Both<CsvSource | undefined>> {
  return { old: await of(variants.old), new: await of(variants.new) };
}

/** The facts about a cell that its row of `results.csv` has. */
export function factsOf({ settings, measured }: MetricRow): CellFacts {
  const population = numberIn(measured(populationMeasure.name).text);
  return {
    design: population === undefined ? { prompts: "listed" } : { prompts: "drawn", population },
    isDeterministic: strategies.some(({ name, isDeterministic }) =>
      name === settings["strategy"] && isDeterministic
    ),
    // Where it is not, the run has no entropy.
    drawsEachToken: measured(entropyPerToken.name).text !== "",
    draftK: Number(settings["draft_k"] ?? 0),
  };
}

/** A cell of both runs, with its samples in each. */
interface CellPair extends Both<CellRows> {
  readonly row: RowDiff;
}

/** The cells in `rows` with their samples: of cells in the same order, only one's are in memory. */
async function* cellPairs(
  old: CsvSource,
  current: CsvSource,
  rows: readonly RowDiff[],
): AsyncGenerator<CellPair> {
  const sideOf = (source: CsvSource, of: "before" | "after") => {
    const byLabel = new Map(rows.map((row) => [row[of].place.label, row]));
    const cells = cellRows(source, (label) => byLabel.has(label));
    const waiting = new Map<RowDiff, CellRows>();
    return { byLabel, cells, waiting, done: false };
  };
  const sides = { old: sideOf(old, "before"), new: sideOf(current, "after") };
  const other = { old: "new", new: "old" } as const;
  while (!sides.old.done || !sides.new.done) {
    for (const own of ["old", "new"] as const) {
      const side = sides[own];
      const next = await side.cells.next();
      if (next.done) {
        side.done = true;
        continue;
      }
      const row = side.byLabel.get(next.value.label);
      if (row === undefined) continue;
      const counterpart = sides[other[own]].waiting.get(row);
      if (counterpart === undefined) {
        side.waiting.set(row, next.value);
        continue;
      }
      sides[other[own]].waiting.delete(row);
      yield own === "new"
        ? { row, old: counterpart, new: next.value }
        : { row, old: next.value, new: counterpart };
    }
  }
}

function addFromSamples(
  { metrics }: RowDiff,
  differences: ReadonlyMap<string, CellDifference>,
  found: Differences,
): void {
  for (const { name } of judgedByIntervals) {
    const metric = metrics.find((one) => one.metric === name);
    // A run that does not have a measure does not have it from its samples, either.
    if (metric === undefined || metric.old.text === "" || metric.new.text === "") continue;
    const difference = differences.get(name);
    const same = difference && sameAs(name, difference, differences);
    if (same !== undefined) {
      found.same.set(metric, same);
      continue;
    }
    if (difference === undefined) found.addPrinted(metric);
    else if (isOf(metric, difference)) {
      if (difference.judged === undefined) found.addPrinted(metric);
      else found.add(metric, difference.judged);
    } else {
      found.addPrinted(
        metric,
        `results.csv has another ${name} than this version finds in samples.csv`,
      );
    }
  }
}

/**
 * A later measure of a cell that is the same in both runs but for its sign, if there is one: minus the
 * entropy is the log-prob per token where texts are drawn from the target's own distribution, and of
 * proposals of one token all are tested. That is one comparison, not two.
 */
function sameAs(
  name: string,
  difference: CellDifference,
  differences: ReadonlyMap<string, CellDifference>,
): string | undefined {
  const names = [...differences.keys()];
  return names.slice(names.indexOf(name) + 1).find((later) => {
    const other = differences.get(later);
    const [own, its] = [difference, other].map((one) => one?.judged?.difference);
    if (other === undefined || own === undefined || its === undefined || own.value === 0) {
      return false;
    }
    const sign = Math.sign(difference.new) === Math.sign(other.new) ? 1 : -1;
    return isSame(difference.old, sign * other.old) && isSame(difference.new, sign * other.new) &&
      Math.abs(own.p - its.p) <= 1e-9;
  });
}

/** Whether two sums are the same but for their rounding. */
function isSame(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-12 * Math.abs(other);
}

/** Files have six decimals. */
const PRECISION = 1e-5;

/** Whether a difference is that of the values that the tables have. */
function isOf(metric: MetricDiff, difference: Both<number>): boolean {
  return (["old", "new"] as const).every((side) => isWritten(metric[side], difference[side]));
}

/** Whether a table has this value, to the digits that files have. */
export function isWritten({ text }: Measured, value: number): boolean {
  const written = numberIn(text);
  return written !== undefined &&
    Math.abs(written - value) <= PRECISION * Math.max(1, Math.abs(value));
}

const NATS = "held_out_nats_per_token";
/** The metrics of models that are losses on held-out documents, and what each is a mean over. */
const LOSSES = {
  [NATS]: "tokens",
  held_out_bits_per_character: "characters",
  held_out_bits_per_byte: "bytes",
} as const;

/** Differences of the losses of the models in `rows`, all of the same variant. */
async function findInLosses(
  runs: Both<LoadedRun>,
  rows: readonly RowDiff[],
  found: Differences,
): Promise<void> {
  const variants = variantsOf(runs, rows);
  const sources = variants && await sourcesOf(variants, ({ losses }) => losses());
  const reason = lacking(runs, "losses.csv", sources);
  const losses = sources?.old === undefined || sources.new === undefined ? undefined : {
    old: await documentLosses(
      sources.old,
      (model) => rows.some((row) => row.before.place.label === model),
    ),
    new: await documentLosses(
      sources.new,
      (model) => rows.some((row) => row.after.place.label === model),
    ),
  };
  for (const { before, after, metrics } of rows) {
    const [old, current] = [
      losses?.old.get(before.place.label),
      losses?.new.get(after.place.label),
    ];
    const metricOf = (name: string) => metrics.find((one) => one.metric === name);
    for (const [name, of] of Object.entries(LOSSES)) {
      const metric = metricOf(name);
      if (metric === undefined) continue;
      // Of as many tokens, nats per token and bits per character or byte are one loss in other units.
      const tokens = metricOf("held_out_tokens");
      if (of !== "tokens" && metricOf(NATS) !== undefined && tokens?.change === 0) {
        found.same.set(metric, NATS);
        continue;
      }
      const difference = old && current && changeOfLoss(of, old, current);
      if (difference !== undefined && isOf(metric, difference)) {
        found.add(metric, difference.judged);
      } else {
        found.addPrinted(
          metric,
          losses === undefined ? reason : "losses.csv of both runs does not have all documents",
        );
      }
    }
  }
}

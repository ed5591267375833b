/**
 * The measures of cells, with how they vary by chance: from the samples that their runs keep, and
 * where these do not say it, as they are printed.
 *
 * @module
 */
import { RunCell, type SampledCell } from "../diff/cell_differences.ts";
import { factsOf, isWritten } from "../diff/find_differences.ts";
import type { Variant } from "../diff/load.ts";
import { cellRows, OlderFileError, type SampleRow } from "../diff/samples_file.ts";
import { numberIn } from "../diff/written.ts";
import { compareSearch, type Mode, type Modes } from "../measure/compare_search.ts";
import type { Estimate } from "../measure/estimate.ts";
import * as likelihood from "../measure/likelihood.ts";
import { searchDecodings, searchLargestGap } from "../measure/search.ts";
import type { SearchedDraw } from "../measure/searched.ts";
import { nameOf, type RunCellRow } from "./cells.ts";
import type { ComparedMeasure } from "./measures.ts";

/** A cell with what was measured of it. */
export interface MeasuredCell {
  /** The cell. */
  readonly cell: RunCellRow;
  /** Its samples, as far as differences are made from them; none where only printed numbers are known. */
  readonly sampled: SampledCell | undefined;
  /** The estimates that its samples give, by the names of measures. */
  readonly estimates: ReadonlyMap<string, Estimate>;
}

/** Cells with what was measured of them. */
export interface MeasuredCells {
  /** They, by cell. */
  readonly of: ReadonlyMap<RunCellRow, MeasuredCell>;
  /** Why some are known from printed numbers alone. */
  readonly notes: readonly string[];
}

/**
 * Measures `cells` by `measures`; those that depend on the number of texts of as many of each draw of a
 * prompt as the cell with the fewest has.
 *
 * @throws {DiffError} If a file is damaged, with the line.
 */
export async function measureCells(
  cells: readonly RunCellRow[],
  measures: readonly ComparedMeasure[],
  among: readonly RunCellRow[],
): Promise<MeasuredCells> {
  const notes = new Set<string>();
  const found = new Map<RunCellRow, MeasuredCell>();
  const textsOfDraw = Math.min(...cells.map(textsOfDrawIn));
  for (const [variant, own] of Map.groupBy(cells, (cell) => cell.variant)) {
    const prover = measures.some(({ kind }) => kind === "search")
      ? among.find((cell) => cell.variant === variant && provesAll(cell))
      : undefined;
    const wanted = new Set([...own, ...prover === undefined ? [] : [prover]]);
    const rows = await samplesOf(variant, wanted, notes);
    const modes = prover === undefined ? undefined : modesIn(rows.get(prover.label));
    for (const cell of own) {
      found.set(
        cell,
        measured(cell, rows.get(cell.label), { measures, textsOfDraw, modes, notes }),
      );
    }
  }
  return { of: found, notes: [...notes] };
}

function textsOfDrawIn({ row }: RunCellRow): number {
  const [samples, draws] = [likelihood.samples, likelihood.draws].map(({ name }) =>
    numberIn(row.measured(name).text)
  );
  return samples === undefined || draws === undefined ? Infinity : samples / draws;
}

/** Whether a cell found the most probable text after every prompt, and it was proved that it did. */
function provesAll({ row }: RunCellRow): boolean {
  const [gap, decodings, draws] = [searchLargestGap, searchDecodings, likelihood.draws]
    .map(({ name }) => numberIn(row.measured(name).text));
  return gap === 0 && decodings !== undefined && draws !== undefined && decodings >= draws;
}

/** The samples of cells of one run, by label. */
async function samplesOf(
  variant: Variant | undefined,
  cells: ReadonlySet<RunCellRow>,
  notes: Set<string>,
): Promise<ReadonlyMap<string, readonly SampleRow[]>> {
  const labels = new Set([...cells].map(({ label }) => label));
  const found = new Map<string, readonly SampleRow[]>();
  const source = await variant?.samples();
  const [first] = cells;
  if (source === undefined) {
    notes.add(`${first?.source} has no samples.csv of this version`);
    return found;
  }
  try {
    for await (const { label, rows } of cellRows(source, (one) => labels.has(one))) {
      found.set(label, rows);
    }
  } catch (error) {
    if (!(error instanceof OlderFileError)) throw error;
    notes.add(error.message);
  }
  return found;
}

interface MeasuredBy {
  readonly measures: readonly ComparedMeasure[];
  readonly textsOfDraw: number;
  readonly modes: Modes | undefined;
  readonly notes: Set<string>;
}

function measured(
  cell: RunCellRow,
  rows: readonly SampleRow[] | undefined,
  { measures, textsOfDraw, modes, notes }: MeasuredBy,
): MeasuredCell {
  const estimates = new Map<string, Estimate>();
  if (rows === undefined) return { cell, sampled: undefined, estimates };
  const facts = factsOf(cell.row);
  const samples = new RunCell(rows, facts);
  const search = modes &&
    compareSearch(rounded(searchedIn(rows), modes), modes, {
      hasChance: samples.sampling.hasChance,
      design: facts.design,
    });
  for (const measure of measures) {
    const { name, interval } = measure.facts;
    // What has no interval is what was printed; a run that does not have a measure has it for a reason.
    if (interval === "none" || cell.row.measured(name).text === "") continue;
    const estimate = measure.kind === "cell"
      ? measure.facts.of(samples)
      : search && measure.facts.of(search);
    if (estimate === undefined || !isWritten(cell.row.measured(name), estimate.value)) continue;
    const isOfMore = rows.length > textsOfDraw * samples.draws;
    const fewer = isOfMore && measure.kind === "cell"
      ? measure.facts.rarefied?.(samples, textsOfDraw)
      : undefined;
    if (fewer !== undefined) {
      notes.add(`${measure.facts.title} is of ${textsOfDraw} texts of each prompt in every cell`);
    }
    estimates.set(name, fewer ?? estimate);
  }
  return { cell, sampled: withoutSamples(samples, [...estimates.values()]), estimates };
}

/** The facts of a cell that differences need, without its samples: those of many may be large. */
function withoutSamples(samples: RunCell, estimates: readonly Estimate[]): SampledCell {
  const influences = new Map(estimates.map((one) => [one.spread, samples.influencesOn(one)]));
  return {
    sampling: samples.sampling,
    influencesOn: ({ spread }) => spread && influences.get(spread),
  };
}

/** The most probable texts, from the samples of a cell that found them all. */
function modesIn(rows: readonly SampleRow[] | undefined): Modes | undefined {
  if (rows === undefined) return undefined;
  const modes = new Map<string, Mode>();
  for (const { prompt, logProb, tokens } of rows) {
    if (logProb <= (modes.get(prompt)?.logProb ?? -Infinity)) continue;
    modes.set(prompt, { logProb, tokens, isEmpty: tokens === 0 });
  }
  return modes;
}

/** The best texts of each draw, in order: a decoding that stands for several draws counts in each. */
function searchedIn(rows: readonly SampleRow[]): SearchedDraw[] {
  return [...Map.groupBy(rows, ({ draw }) => draw).values()].map((own): SearchedDraw => {
    const best = [...Map.groupBy(own, ({ decoding }) => decoding).values()].map((texts) =>
      texts.reduce((a, b) => b.logProb > a.logProb ? b : a)
    );
    return {
      prompt: own[0]?.prompt ?? "",
      logProbs: best.map(({ logProb }) => logProb),
      empty: best.map(({ tokens }) => tokens === 0),
    };
  });
}

/** Files have six decimals. */
const PRECISION = 1.5e-6;

/** `searched` where what is as probable as the mode, to the digits that files have, is exactly so. */
function rounded(searched: readonly SearchedDraw[], modes: Modes): SearchedDraw[] {
  return searched.map((draw) => {
    const mode = modes.get(draw.prompt)?.logProb ?? NaN;
    const logProbs = draw.logProbs.map((one) => Math.abs(one - mode) <= PRECISION ? mode : one);
    return { ...draw, logProbs };
  });
}

/** Whether two cells drew their samples by the same random streams. */
export function haveSameStreams(one: RunCellRow, other: RunCellRow): boolean {
  return nameOf(one) !== nameOf(other) && one.label === other.label && one.ofRun.has("seed") &&
    ["seed", "seeding"].every((name) => one.ofRun.get(name) === other.ofRun.get(name));
}

/**
 * Cells compared with one another: the difference of each from the one that they are compared with, and
 * which of them chance explains.
 *
 * All differences of a command are one family, those between any two cells in the first measure among
 * them, since the closing sentence chooses among all: where nothing differs, at most one command in twenty
 * says that anything does (Holm 1979).
 *
 * @module
 */
import { differenceIn, pairingOf } from "../diff/cell_differences.ts";
import type { Pairing } from "../diff/judgement.ts";
import { printedDifference } from "../diff/printed_intervals.ts";
import { numberIn } from "../diff/written.ts";
import { type Difference, holm, LEVEL, squareAndAdd } from "../measure/comparison.ts";
import type { Estimate } from "../measure/estimate.ts";
import type { Verdict } from "../measure/judged.ts";
import type { MeasureFacts } from "../measure/measure.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import type { RunCellRow } from "./cells.ts";
import type { MatchedCell, MatchedCells, Matching, Setting } from "./matching.ts";
import {
  haveSameStreams,
  measureCells,
  type MeasuredCell,
  type MeasuredCells,
} from "./measured_cells.ts";
import type { ComparedMeasure } from "./measures.ts";

/** Cells compared with one another. */
export interface CellComparison {
  /** The measures, in the order in which they are shown. */
  readonly measures: readonly MeasureFacts[];
  /** The settings that they are compared by; none where all are compared with one. */
  readonly by: readonly string[];
  /** Cells that are compared with one another. */
  readonly groups: readonly ComparedGroup[];
  /** How many differences were judged together, and how many of them chance does not explain. */
  readonly family: { readonly size: number; readonly apart: number };
  /** Notes for a person on where the numbers come from. */
  readonly notes: readonly string[];
}

/** Cells that are compared with one another. */
export interface ComparedGroup {
  /** The settings that they share, as far as they tell them from others. */
  readonly shared: readonly Setting[];
  /** They: first the one that the others are compared with. */
  readonly cells: readonly ComparedCell[];
  /** The difference of two of them by the first measure, of any two: of the one less the other. */
  readonly between: (of: ComparedCell, than: ComparedCell) => JudgedDifference | undefined;
}

/** A cell beside the one that it is compared with. */
export interface ComparedCell extends MatchedCell {
  /** Its values, by the names of the measures; none where it has no such thing. */
  readonly measured: ReadonlyMap<string, ComparedValue>;
}

/** A measure of a cell, and its difference from that of the cell that it is compared with. */
export interface ComparedValue {
  /** The estimate in this cell. */
  readonly estimate: Estimate;
  /** How much more than in the other; none of the other itself, and where that has no such thing. */
  readonly difference: JudgedDifference | undefined;
}

/** A difference, and whether chance explains it. */
export interface JudgedDifference {
  /** The value of the one less that of the other. */
  readonly value: number;
  /** How far chance reaches; none where there is none, or it is not known. */
  readonly inference?: Difference & {
    /** p as Holm's method adjusts it. */
    readonly adjusted: number;
    /** How chance in both was taken together. */
    readonly pairing: Pairing;
  };
  /** Absent where it is not known how far chance reaches. */
  readonly verdict?: Verdict;
}

/**
 * Compares matched cells by `measures`; `among` are all cells of their runs.
 *
 * @throws {DiffError} If a file is damaged, with the line.
 */
export async function compareCells(
  { by, groups, notes }: Matching,
  measures: readonly ComparedMeasure[],
  among: readonly RunCellRow[],
): Promise<CellComparison> {
  await loadQuantiles();
  const cells = new Set(
    groups.flatMap(({ baseline, others }) => [baseline, ...others])
      .map(({ cell }) => cell),
  );
  const measured = await measureCells([...cells], measures, among);
  const facts = measures.map((one) => one.facts);
  const { compared, family } = judgeGroups(groups, facts, measured);
  const remarks = [...notes, ...measured.notes, ...otherPrompts(groups, measured)];
  if (facts.some(({ unit }) => unit.startsWith("nats")) && groups.some(haveOtherTargets)) {
    remarks.push("log-probabilities are under the target of each run, and these differ");
  }
  return { measures: facts, by, groups: compared, family, notes: remarks };
}

/** Which cells continue other prompts than what they are compared with. */
function otherPrompts(groups: readonly MatchedCells[], measured: MeasuredCells): string[] {
  const promptsOf = (cell: RunCellRow): readonly string[] | undefined =>
    measured.of.get(cell)?.sampled?.sampling.prompts;
  const pairs = groups.flatMap(({ baseline: { cell: than }, others }) =>
    others.flatMap(({ cell }) => {
      const [own, other] = [promptsOf(cell), promptsOf(than)];
      const isSame = own === undefined || other === undefined ||
        own.length === other.length && own.every((prompt, i) => prompt === other[i]);
      return isSame ? [] : [`${cell.source} has other prompts than ${than.source}`];
    })
  );
  return [...new Set(pairs)];
}

/** The settings that a trained target depends on. */
const OF_TARGET = /^(seed|engine|corpus|models\.(block_size|target)|training\.target)\b/;

function haveOtherTargets({ baseline, others }: MatchedCells): boolean {
  const target = ({ cell }: MatchedCell): string =>
    JSON.stringify([...cell.ofRun].filter(([name]) => OF_TARGET.test(name)));
  return others.some((one) => target(one) !== target(baseline));
}

/** A difference before it is judged. */
interface FoundDifference {
  readonly value: number;
  /** Whether chance has no part in it. */
  readonly isExact: boolean;
  readonly found?: { readonly difference: Difference; readonly pairing: Pairing };
}

/** Judges all differences of `groups` as one family. */
export function judgeGroups(
  groups: readonly MatchedCells[],
  measures: readonly MeasureFacts[],
  measured: MeasuredCells,
): {
  readonly compared: readonly ComparedGroup[];
  readonly family: CellComparison["family"];
} {
  const family = new Family();
  const planned = groups.map(({ shared, baseline, others }) => {
    const cells = [baseline, ...others];
    const of = ({ cell }: MatchedCell): MeasuredCell =>
      measured.of.get(cell) ?? { cell, sampled: undefined, estimates: new Map() };
    // Those of the first measure are of any two, since the sentence chooses among them.
    const pairs = measures.flatMap((measure, i) =>
      cells.flatMap((one, c) =>
        cells.slice(0, i === 0 ? c : Math.min(1, c)).map((other) => ({ measure, one, other }))
      )
    );
    for (const { measure, one, other } of pairs) {
      const found = differenceBetweenCells(measure, of(one), of(other));
      if (found !== undefined) family.add(keyOf(measure, one, other), found);
    }
    return { shared, cells, of };
  });
  const judged = family.judge();
  const compared = planned.map(({ shared, cells, of }): ComparedGroup => {
    const [baseline] = cells;
    const comparedCells = cells.map((one): ComparedCell => ({
      ...one,
      measured: new Map(measures.flatMap((measure): [string, ComparedValue][] => {
        const estimate = estimateOf(measure, of(one));
        if (estimate === undefined) return [];
        const difference = baseline && judged.get(keyOf(measure, one, baseline));
        return [[measure.name, { estimate, difference }]];
      })),
    }));
    const [first] = measures;
    const between = (one: MatchedCell, other: MatchedCell): JudgedDifference | undefined => {
      if (first === undefined) return undefined;
      const reverse = judged.get(keyOf(first, other, one));
      return judged.get(keyOf(first, one, other)) ?? (reverse && reversed(reverse));
    };
    return { shared, cells: comparedCells, between };
  });
  return { compared, family: family.count };
}

function keyOf(
  { name }: MeasureFacts,
  { cell: one }: MatchedCell,
  { cell: than }: MatchedCell,
): string {
  return JSON.stringify([name, one.source, one.label, than.source, than.label]);
}

/** Differences that are judged together. */
class Family {
  readonly #found = new Map<string, FoundDifference>();
  #apart = 0;

  /** Adds one. */
  add(key: string, found: FoundDifference): void {
    this.#found.set(key, found);
  }

  /** They, judged. */
  judge(): ReadonlyMap<string, JudgedDifference> {
    const adjusted = holm(
      [...this.#found.values()].flatMap(({ found }) =>
        found === undefined ? [] : [found.difference.p]
      ),
    );
    let next = 0;
    const judged = new Map([...this.#found].map(([key, one]): [string, JudgedDifference] => {
      const { value, isExact, found } = one;
      if (found === undefined) {
        return [key, isExact ? { value, verdict: signOf(value) } : { value }];
      }
      const own = adjusted[next++] ?? 1;
      const { difference, pairing } = found;
      const verdict = own < LEVEL ? signOf(value) : "open";
      return [key, { value, inference: { ...difference, adjusted: own, pairing }, verdict }];
    }));
    this.#apart = adjusted.filter((p) => p < LEVEL).length;
    return judged;
  }

  /** How many there are that chance has a part in, and how many of them it does not explain. */
  get count(): CellComparison["family"] {
    const size = [...this.#found.values()].filter(({ found }) => found !== undefined).length;
    return { size, apart: this.#apart };
  }
}

function signOf(value: number): Verdict {
  if (value === 0) return "equal";
  return value > 0 ? "higher" : "lower";
}

const OPPOSITE = { higher: "lower", lower: "higher", equal: "equal", open: "open" } as const;

/** The difference of the other two less the one. */
function reversed({ value, inference, verdict }: JudgedDifference): JudgedDifference {
  const { interval } = inference ?? {};
  return {
    value: -value,
    ...(inference === undefined || interval === undefined ? {} : {
      inference: {
        ...inference,
        value: -inference.value,
        interval: { low: -interval.high, high: -interval.low },
      },
    }),
    ...(verdict === undefined ? {} : { verdict: OPPOSITE[verdict] }),
  };
}

/** The estimate of a measure of a cell: from its samples, or as it is printed. */
function estimateOf(
  { name }: MeasureFacts,
  { cell, estimates }: MeasuredCell,
): Estimate | undefined {
  const found = estimates.get(name);
  if (found !== undefined) return found;
  const { text, ends } = cell.row.measured(name);
  const [value, low, high] = [text, ends.low, ends.high].map(numberIn);
  if (value === undefined) return undefined;
  return low === undefined || high === undefined ? { value } : { value, interval: { low, high } };
}

/** A difference smaller than this part of what it is between comes from rounding alone. */
const ROUNDING = 1e-12;

/** How much more `measure` is in `one` than in `other`; `undefined` where it is missing from either. */
function differenceBetweenCells(
  measure: MeasureFacts,
  one: MeasuredCell,
  other: MeasuredCell,
): FoundDifference | undefined {
  const [of, than] = [estimateOf(measure, one), estimateOf(measure, other)];
  if (of === undefined || than === undefined) return undefined;
  const size = Math.max(Math.abs(of.value), Math.abs(than.value));
  const value = Math.abs(of.value - than.value) <= ROUNDING * size ? 0 : of.value - than.value;
  const isExact = of.blank === "no chance" && than.blank === "no chance";
  const found = isExact ? undefined : beyondChance(measure, { one, of, other, than });
  return { value, isExact, ...(found === undefined ? {} : { found }) };
}

interface BothEstimates {
  readonly one: MeasuredCell;
  readonly of: Estimate;
  readonly other: MeasuredCell;
  readonly than: Estimate;
}

function beyondChance(
  { name }: MeasureFacts,
  { one, of, other, than }: BothEstimates,
): FoundDifference["found"] {
  const isSampled = [one, other].every(({ estimates }) => estimates.has(name));
  if (!isSampled || one.sampled === undefined || other.sampled === undefined) {
    const [own, than] = [one, other].map(({ cell }) => cell.row.measured(name));
    const difference = own && than && printedDifference(than, own);
    return difference && { difference, pairing: "printed intervals" };
  }
  const pairing = pairingOf(other.sampled, one.sampled, haveSameStreams(one.cell, other.cell));
  const judged = differenceIn(other.sampled, than, one.sampled, of, pairing);
  if (judged !== undefined) return judged;
  // All draws differ by the same, which says nothing of how much others might.
  if (pairing === "draw" && of.spread !== undefined && than.spread !== undefined) return undefined;
  const difference = squareAndAdd(of, than);
  return difference && { difference, pairing: "none" };
}

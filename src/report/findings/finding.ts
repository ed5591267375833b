/**
 * The findings of a run or sweep, in sentences that are made from its numbers, each with its
 * interval or the word exact.
 *
 * A kind of finding is a definition in a file of this folder and a line in `findings.ts`. All
 * comparisons that any sentence rests on are one family: where nothing differs, at most one run in
 * twenty claims that something does (Holm 1979).
 *
 * @module
 */
import { holm, LEVEL } from "../../measure/comparison.ts";
import type { Interval } from "../../measure/estimate.ts";
import { joined, type Prose } from "../prose.ts";

/** A kind of finding about a `Run`: the record of a run, or the summary of a sweep. */
export interface FindingDefinition<Run> {
  /** Its name: `beam width`. */
  readonly name: string;
  /** The question of a run that has what this kind is about; none where it has not. */
  readonly question?: (run: Run) => Prose | undefined;
  /** The findings that may be made, before they are judged: none where the kind does not apply. */
  readonly plan: (run: Run) => readonly PlannedFinding[];
}

/** A finding before the comparisons that it rests on are judged. */
export interface PlannedFinding {
  /**
   * The p-value of each comparison that it may claim to be a difference, unadjusted. All that was looked
   * at to choose what to say is here, not only what is said: all pairs where a best one is named.
   */
  readonly pValues: readonly number[];
  /** The finding, told which comparisons are differences; none where there is nothing to say. */
  readonly say: (
    areDifferences: readonly boolean[],
    family: Family,
  ) => Untitled | readonly Untitled[] | undefined;
}

/** All comparisons that the findings of a run rest on. */
export interface Family {
  /** How many there are. */
  readonly size: number;
  /** A p-value below this is a difference whatever the others are: 0.05 over their number. */
  readonly level: number;
}

/** A finding before it has the name of its kind. */
export type Untitled = Omit<Finding, "kind">;

/** A finding about a run or a sweep. */
export interface Finding {
  /** The name of its kind. */
  readonly kind: string;
  /** A sentence or two. */
  readonly text: Prose;
  /** Whether it claims a difference that chance could have made; else it describes, or says what is open. */
  readonly claims: boolean;
  /** The labels of the cells that it speaks of. */
  readonly cells: readonly string[];
  /** The numbers in it, as data. */
  readonly numbers: readonly FoundNumber[];
}

/** A number of a finding. */
export interface FoundNumber {
  /** Its name: that of a measure, or of what is compared. */
  readonly name: string;
  /** The label of the cell that it is of, or `a − b` of two. */
  readonly of: string;
  /** The number. */
  readonly value: number;
  /** Its 95 % interval; none where it is exact. */
  readonly interval?: Interval;
}

/** Which cell to use for what. */
export interface Decision {
  /** `the most probable text`, after `if you want`. */
  readonly want: Prose;
  /** The labels of the cells to use: several where they are tied. */
  readonly use: readonly string[];
  /** Why, with numbers. */
  readonly because: Prose;
}

/** The findings of `definitions` in `run`, in their order. */
export function findIn<Run>(definitions: readonly FindingDefinition<Run>[], run: Run): Finding[] {
  const planned = definitions.flatMap(({ name, plan }) =>
    plan(run).map((one) => ({ kind: name, ...one }))
  );
  const adjusted = holm(planned.flatMap(({ pValues }) => pValues));
  const family = { size: adjusted.length, level: LEVEL / Math.max(1, adjusted.length) };
  let next = 0;
  return planned.flatMap(({ kind, pValues, say }): Finding[] => {
    const own = adjusted.slice(next, next += pValues.length);
    return saidBy(say, own.map((p) => p < LEVEL), family).map((found) => ({ kind, ...found }));
  });
}

/** `plans` as one finding, whose sentences follow one another: none where there are no plans. */
export function together(plans: readonly PlannedFinding[]): PlannedFinding[] {
  if (plans.length === 0) return [];
  return [{
    pValues: plans.flatMap(({ pValues }) => pValues),
    say: (areDifferences, family) => {
      let next = 0;
      const found = plans.flatMap(({ pValues, say }) =>
        saidBy(say, areDifferences.slice(next, next += pValues.length), family)
      );
      if (found.length === 0) return undefined;
      return {
        text: joined(found.map(({ text }) => text), " "),
        claims: found.some(({ claims }) => claims),
        cells: [...new Set(found.flatMap(({ cells }) => cells))],
        numbers: found.flatMap(({ numbers }) => numbers),
      };
    },
  }];
}

/** A finding that rests on no comparison: none where `text` is empty. */
export function described(text: Prose, numbers: readonly FoundNumber[] = []): PlannedFinding[] {
  if (text.length === 0) return [];
  return [{ pValues: [], say: () => ({ text, claims: false, cells: [], numbers }) }];
}

function saidBy(
  say: PlannedFinding["say"],
  areDifferences: readonly boolean[],
  family: Family,
): readonly Untitled[] {
  const found = say(areDifferences, family);
  if (found === undefined) return [];
  return "text" in found ? [found] : found;
}

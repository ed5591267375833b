/**
 * Changes beside chance: the differences of all judged metrics of two runs are one family, in which
 * Holm's method decides.
 *
 * @module
 */
import { type Difference, holm, LEVEL } from "../measure/comparison.ts";

/** How the chance of both runs was taken together. */
export type Pairing =
  /** Sample by sample, since both were drawn by the same random stream. */
  | "sample number"
  /** Draw by draw, since both drew the same prompts. */
  | "draw"
  /** Document by document. */
  | "document"
  /** Not at all: the variances of both add up. */
  | "none"
  /** Not at all, and the variances are those of the printed intervals. */
  | "printed intervals";

/** A difference between two runs, and how its chance was found. */
export interface Judged {
  /** The difference, with an interval and p of its own. */
  readonly difference: Difference;
  /** How both were paired. */
  readonly pairing: Pairing;
}

/** A difference among all others of two runs. */
export interface Judgement extends Judged {
  /** p as Holm's method adjusts it for the family. */
  readonly adjusted: number;
  /** Whether it is outside of what chance explains: the adjusted p is below 5 %. */
  readonly isOutside: boolean;
}

/** All judged metrics of two runs, of what differs between them. */
export interface Family {
  /** How many there are. */
  readonly metrics: number;
  /** How many are outside by Holm's method. */
  readonly outside: number;
  /** How many have a p of their own below 5 %. */
  readonly unadjusted: number;
}

/** Judges the metrics of a family, none of them twice. */
export function judgeFamily<Metric>(
  judged: ReadonlyMap<Metric, Judged>,
): { readonly family: Family; readonly judgements: ReadonlyMap<Metric, Judgement> } {
  const adjusted = holm([...judged.values()].map(({ difference }) => difference.p));
  const judgements = new Map([...judged].map(([metric, one], i): [Metric, Judgement] => {
    const p = adjusted[i] ?? 1;
    return [metric, { ...one, adjusted: p, isOutside: p < LEVEL }];
  }));
  const all = [...judgements.values()];
  const family = {
    metrics: all.length,
    outside: all.filter(({ isOutside }) => isOutside).length,
    unadjusted: all.filter(({ difference }) => difference.p < LEVEL).length,
  };
  return { family, judgements };
}

/**
 * The differences of two cells of the same settings, beside the chance that both have: by the
 * measures that comparisons judge, on the samples of both.
 *
 * @module
 */
import { type Difference, differenceBetween, differenceOf } from "../measure/comparison.ts";
import { CellSamples } from "../measure/cell_samples.ts";
import type { Estimate, Spread } from "../measure/estimate.ts";
import type { CellMeasure } from "../measure/measure.ts";
import { measures } from "../measure/measures.ts";
import type { PromptDesign } from "../measure/sampling.ts";
import { FileSamples } from "./file_samples.ts";
import type { Judged, Pairing } from "./judgement.ts";
import type { SampleRow } from "./samples_file.ts";

/** The measures of a cell that comparisons judge. */
export const judgedMeasures: readonly CellMeasure[] = measures.filter(({ judged }) =>
  judged !== undefined
);

/** The facts about a cell that its samples do not have. */
export interface CellFacts {
  /** How its prompts were chosen. */
  readonly design: PromptDesign;
  /** Whether its strategy gives the same texts every time. */
  readonly isDeterministic: boolean;
  /** Whether each token is drawn from the distribution that is recorded. */
  readonly drawsEachToken: boolean;
  /** The most tokens that it proposes in a round, where it speculates. */
  readonly draftK: number;
}

/** The samples of a cell of a run, from its file. */
export class RunCell extends CellSamples {
  /** How far each unit moves an estimate, to first order, by the estimate's spread. */
  readonly #influences = new WeakMap<Spread, Float64Array>();

  /** The samples in `rows`, at least one. */
  constructor(rows: readonly SampleRow[], { draftK, ...facts }: CellFacts) {
    const samples = new FileSamples(rows);
    super(samples, {
      reference: samples.reference,
      keepsTokens: samples.hasTokens,
      ...facts,
      speculation: samples.isSpeculative
        // Where β is not the probability of acceptance the run has no α; the rest is not judged.
        ? {
          draftK,
          predictions: "all",
          draftOperations: 0,
          promptTokens: () => 1,
          firstToken: undefined,
        }
        : undefined,
    });
  }

  /** See {@linkcode CellSamples}; how far each unit moves it is remembered. */
  override mean(values: Float64Array, weights?: Float64Array): Estimate {
    const estimate = super.mean(values, weights);
    return this.#remember(estimate, values, weights ?? new Float64Array(values.length).fill(1));
  }

  /** See {@linkcode CellSamples}; how far each unit moves it is remembered. */
  override trialShare(hits: Float64Array, trials: Float64Array): Estimate {
    return this.#remember(super.trialShare(hits, trials), hits, trials);
  }

  /** How far each unit moves an estimate that is a ratio of sums, `[units]`. */
  influencesOn({ spread }: Estimate): Float64Array | undefined {
    return spread && this.#influences.get(spread);
  }

  #remember(estimate: Estimate, parts: Float64Array, wholes: Float64Array): Estimate {
    const { value, spread } = estimate;
    if (spread === undefined) return estimate;
    const influences = this.sampling.influences(value, this.sums(parts), this.sums(wholes));
    this.#influences.set(spread, influences);
    return estimate;
  }
}

/**
 * The differences of two cells by the names of the judged measures, those of all that have chance in
 * them: pairs of samples where both used the same random streams, pairs of draws where both drew the
 * same prompts, and else as of two independent cells.
 */
export function cellDifferences(
  old: RunCell,
  current: RunCell,
  sameStreams: boolean,
): ReadonlyMap<string, CellDifference> {
  const found = new Map<string, CellDifference>();
  const pairing = pairingOf(old, current, sameStreams);
  for (const measure of judgedMeasures) {
    const [before, after] = [measure.of(old), measure.of(current)];
    if (before === undefined || after === undefined) continue;
    const judged = differenceIn(old, before, current, after, pairing);
    found.set(measure.name, { old: before.value, new: after.value, judged });
  }
  return found;
}

/** The difference of two cells by a measure. */
export interface CellDifference {
  /** The old value. */
  readonly old: number;
  /** The new value. */
  readonly new: number;
  /** The difference beside chance; `undefined` where that has no part in it, or is unknown. */
  readonly judged: Judged | undefined;
}

/** All of a cell that differences are made from, beside its estimates. */
export type SampledCell = Pick<RunCell, "sampling" | "influencesOn">;

/** How the chance in two cells can be taken together; `sameStreams` if both used the same random streams. */
export function pairingOf(
  old: SampledCell,
  current: SampledCell,
  sameStreams: boolean,
): Pairing {
  const [before, after] = [old.sampling, current.sampling];
  if (before.design.prompts !== after.design.prompts) return "none";
  if (!isSame(before.prompts, after.prompts)) return "none";
  if (before.design.prompts === "drawn") return "draw";
  const isAligned = before.hasChance && after.hasChance && isSame(before.drawOf, after.drawOf);
  return sameStreams && isAligned ? "sample number" : "none";
}

/**
 * The difference of estimates of two cells, beside chance; `undefined` where that has no part in it, or is
 * unknown.
 */
export function differenceIn(
  old: SampledCell,
  before: Estimate,
  current: SampledCell,
  after: Estimate,
  pairing: Pairing,
): Judged | undefined {
  const value = after.value - before.value;
  const difference = pairedDifference(old, before, current, after, pairing);
  if (difference !== undefined) return { difference, pairing };
  const hasChance = before.spread !== undefined || after.spread !== undefined;
  // Nothing differs in any pair.
  if (value === 0 && pairing !== "none") {
    return hasChance ? { difference: NO_DIFFERENCE, pairing } : undefined;
  }
  // All draws differ by the same, which says nothing of how much others might.
  if (pairing === "draw") return undefined;
  const independent = differenceBetween(after, before);
  return independent && { difference: independent, pairing: "none" };
}

/** The difference of pairs, where both have them. */
function pairedDifference(
  old: SampledCell,
  before: Estimate,
  current: SampledCell,
  after: Estimate,
  pairing: Pairing,
): Difference | undefined {
  if (pairing === "draw") return differenceBetween(after, before);
  if (pairing !== "sample number") return undefined;
  const [own, other] = [old.influencesOn(before), current.influencesOn(after)];
  if (own === undefined || other === undefined) return undefined;
  const spread = current.sampling.strataSpread(
    other.map((influence, unit) => influence - (own[unit] as number)),
  );
  return differenceOf(after.value - before.value, spread, true);
}

/** Of what is the same in all samples of both. */
const NO_DIFFERENCE: Difference = {
  value: 0,
  interval: { low: 0, high: 0 },
  p: 1,
  degreesOfFreedom: 1,
  isPaired: true,
};

function isSame<Item>(a: ArrayLike<Item>, b: ArrayLike<Item>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

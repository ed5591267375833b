/**
 * The decision table: which cell to use for what, where the cells of a run allow to say it. Cells that
 * nothing tells from the best one are named with it, the cheapest first.
 *
 * @module
 */
import { chainText } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { differenceOf, holm, LEVEL } from "../../measure/comparison.ts";
import { targetRows, tokensPerTargetCall } from "../../measure/cost.ts";
import { novelShare, uniqueShare } from "../../measure/diversity.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { logProbPerToken, samples as samplesMeasure } from "../../measure/likelihood.ts";
import {
  type CellMeasures,
  comparableIn,
  estimateIn,
  type MeasureFacts,
  numberIn,
} from "../../measure/measure.ts";
import { searchErrorShare, searchLogProb } from "../../measure/search.ts";
import { breakEven, operations } from "../../measure/speculation.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { Decision } from "./finding.ts";
import { type Sampler, samplersOf } from "./frontier.ts";
import {
  compareEstimates,
  differenceText,
  distanceText,
  isSure,
  type PlannedComparison,
  pValuesOf,
  sureText,
  verdictsOf,
} from "./planned_comparison.ts";
import type { Said } from "./wording.ts";
import { type Search, searchesOf } from "./searches.ts";
import { type Speculator, speculatorsOf } from "./speculation.ts";

/** What to use for what in `run`; empty where its cells leave nothing to decide. */
export function decisionsIn(run: RunRecord): Decision[] {
  if (run.cells.length < 2) return [];
  const searches = searchesOf(run);
  const samplers = samplersOf(run);
  const speculators = speculatorsOf(run).filter(({ profile }) =>
    profile.isLossless && profile.warp.length === 0
  );
  const own = samplers.find(({ measures }) => chainOf(measures) === UNWARPED);
  return [
    provedText(run, searches),
    mostProbableText(searches),
    textsOfTheModel(own),
    fewerPasses(speculators),
    fewerOperations(own, speculators),
    probableButVaried(own, samplers),
    mostOf(samplers, uniqueShare, "the most different texts, however improbable"),
    mostOf(samplers, novelShare, "texts that are not in the training documents"),
  ].flatMap((one) => one ?? []);
}

/** Tokens per target pass in sentences that say what they count. */
const PER_PASS: Said = { ...tokensPerTargetCall, unit: "ratio" };

const UNWARPED = chainText([]);

/** The warpers after which a cell draws from the target's distribution, if it does. */
function chainOf({ cell: { settings } }: CellMeasures): string | undefined {
  const { samplesAfter, speculation } = strategyOf(settings);
  const profile = speculation?.(settings);
  const chain = profile?.isLossless ? profile.warp : samplesAfter?.(settings);
  return chain && chainText(chain);
}

/** A cell that may be the best, by one estimate. */
interface Candidate {
  readonly label: string;
  readonly estimate: Estimate;
  /** What it costs beside the others; ties are told in this order. */
  readonly cost: number;
}

/** The best of some cells, and those that nothing tells from it. */
interface Best {
  readonly best: Candidate;
  /** The best and the tied ones, the cheapest first. */
  readonly tied: readonly Candidate[];
  /** The best of the others, if there are any. */
  readonly next: { readonly candidate: Candidate; readonly by: PlannedComparison } | undefined;
}

/** The highest of `candidates`, judged by all pairs, since the data choose it. */
function highestOf(candidates: readonly Candidate[]): Best | undefined {
  const sorted = candidates.toSorted((a, b) => b.estimate.value - a.estimate.value);
  const [best, ...others] = sorted;
  if (best === undefined || others.length === 0) return undefined;
  const comparisons = sorted.flatMap((one, i) =>
    sorted.slice(i + 1).map((other) => compareEstimates(one.estimate, other.estimate))
  );
  const areDifferences = holm(pValuesOf(comparisons)).map((p) => p < LEVEL);
  const judged = verdictsOf(comparisons, areDifferences);
  const isTold = (i: number): boolean => isSure(judged[i] ?? "open");
  const tied = [best, ...others.filter((_, i) => !isTold(i))];
  const next = others.findIndex((_, i) => isTold(i));
  const [candidate, by] = [others[next], comparisons[next]];
  return {
    best,
    tied: tied.toSorted((a, b) => a.cost - b.cost),
    next: candidate === undefined || by === undefined ? undefined : { candidate, by },
  };
}

/** ` 0.101 ± 0.035 nats more than `beam(beam_width=16)``, or that nothing is told from it. */
function overNext(
  { next, tied }: Best,
  measure: Said,
): Prose {
  const tie = tied.length > 1 ? prose`; ${String(tied.length)} cells are tied` : [];
  if (next === undefined) return tie;
  const text = distanceText(measure, next.by);
  return text === undefined
    ? tie
    : [...prose`, ${text} more than ${codeSpan(next.candidate.label)}`, ...tie];
}

const labels = (candidates: readonly Candidate[]): string[] => candidates.map(({ label }) => label);

/** Tokens that the target reads for a text. */
function rowsOf(measures: CellMeasures): number {
  return numberIn(measures, targetRows) / Math.max(1, numberIn(measures, samplesMeasure));
}

function provedText({ search }: RunRecord, searches: readonly Search[]): Decision | undefined {
  const [prover] = searches.filter(({ proves }) => proves)
    .toSorted((a, b) => rowsOf(a.measures) - rowsOf(b.measures));
  if (search === undefined || prover === undefined) return undefined;
  const { proved, draws, logProb } = search.modes;
  const text = sureText(searchLogProb, logProb);
  return {
    want: prose`the most probable text, proved to be it`,
    use: [prover.label],
    because: prose`it proves it after ${String(proved)} of ${String(draws)} prompts${
      text === undefined ? [] : prose`; its mean log-prob is ${text}`
    }`,
  };
}

function mostProbableText(searches: readonly Search[]): Decision | undefined {
  const others = searches.filter(({ proves }) => !proves);
  const found = highestOf(
    others.map(({ label, logProb, measures }) => ({
      label,
      estimate: logProb,
      cost: rowsOf(measures),
    })),
  );
  if (found === undefined) return undefined;
  const own = others.find(({ label }) => label === found.best.label);
  const text = sureText(searchLogProb, found.best.estimate);
  const missed = sureText(searchErrorShare, own?.errors?.share);
  if (text === undefined) return undefined;
  return {
    want: searches.length > others.length
      ? prose`a very probable text, without the proof`
      : prose`the most probable text`,
    use: labels(found.tied),
    because: [
      ...prose`the log-prob of ${codeSpan(found.best.label)} is ${text} in total`,
      ...overNext(found, searchLogProb),
      ...(missed === undefined
        ? []
        : prose`; it misses the most probable text for ${missed} of the prompts`),
    ],
  };
}

function textsOfTheModel(own: Sampler | undefined): Decision | undefined {
  const share = own && sureText(uniqueShare, own.diversity);
  if (own === undefined || share === undefined) return undefined;
  return {
    want: prose`varied texts of the model itself`,
    use: [own.label],
    because:
      prose`it draws from exactly the target's distribution; ${share} of its texts are unique`,
  };
}

function fewerPasses(speculators: readonly Speculator[]): Decision | undefined {
  const candidates = speculators.map(({ label, perPass, measures }): Candidate => ({
    label,
    estimate: perPass,
    cost: numberIn(measures, operations),
  }));
  const [only] = candidates;
  if (only === undefined) return undefined;
  const found = highestOf(candidates) ?? { best: only, tied: candidates, next: undefined };
  const text = sureText(PER_PASS, found.best.estimate);
  const cheapest = speculators.find(({ label }) => label === found.tied[0]?.label);
  const limit = cheapest && sureText(breakEven, estimateIn(cheapest.measures, breakEven));
  // Token by token gets exactly 1.
  if (text === undefined || !isAboveOne(found.best.estimate)) return undefined;
  return {
    want: prose`samples of the model with fewer target passes`,
    use: labels(found.tied),
    because: [
      ...prose`${
        codeSpan(found.best.label)
      } gets ${text} tokens per target pass instead of exactly 1`,
      ...overNext(found, PER_PASS),
      ...(cheapest === undefined || limit === undefined
        ? []
        : prose`; ${
          codeSpan(cheapest.label)
        } saves time while a pass over its proposal takes less than ${limit} passes over one row`),
    ],
  };
}

/** Whether chance alone does not explain that an estimate is above 1. */
function isAboveOne({ value, spread, interval }: Estimate): boolean {
  const difference = spread && differenceOf(value - 1, spread, false);
  return value > 1 && (difference === undefined ? (interval?.low ?? 0) > 1 : difference.p < LEVEL);
}

function fewerOperations(
  own: Sampler | undefined,
  speculators: readonly Speculator[],
): Decision | undefined {
  const [cheapest] = speculators.toSorted((a, b) =>
    numberIn(a.measures, operations) - numberIn(b.measures, operations)
  );
  const estimate = cheapest && estimateIn(cheapest.measures, operations);
  const text = sureText(operations, estimate);
  if (
    own === undefined || cheapest === undefined || estimate === undefined || text === undefined ||
    strategyOf(own.measures.cell.settings).speculation !== undefined || !isAboveOne(estimate)
  ) return undefined;
  return {
    want: prose`samples of the model with the fewest operations`,
    use: [own.label],
    because: prose`speculation takes more: ${text} times as many with ${
      codeSpan(cheapest.label)
    }, the fewest of ${String(speculators.length)}`,
  };
}

/** Texts may be less different than samples of the model by this much, to be called varied. */
const MOST_LOST = 0.1;

function probableButVaried(
  own: Sampler | undefined,
  samplers: readonly Sampler[],
): Decision | undefined {
  if (own === undefined) return undefined;
  const others = samplers.filter((one) => one !== own);
  const more = others.map(({ likelihood }) => compareEstimates(likelihood, own.likelihood));
  const areDifferences = holm(pValuesOf(more)).map((p) => p < LEVEL);
  const judged = verdictsOf(more, areDifferences);
  const varied = others.filter(({ diversity }, i) => {
    const { inference } = compareEstimates(diversity, own.diversity);
    return judged[i] === "higher" && (inference?.interval.low ?? -1) > -MOST_LOST;
  });
  const candidates = varied.map((one, cost): Candidate => ({
    label: one.label,
    estimate: one.likelihood,
    cost,
  }));
  const [only] = candidates;
  if (only === undefined) return undefined;
  const found = highestOf(candidates) ?? { best: only, tied: candidates, next: undefined };
  const best = varied.find(({ label }) => label === found.best.label);
  if (best === undefined) return undefined;
  const gain = distanceText(logProbPerToken, compareEstimates(best.likelihood, own.likelihood));
  const loss = differenceText(uniqueShare, compareEstimates(best.diversity, own.diversity));
  if (gain === undefined || loss === undefined) return undefined;
  return {
    want: prose`texts more probable than samples, and at most ${
      String(100 * MOST_LOST)
    } points less unique`,
    use: labels(found.tied),
    because: [
      ...prose`${codeSpan(best.label)} gains ${gain} over ${
        codeSpan(own.label)
      }; its unique share changes by ${loss}`,
      ...(found.tied.length > 1 ? prose`; ${String(found.tied.length)} cells are tied` : []),
    ],
  };
}

/** The samplers with the most of a measure. */
function mostOf(
  samplers: readonly Sampler[],
  measure: MeasureFacts,
  want: string,
): Decision | undefined {
  const found = highestOf(samplers.flatMap(({ label, measures }, cost): Candidate[] => {
    const estimate = comparableIn(measures, measure);
    return estimate?.interval === undefined ? [] : [{ label, estimate, cost }];
  }));
  const text = sureText(measure, found?.best.estimate);
  // Where none is told from the best, there is nothing to decide.
  if (found?.next === undefined || text === undefined) return undefined;
  return {
    want: prose`${want}`,
    use: labels(found.tied),
    because: [
      ...prose`${measure.title} ${text} with ${codeSpan(found.best.label)}`,
      ...overNext(found, measure),
    ],
  };
}

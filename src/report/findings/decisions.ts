/**
 * The decision table: which cell to use for what, where the cells of a run allow to say it. Cells that
 * nothing tells from the best one are named with it, the cheapest first.
 *
 * @module
 */
import { chainText } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { differenceOf, holm, LEVEL } from "../../measure/comparison.ts";
import { targetRows } from "../../measure/cost.ts";
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
import { formatCount } from "../../text/format.ts";
import { codeSpan, prose } from "../prose.ts";
import { trainsTarget } from "../run/measures_of_run.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { Decision } from "./finding.ts";
import { type Sampler, samplersOf } from "./frontier.ts";
import {
  compareEstimates,
  differenceText,
  distanceText,
  pValuesOf,
  sureText,
  verdictsOf,
} from "./planned_comparison.ts";
import { bestOf, type Candidate, labelsOf, nameOfBest, overNext } from "./best_cell.ts";
import { comparedPrompts, type Search, searchesOf } from "./searches.ts";
import { PER_PASS, type Speculator, speculatorsOf } from "./speculators.ts";

/** The cells of `run` to use for each purpose; empty where they leave nothing to decide. */
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
    mostProbableText(run, searches),
    textsOfTheModel(own),
    fewerPasses(speculators),
    fewerOperations(own, speculators),
    probableButVaried(own, samplers),
    mostOf(samplers, uniqueShare, {
      want: "the most different texts, however improbable",
      word: "unique texts",
    }),
    trainsTarget(run)
      ? mostOf(samplers, novelShare, {
        want: "the most texts that are not in the training documents",
        word: "novel texts",
      })
      : undefined,
  ].flatMap((one) => one ?? []);
}

const UNWARPED = chainText([]);

/** The warpers after which a cell draws from the target's distribution, if it does. */
function chainOf({ cell: { settings } }: CellMeasures): string | undefined {
  const { samplesAfter, speculation } = strategyOf(settings);
  const profile = speculation?.(settings);
  const chain = profile?.isLossless ? profile.warp : samplesAfter?.(settings);
  return chain && chainText(chain);
}

/** Tokens that the target reads for a text. */
function rowsOf(measures: CellMeasures): number {
  return numberIn(measures, targetRows) / Math.max(1, numberIn(measures, samplesMeasure));
}

function provedText({ search }: RunRecord, searches: readonly Search[]): Decision | undefined {
  const [prover] = searches.filter(({ proved }) => proved > 0)
    .toSorted((a, b) => b.proved - a.proved || rowsOf(a.measures) - rowsOf(b.measures));
  if (search === undefined || prover === undefined) return undefined;
  const { proved } = prover;
  const { draws, logProb } = search.modes;
  // Where another cell has proved more, the mean is over those, too.
  const text = proved < search.modes.proved ? undefined : sureText(searchLogProb, logProb);
  return {
    want: prose`the most probable text, proved to be it`,
    use: [prover.label],
    because: prose`it proves it after ${String(proved)} of ${String(draws)} prompts${
      text === undefined ? [] : prose`; its mean log-prob is ${text}`
    }`,
  };
}

function mostProbableText(run: RunRecord, searches: readonly Search[]): Decision | undefined {
  const others = searches.filter(({ proves }) => !proves);
  const found = bestOf(
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
  const overPrompts = comparedPrompts(run);
  if (text === undefined) return undefined;
  return {
    want: searches.length > others.length
      ? prose`a very probable text, without the proof`
      : prose`the most probable text`,
    use: labelsOf(found),
    because: [
      ...prose`${nameOfBest(found)} has a log-prob of ${text} in total${
        overPrompts === 1 ? [] : prose` (mean over ${formatCount(overPrompts, "prompt")})`
      }`,
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
  const found = bestOf(candidates) ?? { best: only, tied: candidates, next: undefined };
  const text = sureText(PER_PASS, found.best.estimate);
  const cheapest = speculators.find(({ label }) => label === found.tied[0]?.label);
  const even = cheapest && estimateIn(cheapest.measures, breakEven);
  // A pass over a proposal never takes less than one over a token.
  const limit = even !== undefined && even.value > 1 ? sureText(breakEven, even) : undefined;
  // Token by token gets exactly 1.
  if (text === undefined || !isAboveOne(found.best.estimate)) return undefined;
  return {
    want: prose`samples of the model with fewer target passes`,
    use: labelsOf(found),
    because: [
      ...prose`${nameOfBest(found)} gets ${text} tokens per target pass instead of exactly 1`,
      ...overNext(found, PER_PASS),
      ...(cheapest === undefined || limit === undefined
        ? []
        : prose`; ${
          found.tied.length === 1 ? prose`it` : codeSpan(cheapest.label)
        } saves time where a pass over its proposal takes less than ${limit} passes over one token`),
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
  const found = bestOf(candidates) ?? { best: only, tied: candidates, next: undefined };
  const best = varied.find(({ label }) => label === found.best.label);
  if (best === undefined) return undefined;
  const gain = distanceText(logProbPerToken, compareEstimates(best.likelihood, own.likelihood));
  const loss = differenceText(uniqueShare, compareEstimates(best.diversity, own.diversity));
  if (gain === undefined || loss === undefined) return undefined;
  return {
    want: prose`texts more probable than samples, and at most ${
      String(100 * MOST_LOST)
    } points less unique`,
    use: labelsOf(found),
    because: [
      ...prose`${nameOfBest(found)} gains ${gain} over ${
        codeSpan(own.label)
      }; its unique share changes by ${loss}`,
      ...(found.tied.length > 1 ? prose`; ${String(found.tied.length)} are tied` : []),
    ],
  };
}

/** The samplers with the most of a measure. */
function mostOf(
  samplers: readonly Sampler[],
  measure: MeasureFacts,
  { want, word }: { readonly want: string; readonly word: string },
): Decision | undefined {
  const found = bestOf(samplers.flatMap(({ label, measures }, cost): Candidate[] => {
    const estimate = comparableIn(measures, measure);
    return estimate?.interval === undefined ? [] : [{ label, estimate, cost }];
  }));
  const text = sureText(measure, found?.best.estimate);
  // Where none is told from the best, there is nothing to decide.
  if (found?.next === undefined || text === undefined) return undefined;
  return {
    want: prose`${want}`,
    use: labelsOf(found),
    because: [
      ...prose`${nameOfBest(found)} has ${text} ${word}`,
      ...overNext(found, measure),
    ],
  };
}

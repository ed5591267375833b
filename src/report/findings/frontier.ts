/**
 * Samplers between likelihood and diversity: which are dominated, since another one's texts are both
 * more probable and more different, and which are on the frontier.
 *
 * @module
 */
import { haveSameDistribution } from "../../measure/baseline.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import { LEVEL } from "../../measure/comparison.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { logProbPerToken } from "../../measure/likelihood.ts";
import { type CellMeasures, comparableIn } from "../../measure/measure.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { formatCount } from "../../text/format.ts";
import { codeSpan, listed, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { FindingDefinition } from "./finding.ts";
import {
  compareEstimates,
  distanceText,
  foundComparison,
  type PlannedComparison,
  sureText,
} from "./planned_comparison.ts";
import { foundNumber } from "./wording.ts";

/** A cell that samples, by how probable and how different its texts are. */
export interface Sampler {
  /** The measures of the cell. */
  readonly measures: CellMeasures;
  /** The name of the cell. */
  readonly label: string;
  /** Log-prob per token under the target. */
  readonly likelihood: Estimate;
  /** Unique share, of as many texts as the other cells have. */
  readonly diversity: Estimate;
}

/** The cells that sample by chance, of those that draw from the same distribution the first. */
export function samplersOf({ cells }: Pick<RunRecord, "cells">): Sampler[] {
  const samplers = cells.flatMap((measures): Sampler[] => {
    const { cell: { label, settings }, hasChance } = measures;
    const likelihood = comparableIn(measures, logProbPerToken);
    const diversity = comparableIn(measures, uniqueShare);
    return !hasChance || strategyOf(settings).isSearch || likelihood?.interval === undefined ||
        diversity?.interval === undefined
      ? []
      : [{ measures, label, likelihood, diversity }];
  });
  return samplers.filter(({ measures: { cell } }, i) =>
    !samplers.slice(0, i).some(({ measures: { cell: earlier } }) =>
      haveSameDistribution(earlier.settings, cell.settings)
    )
  );
}

/** Two samplers, of which the one seems to be better in both respects. */
interface Rivals {
  readonly better: Sampler;
  readonly worse: Sampler;
  readonly likelihood: PlannedComparison;
  readonly diversity: PlannedComparison;
}

/** The p-value of a pair: that of the less sure of the two differences (Berger 1982), if they point the same way. */
interface JudgedPair {
  readonly p: number;
  readonly rivals: Rivals | undefined;
}

function pairOf(one: Sampler, other: Sampler): JudgedPair {
  const isMore = one.likelihood.value > other.likelihood.value;
  const [better, worse] = isMore ? [one, other] : [other, one];
  const likelihood = compareEstimates(better.likelihood, worse.likelihood);
  const diversity = compareEstimates(better.diversity, worse.diversity);
  const ps = [likelihood, diversity].map(({ inference }) => inference?.p ?? 1);
  const isBoth = likelihood.value > 0 && diversity.value > 0;
  return isBoth
    ? { p: Math.max(...ps), rivals: { better, worse, likelihood, diversity } }
    : { p: 1, rivals: undefined };
}

/** Who is dominated, and who is on the frontier. */
export const frontier: FindingDefinition<RunRecord> = {
  name: "frontier",
  question(run) {
    return samplersOf(run).length < 2
      ? undefined
      : prose`Which way of sampling gives up the least diversity for more probable texts?`;
  },
  plan(run) {
    const samplers = samplersOf(run);
    if (samplers.length < 2) return [];
    const pairs = samplers.flatMap((one, i) =>
      samplers.slice(i + 1).map((other) => pairOf(one, other))
    );
    return [{
      pValues: pairs.map(({ p }) => p),
      say(areDifferences) {
        const dominations = pairs.flatMap(({ rivals }, i) =>
          rivals !== undefined && areDifferences[i] === true ? [rivals] : []
        );
        const dominated = new Set(dominations.map(({ worse }) => worse));
        const front = samplers.filter((one) => !dominated.has(one))
          .sort((a, b) => b.likelihood.value - a.likelihood.value);
        const text = dominated.size === 0
          ? nobodyText(front, pairs)
          : dominatedText(dominations, dominated, samplers.length);
        if (text === undefined) return undefined;
        return {
          text,
          claims: dominated.size > 0,
          cells: [...front, ...dominated].map(({ label }) => label),
          numbers: [
            ...samplers.flatMap(({ label, likelihood, diversity }) => [
              foundNumber(logProbPerToken.name, label, likelihood),
              foundNumber(uniqueShare.name, label, diversity),
            ]),
            ...dominations.flatMap(({ better, worse, likelihood, diversity }) => [
              foundComparison(logProbPerToken, [better.label, worse.label], likelihood),
              foundComparison(uniqueShare, [better.label, worse.label], diversity),
            ]),
          ],
        };
      },
    }];
  },
};

/** `−1.577 ± 0.011 nats per token and 86.7 % unique`. */
function placeText({ label, likelihood, diversity }: Sampler): Prose | undefined {
  const [nats, share] = [sureText(logProbPerToken, likelihood), sureText(uniqueShare, diversity)];
  return nats === undefined || share === undefined
    ? undefined
    : prose`${codeSpan(label)} (${nats}, ${share} unique)`;
}

/** That none is surely dominated, how far the frontier reaches, and which comes closest to being so. */
function nobodyText(front: readonly Sampler[], pairs: readonly JudgedPair[]): Prose | undefined {
  const [first, last] = [front[0], front.at(-1)];
  if (front.every(({ diversity }) => diversity.value === 1)) return allDifferentText(front);
  const [from, to] = [first && placeText(first), last && placeText(last)];
  if (from === undefined || to === undefined) return undefined;
  const [closest] = pairs.toSorted((a, b) => a.p - b.p);
  // What is as likely as not to come from chance is not worth a word.
  const by = closest?.rivals && closest.p < LEVEL ? dominationText(closest.rivals) : undefined;
  return [
    ...prose`None of ${
      String(front.length)
    } samplers is surely beaten by another whose texts are both more probable and more varied: each trades the one for the other, from ${from} to ${to}.`,
    ...(by === undefined
      ? []
      : prose` The nearest to being beaten is ${by}; among ${
        formatCount(pairs.length, "comparison")
      } chance may do as much.`),
  ];
}

/** That the share of unique texts says nothing, and how far apart the samplers are otherwise. */
function allDifferentText(front: readonly Sampler[]): Prose | undefined {
  const [from, to] = [front[0], front.at(-1)].map((one) => {
    const nats = sureText(logProbPerToken, one?.likelihood);
    return one === undefined || nats === undefined
      ? undefined
      : prose`${nats} with ${codeSpan(one.label)}`;
  });
  if (from === undefined || to === undefined) return undefined;
  return prose`All texts that each of ${
    String(front.length)
  } samplers wrote after a prompt are different, so that the share of unique texts tells none from another; how probable they are goes from ${from} to ${to}.`;
}

/** `temperature(0.8)`, by `top_p(p=0.9)` (how much better that is). */
function dominationText({ better, worse, likelihood, diversity }: Rivals): Prose | undefined {
  const nats = distanceText(logProbPerToken, likelihood);
  const points = distanceText(uniqueShare, diversity);
  return nats === undefined || points === undefined
    ? undefined
    : prose`${codeSpan(worse.label)} by ${
      codeSpan(better.label)
    } (${nats} and ${points} of unique share more)`;
}

/** So many dominated cells are named, each with the one that beats it by most. */
const MOST_NAMED = 3;

/** Who is dominated, and by whom. */
function dominatedText(
  dominations: readonly Rivals[],
  dominated: ReadonlySet<Sampler>,
  count: number,
): Prose | undefined {
  const worst = [...dominated].flatMap((own) => {
    const by = dominations.filter(({ worse }) => worse === own)
      // By one that is not dominated itself, where there is one.
      .toSorted((a, b) =>
        Number(dominated.has(a.better)) - Number(dominated.has(b.better)) ||
        b.likelihood.value - a.likelihood.value
      );
    return by[0] ?? [];
  }).toSorted((a, b) => b.likelihood.value - a.likelihood.value);
  const texts = worst.slice(0, MOST_NAMED).flatMap((rivals) => {
    const text = dominationText(rivals);
    return text === undefined ? [] : [text];
  });
  if (texts.length === 0) return undefined;
  const more = worst.length - texts.length;
  const others = more > 0 ? [...texts, prose`${String(more)} more`] : texts;
  return prose`Of ${String(count)} samplers ${String(dominated.size)} ${
    dominated.size === 1 ? "is" : "are"
  } beaten by another whose texts are both more probable and more varied: ${
    listed(others)
  }. All others trade the one for the other, as far as can be told.`;
}

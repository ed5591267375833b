/**
 * What speculation saves: tokens per target pass beside theory, the `draft_k` from which on no more is
 * saved, how dear verifying may be for it to pay, and whether lossless cells equal what they must.
 *
 * @module
 */
import { chainText, sweptValue } from "../../decode/cell.ts";
import type { SpeculationProfile } from "../../decode/definition.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { LEVEL, squareAndAdd } from "../../measure/comparison.ts";
import { bonus, resampled, rounds, tokensPerTargetCall } from "../../measure/cost.ts";
import { type Estimate, transformed } from "../../measure/estimate.ts";
import { tallyOf } from "../../measure/judged.ts";
import { type CellMeasures, estimateIn, numberIn } from "../../measure/measure.ts";
import {
  alpha,
  breakEven,
  draftOperations,
  theoryTokensPerTargetCall,
  tokensPerPass,
} from "../../measure/speculation.ts";
import { formatCount } from "../../text/format.ts";
import { numberText } from "../estimate_text.ts";
import { codeSpan, joined, listed, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { FindingDefinition, PlannedFinding } from "./finding.ts";
import {
  areClaims,
  compareEstimates,
  differenceText,
  distanceText,
  foundComparison,
  isSure,
  type PlannedComparison,
  pValuesOf,
  sureText,
  verdictsOf,
} from "./planned_comparison.ts";
import { foundNumber, type Said } from "./wording.ts";

/** Tokens per target pass in sentences that say what they count. */
const PER_PASS: Said = { ...tokensPerTargetCall, unit: "ratio" };

/** A cell that speculates. */
export interface Speculator {
  /** What was measured of it. */
  readonly measures: CellMeasures;
  /** The name of the cell. */
  readonly label: string;
  /** How it speculates. */
  readonly profile: SpeculationProfile;
  /** Tokens per target pass. */
  readonly perPass: Estimate;
}

/** What speculation saves and may cost. */
export const speculation: FindingDefinition<RunRecord> = {
  name: "speculation",
  question(run) {
    return draftSweeps(speculatorsOf(run)).length === 0
      ? undefined
      : prose`How many tokens should a draft propose, and when does that pay?`;
  },
  plan(run) {
    const cells = speculatorsOf(run);
    const sweeps = draftSweeps(cells);
    return [
      ...sweeps.map(savedPasses),
      bestDraft(cells, sweeps),
      besideTheory(cells),
      breakEvens(cells, sweeps),
      losslessness(run, cells),
    ].flatMap((one) => one ?? []);
  },
};

/** The cells of `run` that speculate. */
export function speculatorsOf({ cells }: Pick<RunRecord, "cells">): Speculator[] {
  return cells.flatMap((measures): Speculator[] => {
    const { label, settings } = measures.cell;
    const profile = strategyOf(settings).speculation?.(settings);
    const perPass = estimateIn(measures, tokensPerTargetCall);
    return profile === undefined || perPass === undefined
      ? []
      : [{ measures, label, profile, perPass }];
  });
}

/** The entries that sweep `draft_k` alone, each in rising order, of two cells at least. */
function draftSweeps(cells: readonly Speculator[]): Speculator[][] {
  const swept = cells.filter(({ measures: { cell } }) =>
    cell.swept.length === 1 && cell.swept[0] === "draft_k"
  );
  return [...Map.groupBy(swept, ({ measures: { cell } }) => cell.entry).values()]
    .filter(({ length }) => length > 1)
    .map((own) => own.toSorted((a, b) => a.profile.draftK - b.profile.draftK));
}

/** What a sweep of `draft_k` saves, and from which value on it saves no more. */
function savedPasses(sweep: readonly Speculator[]): PlannedFinding | undefined {
  const last = sweep.at(-1);
  if (last === undefined) return undefined;
  const before = sweep.slice(0, -1);
  // More proposals save no fewer passes: each is compared with the last.
  const comparisons = before.map(({ perPass }) => compareEstimates(last.perPass, perPass));
  return {
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const own = sureText(PER_PASS, last.perPass);
      if (own === undefined) return undefined;
      return {
        text: [
          ...prose`${
            codeSpan(last.label)
          } gets ${own} tokens from a pass of the target, where token by token gets exactly 1.`,
          ...endOfSaving(before, comparisons, judged.findLastIndex(isSure) + 1, last),
        ],
        claims: areClaims(comparisons, judged),
        cells: sweep.map(({ label }) => label),
        numbers: [
          ...sweep.map(({ label, perPass }) => foundNumber(PER_PASS.name, label, perPass)),
          ...before.flatMap(({ label }, i) => {
            const comparison = comparisons[i];
            return comparison === undefined
              ? []
              : [foundComparison(PER_PASS, [last.label, label], comparison)];
          }),
        ],
      };
    },
  };
}

/** From which `draft_k` on no more can be told, or what the last step still saves. */
function endOfSaving(
  before: readonly Speculator[],
  comparisons: readonly PlannedComparison[],
  tied: number,
  last: Speculator,
): Prose {
  const isTied = tied < before.length;
  const at = isTied ? tied : before.length - 1;
  const [from, comparison] = [before[at], comparisons[at]];
  if (from === undefined || comparison === undefined) return [];
  const [own, to] = [from, last].map(({ profile }) => codeSpan(`draft_k=${profile.draftK}`));
  const text = isTied
    ? differenceText(PER_PASS, comparison) ?? "exactly 0"
    : distanceText(PER_PASS, comparison);
  if (own === undefined || to === undefined || text === undefined) return [];
  if (isTied) {
    return prose` From ${own} on no more can be told: it is tied with ${to} (difference ${text}).`;
  }
  return comparison.value < 0
    ? prose` That is ${text} fewer than with ${own}.`
    : prose` The last step, from ${own}, still gains ${text}.`;
}

/** Which draft saves the most, where several draw from the same distribution, each with its largest `draft_k`. */
function bestDraft(
  cells: readonly Speculator[],
  sweeps: readonly (readonly Speculator[])[],
): PlannedFinding | undefined {
  const notLast = new Set(sweeps.flatMap((own) => own.slice(0, -1)));
  const chains = Map.groupBy(
    cells.filter((one) => one.profile.isLossless && !notLast.has(one)),
    ({ profile: { warp } }) => chainText(warp),
  );
  const [rivals] = [...chains.values()].toSorted((a, b) => b.length - a.length);
  if (rivals === undefined || rivals.length < 2) return undefined;
  const sorted = rivals.toSorted((a, b) => b.perPass.value - a.perPass.value);
  // All pairs, since the data choose the best one.
  const pairs = sorted.flatMap((one, i) => sorted.slice(i + 1).map((other) => ({ one, other })));
  const comparisons = pairs.map(({ one, other }) => compareEstimates(one.perPass, other.perPass));
  return {
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const [best, ...others] = sorted;
      const own = best && sureText(PER_PASS, best.perPass);
      if (best === undefined || own === undefined) return undefined;
      const tied = others.filter((_, i) => !isSure(judged[i] ?? "open"));
      const next = others.find((one) => !tied.includes(one));
      const step = next && comparisons[others.indexOf(next)];
      const less = step && distanceText(PER_PASS, step);
      if (next === undefined || less === undefined) {
        const first = comparisons[0];
        const most = first && distanceText(PER_PASS, first);
        if (most === undefined) return undefined;
        return {
          text: prose`No draft is told to save more passes than another: ${
            codeSpan(best.label)
          } (${own} tokens per pass) is tied with ${
            listed(tied.map(({ label }) => [codeSpan(label)]))
          }; to the nearest it is ${most}.`,
          claims: false,
          cells: sorted.map(({ label }) => label),
          numbers: sorted.map(({ label, perPass }) =>
            foundNumber(tokensPerTargetCall.name, label, perPass)
          ),
        };
      }
      const isTied = tied.length === 0
        ? []
        : prose` (tied with ${listed(tied.map(({ label }) => [codeSpan(label)]))})`;
      return {
        text: [
          ...prose`Of the drafts for the same distribution ${codeSpan(best.label)}`,
          ...isTied,
          ...prose` saves the most passes, ${own} tokens per pass, ${less} more than ${
            codeSpan(next.label)
          }.`,
        ],
        claims: true,
        cells: sorted.map(({ label }) => label),
        numbers: [
          ...sorted.map(({ label, perPass }) =>
            foundNumber(tokensPerTargetCall.name, label, perPass)
          ),
          ...(step === undefined
            ? []
            : [foundComparison(PER_PASS, [best.label, next.label], step)]),
        ],
      };
    },
  };
}

/** A cell beside its predictions. */
interface Predicted extends Speculator {
  /** Tokens per target pass where texts never end; none where proposals vary in length. */
  readonly endless: Estimate | undefined;
  /** The same with the proposals as long as they were, and no bonus after an accepted end. */
  readonly ending: Estimate;
  readonly comparison: PlannedComparison;
}

/** The predictions of theory, with the interval that they have from that of α. */
function predictedOf(one: Speculator): Predicted[] {
  const { measures, perPass, profile: { predictions, draftK } } = one;
  const probability = estimateIn(measures, alpha);
  const { proposedAt = [] } = measures.positions ?? {};
  const count = numberIn(measures, rounds);
  if (probability === undefined || predictions === "none" || count === 0) return [];
  /** The share of the rounds that add a token of their own; the others accept the end of a text. */
  const adding = (numberIn(measures, resampled) + numberIn(measures, bonus)) / count;
  const ending = transformed(
    probability,
    (a) =>
      adding + proposedAt.reduce((sum, proposed, i) => sum + proposed * a ** (i + 1), 0) / count,
  );
  const comparison = {
    value: perPass.value - ending.value,
    inference: squareAndAdd(perPass, ending),
    isExact: false,
  };
  const endless = predictions === "all"
    ? transformed(probability, (a) => tokensPerPass(a, draftK))
    : undefined;
  return comparison.inference === undefined ? [] : [{ ...one, endless, ending, comparison }];
}

/** How far what was counted is from what theory predicts, and in how many cells it holds. */
function besideTheory(cells: readonly Speculator[]): PlannedFinding | undefined {
  const predicted = cells.flatMap(predictedOf);
  const [largest] = predicted.toSorted((a, b) => (b.endless?.value ?? 0) - (a.endless?.value ?? 0));
  if (largest === undefined) return undefined;
  const comparisons = predicted.map(({ comparison }) => comparison);
  return {
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const failing = predicted.filter((_, i) => isSure(judged[i] ?? "open"));
      const counted = sureText(PER_PASS, largest.perPass);
      const ending = sureText(PER_PASS, largest.ending);
      if (counted === undefined || ending === undefined) return undefined;
      const endless = sureText(PER_PASS, largest.endless);
      const probability = sureText(alpha, estimateIn(largest.measures, alpha));
      const promise = endless === undefined || probability === undefined
        ? []
        : prose`If texts never ended, theory would promise ${endless} tokens per target pass with ${
          codeSpan(largest.label)
        } (α = ${probability}). `;
      return {
        text: [
          ...promise,
          ...prose`With proposals as short as the ends of texts make them, and no bonus token after an end, it says ${ending}${
            promise.length > 0 ? [] : prose` for ${codeSpan(largest.label)}`
          }, and ${counted} were counted. Theory agrees with what was counted, within the error, in ${
            String(predicted.length - failing.length)
          } of ${formatCount(predicted.length, "cell")}.`,
          ...worstText(failing),
        ],
        claims: failing.length > 0,
        cells: predicted.map(({ label }) => label),
        numbers: predicted.flatMap(({ label, endless, ending, perPass, comparison }) => [
          foundNumber(tokensPerTargetCall.name, label, perPass),
          ...(endless === undefined
            ? []
            : [foundNumber(theoryTokensPerTargetCall.name, label, endless)]),
          foundNumber("theory_tokens_per_target_call_with_ends", label, ending),
          foundNumber(
            "tokens_per_target_call_over_theory",
            label,
            comparison.inference ?? { value: comparison.value },
          ),
        ]),
      };
    },
  };
}

/** The cell of those in which theory fails where it fails most. */
function worstText(failing: readonly Predicted[]): Prose {
  const [worst] = failing.toSorted((a, b) =>
    Math.abs(b.comparison.value) - Math.abs(a.comparison.value)
  );
  if (worst === undefined) return [];
  const text = distanceText(PER_PASS, worst.comparison);
  return text === undefined
    ? []
    : prose` It fails most for ${codeSpan(worst.label)}, which got ${text} ${
      worst.comparison.value < 0 ? "less" : "more"
    }: there α is not the same everywhere.`;
}

/** Of more cells a sentence names the break-evens of the first and the last of each sweep alone. */
const MOST_LISTED = 4;

/** How long verifying may take for speculation to pay. */
function breakEvens(
  cells: readonly Speculator[],
  sweeps: readonly (readonly Speculator[])[],
): PlannedFinding | undefined {
  const swept = new Set(sweeps.flat());
  const groups = [...sweeps, ...cells.filter((one) => !swept.has(one)).map((one) => [one])];
  const ends = sweeps.map((own) => [own.at(0), own.at(-1)].flatMap((one) => one ?? []));
  const shown = cells.length <= MOST_LISTED || ends.length === 0
    ? groups.slice(0, MOST_LISTED)
    : ends;
  const texts = shown.map(breakEvenText).filter((text) => text.length > 0);
  if (texts.length === 0) return undefined;
  return {
    pValues: [],
    say: () => ({
      text: [
        ...prose`For speculation to pay, a target pass over a whole proposal must take less than this many passes over one token: ${
          joined(texts, "; ")
        }.`,
        ...draftShareText(cells),
      ],
      claims: false,
      cells: cells.map(({ label }) => label),
      numbers: cells.flatMap(({ label, measures }) =>
        [breakEven, draftOperations].flatMap((measure) => {
          const estimate = estimateIn(measures, measure);
          return estimate === undefined ? [] : [foundNumber(measure.name, label, estimate)];
        })
      ),
    }),
  };
}

/** How the passes of the draft are counted. */
function draftShareText(cells: readonly Speculator[]): Prose {
  const shares = new Set(
    cells.map(({ measures }) => numberIn(measures, draftOperations)).filter((share) => share > 0),
  );
  const source = "(Leviathan et al., 2023)";
  if (shares.size === 0) {
    return prose` The draft multiplies nothing and counts as exactly 0 ${source}.`;
  }
  const texts = [...shares].map((share) => prose`exactly ${numberText(draftOperations, share)}`);
  return prose` Each pass of the draft is counted in, as its share of the operations: ${
    listed(texts, "or")
  } of a target pass ${source}.`;
}

/** The break-even of a sweep, by `draft_k`, or of a cell that is in none. */
function breakEvenText(group: readonly Speculator[]): Prose {
  const [first] = group;
  if (first === undefined) return [];
  const limits = group.flatMap(({ measures, profile: { draftK } }) => {
    const text = sureText(breakEven, estimateIn(measures, breakEven));
    return text === undefined ? [] : [{ draftK, text }];
  });
  const [limit] = limits;
  if (limit === undefined) return [];
  if (group.length === 1) return prose`${limit.text} with ${codeSpan(first.label)}`;
  return prose`with ${codeSpan(sweptLabel(first))} ${
    listed(limits.map(({ draftK, text }) => prose`${text} at ${String(draftK)}`))
  }`;
}

/** A cell's label with an ellipsis for the value that its entry sweeps. */
function sweptLabel({ measures: { cell: { label, settings, swept } } }: Speculator): string {
  const [key] = swept;
  return key === undefined
    ? label
    : label.replace(`${key}=${sweptValue(settings, key)}`, `${key}=…`);
}

/** How many comparisons with the baseline must be 0, and how many of them are not. */
function losslessness(
  { comparisons, baseline }: RunRecord,
  cells: readonly Speculator[],
): PlannedFinding | undefined {
  const lossless = new Set(
    cells.flatMap(({ label, profile }) => profile.isLossless ? [label] : []),
  );
  const expected = comparisons.filter(({ isExpected0, cell }) => isExpected0 && lossless.has(cell));
  const { compared, unadjusted, adjusted } = tallyOf(expected);
  if (baseline === undefined || compared === 0) return undefined;
  const names = [...new Set(expected.map(({ cell }) => cell))];
  return {
    pValues: [],
    say: () => ({
      text:
        prose`Acceptance says how alike draft and target are, not how good the texts are: lossless speculation draws from the distribution of ${
          codeSpan(baseline.cell.label)
        }. Of ${
          formatCount(compared, "comparison")
        } whose difference must be 0, chance alone makes about ${
          String(Math.round(LEVEL * compared))
        } look like a difference; ${String(unadjusted)} do, and ${
          String(adjusted)
        } when their number is allowed for.`,
      claims: false,
      cells: [baseline.cell.label, ...names],
      numbers: [
        { name: "comparisons_expected_0", of: baseline.cell.label, value: compared },
        { name: "comparisons_below_0.05", of: baseline.cell.label, value: unadjusted },
        { name: "comparisons_told_apart", of: baseline.cell.label, value: adjusted },
      ],
    }),
  };
}

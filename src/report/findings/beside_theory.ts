/**
 * Tokens per target pass beside those of theory (Leviathan, Kalman & Matias, 2023), once the ends of texts
 * are allowed for, of which theory does not know.
 *
 * @module
 */
import { squareAndAdd } from "../../measure/comparison.ts";
import { bonus, resampled, rounds, tokensPerTargetCall } from "../../measure/cost.ts";
import { type Estimate, transformed } from "../../measure/estimate.ts";
import { estimateIn, numberIn } from "../../measure/measure.ts";
import { alpha, theoryTokensPerTargetCall, tokensPerPass } from "../../measure/speculation.ts";
import { formatCount } from "../../text/format.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import type { PlannedFinding } from "./finding.ts";
import {
  distanceText,
  isSure,
  type PlannedComparison,
  pValuesOf,
  sureText,
  verdictsOf,
} from "./planned_comparison.ts";
import { PER_PASS, type Speculator } from "./speculators.ts";
import { foundNumber } from "./wording.ts";

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
export function besideTheory(cells: readonly Speculator[]): PlannedFinding[] {
  const predicted = cells.flatMap(predictedOf);
  const [largest] = predicted.toSorted((a, b) => (b.endless?.value ?? 0) - (a.endless?.value ?? 0));
  if (largest === undefined) return [];
  const comparisons = predicted.map(({ comparison }) => comparison);
  return [{
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const failing = predicted.filter((_, i) => isSure(judged[i] ?? "open"));
      const counted = sureText(PER_PASS, largest.perPass);
      const ending = sureText(PER_PASS, largest.ending);
      if (counted === undefined || ending === undefined) return undefined;
      const endless = sureText(PER_PASS, largest.endless);
      const probability = sureText(alpha, estimateIn(largest.measures, alpha));
      const from = probability === undefined ? "" : `, from α = ${probability},`;
      const promise = endless === undefined
        ? []
        : prose` (it would be ${endless} if texts never ended)`;
      const agreeing = predicted.length - failing.length;
      return {
        text: [
          ...prose`Theory${from} predicts ${ending} tokens per target pass for ${
            codeSpan(largest.label)
          }${promise}, and ${counted} were counted; ${agreementText(agreeing, predicted.length)}.`,
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
  }];
}

/** In how many cells nothing is told between theory and what was counted. */
function agreementText(agreeing: number, all: number): string {
  if (all === 1) return agreeing === 1 ? "as far as can be told, the two agree" : "the two differ";
  const verb = agreeing === 1 ? "agrees" : "agree";
  return `as far as can be told, ${agreeing} of ${formatCount(all, "cell")} ${verb} with theory`;
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
    : prose` Theory fails most for ${codeSpan(worst.label)}, which got ${text} tokens ${
      worst.comparison.value < 0 ? "less" : "more"
    } than predicted: there acceptance depends on the position, which theory leaves out.`;
}

/**
 * The test by which speculative decoding is shown to be lossless, and the faulty algorithms by which the
 * test is shown to notice.
 *
 * @module
 */
import { softmax } from "../../src/decode/distribution.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import type { Draft } from "../../src/decode/speculative/draft.ts";
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import type { Strategy } from "../../src/decode/strategy.ts";
import { temperature } from "../../src/decode/warp/temperature.ts";
import type { Warper } from "../../src/decode/warp/warper.ts";
import {
  dropped,
  EARLY_BONUS,
  misreporting,
  NO_SUBTRACTION,
  RIGHT,
  type Rules,
  speculativeBy,
} from "./broken.ts";
import { type Fit, goodnessOfFit, rejectedByHolm } from "./goodness_of_fit.ts";
import { type Candidate, losslessGrid, notLossless, smaller, source } from "./lossless_grid.ts";
import { sequenceCounts, sequenceProbabilities } from "./sequences.ts";

/** A candidate and its fit. */
export interface Verdict extends Fit {
  readonly name: string;
  /** Whether the frequencies are too far off. */
  readonly rejected: boolean;
}

/** A draft of `smaller`'s tokens, drawn from what `warpers` make of its distribution. */
function sampledDraft(warpers: readonly Warper[], confidence = 0): Draft {
  return modelDraft(smaller, { choice: "sample", warpers, confidence });
}

const warm = [temperature(0.6)];
/** The distribution of which `warm` made its argument. */
const unwarped = (q: Float64Array): Float64Array =>
  softmax(q.map((share) => 0.6 * Math.log(share)));
const broken = (rules: Rules): Strategy =>
  speculativeBy(rules, { draft: sampledDraft(warm), draftK: 3, warpers: warm });

/** The candidates that must be rejected. */
const faulty: readonly Candidate[] = [
  ...notLossless,
  {
    name: "residual without subtraction",
    source,
    strategy: broken(NO_SUBTRACTION),
    warpers: warm,
  },
  { name: "bonus from a position too early", source, strategy: broken(EARLY_BONUS), warpers: warm },
  {
    name: "warped target against unwarped draft",
    source,
    strategy: speculative({
      draft: misreporting(sampledDraft(warm), (proposal) => ({
        ...proposal,
        distributions: proposal.distributions.map(unwarped),
      })),
      draftK: 3,
      warpers: warm,
    }),
    warpers: warm,
  },
  {
    name: "adaptive draft that drops what it is not sure of",
    source,
    strategy: speculative({
      draft: misreporting(sampledDraft([], 0.2), dropped(0.2)),
      draftK: 3,
      warpers: [],
    }),
    warpers: [],
  },
];

/** The copy of the algorithm that the broken ones are made from, unbroken: it must not be rejected. */
const control: Candidate = {
  name: "control: the broken ones' algorithm without a fault",
  source,
  strategy: broken(RIGHT),
  warpers: warm,
};

/** The chance that anything lossless is rejected, over the whole grid (Holm's correction). */
export const FALSE_ALARM = 0.001;

/** The verdicts of the whole examination. */
export interface Examination {
  /** The candidates that must be lossless, the control last. */
  readonly lossless: readonly Verdict[];
  /** The candidates that must be rejected. */
  readonly broken: readonly Verdict[];
}

/** How many samples of each to draw, and a callback for each verdict. */
export interface ExaminationOptions {
  readonly losslessSamples: number;
  readonly brokenSamples: number;
  readonly onVerdict?: (done: number, of: number) => void;
}

/** Examines everything. */
export function examineAll(options: ExaminationOptions): Examination {
  const { losslessSamples, brokenSamples, onVerdict } = options;
  const total = losslessGrid.length + 1 + faulty.length;
  let done = 0;
  const all = (candidates: readonly Candidate[], samples: number): Verdict[] => {
    const fits = candidates.map((candidate) => {
      const fit = examine(candidate, samples);
      onVerdict?.(++done, total);
      return fit;
    });
    const rejected = rejectedByHolm(fits.map(({ pValue }) => pValue), FALSE_ALARM);
    return fits.map((fit, i): Verdict => ({
      ...fit,
      name: candidates[i]?.name ?? "",
      rejected: rejected[i] ?? false,
    }));
  };
  return {
    lossless: all([...losslessGrid, control], losslessSamples),
    broken: all(faulty, brokenSamples),
  };
}

/** Compares `samples` samples of a candidate with the exact probabilities. */
function examine({ name, source, strategy, warpers }: Candidate, samples: number): Fit {
  const counts = sequenceCounts(source, strategy, samples, name);
  return goodnessOfFit(counts, sequenceProbabilities(source, warpers));
}

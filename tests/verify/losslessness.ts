/**
 * The test by which speculative decoding is shown to be lossless, and the broken variants by which the
 * test is shown to notice.
 *
 * @module
 */
import { softmax } from "../../src/decode/distribution.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import { speculativeOriginal } from "../../src/decode/speculative/original.ts";
import type { Strategy } from "../../src/decode/strategy.ts";
import { temperature } from "../../src/decode/warp/temperature.ts";
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
import { type Candidate, losslessGrid, sampledDraft, smaller, source } from "./lossless_grid.ts";
import { sequenceCounts, sequenceProbabilities } from "./sequences.ts";

/** A candidate and what was found. */
export interface Verdict extends Fit {
  readonly name: string;
  /** Whether the frequencies are too far off. */
  readonly rejected: boolean;
}

const warm = [temperature(0.6)];
/** What `warm` made its argument of. */
const unwarped = (q: Float64Array): Float64Array =>
  softmax(q.map((share) => 0.6 * Math.log(share)));
const broken = (rules: Rules): Strategy =>
  speculativeBy(rules, { draft: sampledDraft(smaller, warm), draftK: 3, warpers: warm });

/** What must be rejected, and why. */
const brokenVariants: readonly Candidate[] = [
  {
    name: "variant original: an argmax accepted as if it had been sampled",
    strategy: speculativeOriginal(smaller, 3),
    warpers: [],
  },
  {
    name: "residual without subtraction",
    strategy: broken(NO_SUBTRACTION),
    warpers: warm,
  },
  { name: "bonus from a position too early", strategy: broken(EARLY_BONUS), warpers: warm },
  {
    name: "warped target against unwarped draft",
    strategy: speculative({
      draft: misreporting(sampledDraft(smaller, warm), (proposal) => ({
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
    strategy: speculative({
      draft: misreporting(sampledDraft(smaller, [], 0.2), dropped(0.2)),
      draftK: 3,
      warpers: [],
    }),
    warpers: [],
  },
];

/** The copy of the algorithm that the broken ones are made from, unbroken: it must not be rejected. */
const control: Candidate = {
  name: "control: the broken ones' algorithm without a fault",
  strategy: broken(RIGHT),
  warpers: warm,
};

/** The chance that anything lossless is rejected, over the whole grid (Holm's correction). */
export const FALSE_ALARM = 0.001;

/** What the whole examination found. */
export interface Examination {
  /** What must be lossless, the control last. */
  readonly lossless: readonly Verdict[];
  /** What must not. */
  readonly broken: readonly Verdict[];
}

/** How many samples of each to draw, and whom to tell of each verdict. */
export interface ExaminationOptions {
  readonly losslessSamples: number;
  readonly brokenSamples: number;
  readonly onVerdict?: (done: number, of: number) => void;
}

/** Examines everything. */
export function examineAll(options: ExaminationOptions): Examination {
  const { losslessSamples, brokenSamples, onVerdict } = options;
  const total = losslessGrid.length + 1 + brokenVariants.length;
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
    broken: all(brokenVariants, brokenSamples),
  };
}

/** Holds `samples` samples of a candidate against the exact probabilities. */
function examine({ name, strategy, warpers }: Candidate, samples: number): Fit {
  const counts = sequenceCounts(source, strategy, samples, name);
  return goodnessOfFit(counts, sequenceProbabilities(source, warpers));
}

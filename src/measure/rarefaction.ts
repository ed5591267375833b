/**
 * Numbers of texts made equal: the expectation of a functional of the set of texts over all subsets of
 * so many texts of each draw (Hurlbert 1971).
 *
 * @module
 */
import { type Estimate, quotient } from "./estimate.ts";
import { blankOf, shareOf } from "./intervals.ts";
import { type Sampling, sumsBy } from "./sampling.ts";
import { type Holdings, mergedBy } from "./text_sets.ts";

/** A sampling, and how many texts each of its units has. */
export interface SampledTexts {
  /** How the units came about. */
  readonly sampling: Sampling;
  /** `[units]`. */
  readonly texts: Float64Array;
}

/** An expectation over subsets, and what it would be of less. */
export interface Rarefied {
  /** The expected sum. */
  readonly value: number;
  /** `[units]` the same where the unit's texts are not there to be chosen. */
  readonly withoutUnit: Float64Array;
  /** `[draws]` the same without the draw. */
  readonly withoutDraw: Float64Array;
}

/**
 * The expected sum of the `weights` of the different items, 1 unless given, that `size` texts of each
 * draw hold. An item that k of a draw's n texts hold is in none of those chosen with a chance of
 * C(n − k, size) / C(n, size). Of a draw that has fewer texts all are chosen.
 */
export function rarefied(
  holdings: Holdings,
  { sampling: { drawOf, draws }, texts: textsOf }: SampledTexts,
  size: number,
  weights?: Float64Array,
): Rarefied {
  const { starts, items, copies, different } = holdings;
  const texts = sumsBy(drawOf, textsOf, draws);
  const missing = new Missing(size);
  const perDraw = mergedBy(holdings, drawOf, draws);
  // The chance that an item is missing: the product of its draws' chances that are not 0, and how many
  // are 0, so that one draw can be taken out again.
  const product = new Float64Array(different).fill(1);
  const zeros = new Int32Array(different);
  for (let draw = 0; draw < draws; draw++) {
    const chances = missing.of(texts[draw] as number);
    for (let i = perDraw.starts[draw] as number; i < (perDraw.starts[draw + 1] as number); i++) {
      const item = perDraw.items[i] as number;
      const chance = chances[perDraw.copies[i] as number] as number;
      if (chance === 0) zeros[item] = (zeros[item] as number) + 1;
      else product[item] = (product[item] as number) * chance;
    }
  }
  let value = 0;
  for (let item = 0; item < different; item++) {
    value += (weights?.[item] ?? 1) * (1 - (zeros[item] === 0 ? product[item] as number : 0));
  }
  const withoutDraw = new Float64Array(draws).fill(value);
  const withoutUnit = new Float64Array(drawOf.length);
  // Of the draw at hand: how many of its texts hold each item, and its weight times the chance that it
  // is missing in the others.
  const copiesIn = new Int32Array(different);
  const elsewhere = new Float64Array(different);
  let unit = 0;
  for (let draw = 0; draw < draws; draw++) {
    const [begin, end] = [perDraw.starts[draw] as number, perDraw.starts[draw + 1] as number];
    const all = texts[draw] as number;
    const chances = missing.of(all);
    let now = 0;
    let least = 0;
    for (let i = begin; i < end; i++) {
      const item = perDraw.items[i] as number;
      const held = copiesIn[item] = perDraw.copies[i] as number;
      const chance = chances[held] as number;
      const others = (zeros[item] as number) - (chance === 0 ? 1 : 0);
      const rest = chance === 0 ? product[item] as number : (product[item] as number) / chance;
      const own = elsewhere[item] = others > 0 ? 0 : rest * (weights?.[item] ?? 1);
      now += own * chance;
      least += own;
    }
    // Without the draw nothing of it is found.
    withoutDraw[draw] = value - (least - now);
    const fewerBy = new Map<number, number>();
    for (; unit < drawOf.length && drawOf[unit] === draw; unit++) {
      const fewer = missing.of(all - (textsOf[unit] as number));
      let then = fewerBy.get(textsOf[unit] as number);
      if (then === undefined) {
        then = 0;
        for (let i = begin; i < end; i++) {
          const item = perDraw.items[i] as number;
          then += (elsewhere[item] as number) * (fewer[copiesIn[item] as number] ?? 0);
        }
        fewerBy.set(textsOf[unit] as number, then);
      }
      for (let i = starts[unit] as number; i < (starts[unit + 1] as number); i++) {
        const item = items[i] as number;
        const held = copiesIn[item] as number;
        then += (elsewhere[item] as number) *
          ((fewer[held - (copies[i] as number)] ?? 0) - (fewer[held] ?? 0));
      }
      withoutUnit[unit] = value - (then - now);
    }
  }
  return { value, withoutUnit, withoutDraw };
}

/**
 * The different items over the `sizes`, `[units]`, of `size` texts of each draw, both as expectations,
 * with an interval in [0, 1] by leaving out a unit, or a draw.
 */
export function rarefiedShare(
  from: SampledTexts,
  holdings: Holdings,
  sizes: Float64Array,
  size: number,
): Estimate {
  const { sampling: { drawOf, draws }, texts } = from;
  const found = rarefied(holdings, from, size);
  const [counts, wholes] = [sumsBy(drawOf, texts, draws), sumsBy(drawOf, sizes, draws)];
  const part = (whole: number, count: number): number =>
    count === 0 ? 0 : whole * Math.min(1, size / count);
  const parts = wholes.map((whole, draw) => part(whole, counts[draw] as number));
  const all = parts.reduce((sum, own) => sum + own, 0);
  return estimated(from.sampling, {
    value: quotient(found.value, all),
    withoutUnit: found.withoutUnit.map((fewer, unit) => {
      const draw = drawOf[unit] as number;
      const own = part(
        (wholes[draw] as number) - (sizes[unit] as number),
        (counts[draw] as number) - (texts[unit] as number),
      );
      return quotient(fewer, all - (parts[draw] as number) + own);
    }),
    withoutDraw: found.withoutDraw.map((fewer, draw) =>
      quotient(fewer, all - (parts[draw] as number))
    ),
  });
}

/** The mean over draws of the `weights` of the items, each of one draw, that `size` of its texts hold. */
export function rarefiedMean(
  from: SampledTexts,
  holdings: Holdings,
  weights: Float64Array,
  size: number,
): Estimate {
  const { draws } = from.sampling;
  const found = rarefied(holdings, from, size, weights);
  return estimated(from.sampling, {
    value: found.value / draws,
    withoutUnit: found.withoutUnit.map((fewer) => fewer / draws),
    withoutDraw: found.withoutDraw.map((fewer) => fewer / Math.max(1, draws - 1)),
  });
}

/** The jackknife within strata, or over draws. */
function estimated(
  sampling: Sampling,
  { value, withoutUnit, withoutDraw }: Rarefied,
): Estimate {
  const { blank, design, drawOf, stratumOf, sizes, unitsOfDraw, draws, independent } = sampling;
  if (blank !== undefined) return blankOf(value, blank);
  const isDrawn = design.prompts === "drawn";
  // So that a mean's are the deviations of its terms.
  const influences = withoutUnit.map((fewer, unit) => {
    const n = isDrawn
      ? unitsOfDraw[drawOf[unit] as number] as number
      : sizes[stratumOf[unit] as number] as number;
    return (value - fewer) * (n - 1) / n;
  });
  const spread = isDrawn
    ? sampling.drawsSpread(
      Array.from(withoutDraw, (fewer) => draws * value - (draws - 1) * fewer),
      influences,
    )
    : sampling.strataSpread(influences);
  return shareOf(Math.min(1, value), spread, { units: independent, trials: sampling.units });
}

/** The chances that none of `size` chosen texts holds an item, by how many of all hold it. */
class Missing {
  readonly #size: number;
  readonly #known = new Map<number, Float64Array>();

  constructor(size: number) {
    this.#size = size;
  }

  /** `[texts + 1]` C(texts − k, size) / C(texts, size). */
  of(texts: number): Float64Array {
    const known = this.#known.get(texts);
    if (known !== undefined) return known;
    const chances = new Float64Array(texts + 1);
    chances[0] = 1;
    for (let k = 0; k < texts && texts - k > this.#size; k++) {
      chances[k + 1] = (chances[k] as number) * (texts - k - this.#size) / (texts - k);
    }
    this.#known.set(texts, chances);
    return chances;
  }
}

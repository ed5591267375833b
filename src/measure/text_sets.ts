/**
 * How many different items, texts or n-grams, there are among samples, over a size of the samples: the
 * unique share and distinct-n. Such a number depends on the number of samples, so what its interval is
 * about is its expectation at that number.
 *
 * A _unit_ is what chance draws at once: a decoding, or a draw of a prompt with all its samples. It
 * _holds_ items. Leaving out a unit loses the items that only this unit holds, and the squares of the
 * losses add up to the jackknife's variance. That is too large (Efron & Stein 1981), since items that
 * two units hold are lost by leaving out either, but not both. For counts of items the variance is what
 * twice as many units would add: f₁ − f₂ + f₃ − …, with fₖ the items that k units hold (Good & Toulmin
 * 1956). Its first two terms, continued as Fisher's logarithmic series (1943), give f₁ ln(1 + r) / r
 * with r = 2 f₂ / f₁, which is never negative. (Equally probable items, f₁ (1 − e^−r) / r, is too small
 * where some are rarer: then 89 to 91 of 100 intervals covered.) Units may hold several items; fₖ is
 * then the sum over sets of k units of the square of the number of items that exactly these hold.
 *
 * @module
 */
import { type Estimate, quotient, type StrataSpread } from "./estimate.ts";
import { blankOf, shareOf } from "./intervals.ts";
import { type Sampling, sumsBy } from "./sampling.ts";

/** The items that units hold. */
export interface Holdings {
  /** `[units + 1]` where the items of each unit begin; the last is the end of them all. */
  readonly starts: Int32Array;
  /** The items, from 0, each once for each unit that holds it. */
  readonly items: Int32Array;
  /** `[items]` how many of the unit's texts hold the item. */
  readonly copies: Int32Array;
  /** How many different items there are. */
  readonly different: number;
}

/** The items of texts: `items` of text `i` from `starts[i]` to `starts[i + 1]`, each once. */
export interface TextItems {
  /** `[texts + 1]`. */
  readonly starts: Int32Array;
  /** Items, from 0. */
  readonly items: Int32Array;
  /** How many different items there are. */
  readonly different: number;
}

/**
 * The items that `units` units hold: sample `i`, of unit `ofSample[i]`, is text `textOf[i]`. The
 * units of the samples never fall.
 */
export function holdingsOf(
  units: number,
  ofSample: Int32Array,
  textOf: Int32Array,
  { starts: textStarts, items: textItems, different }: TextItems,
): Holdings {
  let room = 0;
  for (let i = 0; i < textOf.length; i++) {
    const text = textOf[i] as number;
    room += (textStarts[text + 1] as number) - (textStarts[text] as number);
  }
  const starts = new Int32Array(units + 1);
  const items = new Int32Array(room);
  const copies = new Int32Array(room);
  // Where an item was put last; before the start of the unit it is another unit's.
  const places = new Int32Array(different).fill(-1);
  let unit = 0;
  let end = 0;
  for (let i = 0; i < textOf.length; i++) {
    while (unit < (ofSample[i] as number)) starts[++unit] = end;
    const text = textOf[i] as number;
    for (let j = textStarts[text] as number; j < (textStarts[text + 1] as number); j++) {
      const item = textItems[j] as number;
      let place = places[item] as number;
      if (place < (starts[unit] as number)) {
        place = places[item] = end++;
        items[place] = item;
      }
      copies[place] = (copies[place] as number) + 1;
    }
  }
  while (unit < units) starts[++unit] = end;
  return { starts, items: items.subarray(0, end), copies: copies.subarray(0, end), different };
}

/** The items that the draws of units hold; the draws of the units, `[units]`, never fall. */
export function mergedBy(
  { starts, items, copies, different }: Holdings,
  drawOf: Int32Array,
  draws: number,
): Holdings {
  const own = {
    starts: new Int32Array(draws + 1),
    items: new Int32Array(items.length),
    copies: new Int32Array(items.length),
    different,
  };
  const places = new Int32Array(different).fill(-1);
  let draw = 0;
  let end = 0;
  for (let unit = 0; unit < drawOf.length; unit++) {
    while (draw < (drawOf[unit] as number)) own.starts[++draw] = end;
    for (let i = starts[unit] as number; i < (starts[unit + 1] as number); i++) {
      const item = items[i] as number;
      let place = places[item] as number;
      if (place < (own.starts[draw] as number)) {
        place = places[item] = end++;
        own.items[place] = item;
      }
      own.copies[place] = (own.copies[place] as number) + (copies[i] as number);
    }
  }
  while (draw < draws) own.starts[++draw] = end;
  return { ...own, items: own.items.subarray(0, end), copies: own.copies.subarray(0, end) };
}

/** The number of different items over the sizes of the units, and what each unit does to it. */
export interface SetRatio {
  /** Different items over the sum of all sizes; 0 of nothing. */
  readonly value: number;
  /** The sum of all sizes. */
  readonly whole: number;
  /** `[units]` the value without each of the units. */
  readonly without: Float64Array;
  /** `[units]` the items that only the unit holds. */
  readonly alone: Float64Array;
  /** The same less the value times its size: how much each unit adds to the value, times `whole`. */
  readonly influences: Float64Array;
  /** The items that exactly two units hold, by units · the first + the second. */
  readonly pairs: ReadonlyMap<number, number>;
}

/** The ratio of the different items that units hold to the sum of their `sizes`, `[units]`. */
export function setRatio(holdings: Holdings, sizes: ArrayLike<number>): SetRatio {
  const units = holdings.starts.length - 1;
  const { holders, first, second, found } = holdersOf(holdings);
  let whole = 0;
  for (let u = 0; u < units; u++) whole += sizes[u] as number;
  const alone = new Float64Array(units);
  const pairs = new Map<number, number>();
  for (let item = 0; item < holders.length; item++) {
    const unit = first[item] as number;
    if (holders[item] === 1) alone[unit] = (alone[unit] as number) + 1;
    else if (holders[item] === 2) {
      const pair = unit * units + (second[item] as number);
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
  }
  const value = quotient(found, whole);
  const without = alone.map((own, u) => quotient(found - own, whole - (sizes[u] as number)));
  const influences = alone.map((own, u) => own - value * (sizes[u] as number));
  return { value, whole, without, alone, influences, pairs };
}

/** For each item how many units hold it, and the first two of them. */
function holdersOf({ starts, items, different }: Holdings) {
  const holders = new Int32Array(different);
  const first = new Int32Array(different);
  const second = new Int32Array(different);
  let found = 0;
  for (let u = 0; u + 1 < starts.length; u++) {
    for (let i = starts[u] as number; i < (starts[u + 1] as number); i++) {
      const item = items[i] as number;
      const before = holders[item] as number;
      if (before === 0) {
        found++;
        first[item] = u;
      } else if (before === 1) second[item] = u;
      holders[item] = before + 1;
    }
  }
  return { holders, first, second, found };
}

/** Sums of squares of deviations that are smaller than this part of the sum come from rounding. */
const ROUNDING = 1e-12;

/** ln(1 + r) / r with r = 2 f₂ / f₁: which part of f₁ the series f₁ − f₂ + f₃ − … is. */
function partOfFirst(ones: number, twos: number): number {
  if (!(ones > 0) || !(twos > 0)) return 1;
  const rate = 2 * twos / ones;
  return Math.log1p(rate) / rate;
}

/**
 * The number of different items over the sum of the `sizes` of the units of `sampling`, `[units]`, with
 * an interval in [0, 1]. `holdings` are those of the units.
 */
export function setShare(
  sampling: Sampling,
  holdings: Holdings,
  sizes: Float64Array,
): Estimate {
  const units = setRatio(holdings, sizes);
  const { value } = units;
  const { blank, design, drawOf, draws, stratumOf, fraction, hasChance, units: trials } = sampling;
  if (blank !== undefined) return blankOf(value, blank);
  // Of nothing, nothing can be said.
  if (units.whole === 0) return blankOf(value, "all equal");
  if (design.prompts === "listed") {
    return shareOf(value, spreadWithin(units, stratumOf), { units: trials, trials });
  }
  const ofDraws = setRatio(mergedBy(holdings, drawOf, draws), sumsBy(drawOf, sizes, draws));
  const spread = { kind: "draws", pseudoValues: pseudoValuesOf(ofDraws), fraction } as const;
  const isKnown = sampling.unitsOfDraw.every((count) => count > 1);
  const within = hasChance ? isKnown ? spreadWithin(units, drawOf).variance : undefined : 0;
  return shareOf(value, within === undefined ? spread : { ...spread, within }, {
    units: draws,
    trials,
  });
}

/**
 * The variance of a set's number whose units are decodings, independent of one another and alike
 * within their groups of at least two, with Satterthwaite's degrees of freedom (1946).
 */
export function spreadWithin(
  { influences, alone, pairs, whole }: Omit<SetRatio, "value" | "without">,
  groupOf: Int32Array,
): StrataSpread {
  const [counts, sums, squares]: [number[], number[], number[]] = [[], [], []];
  let ones = 0;
  for (let u = 0; u < influences.length; u++) {
    const group = groupOf[u] as number;
    const own = influences[u] as number;
    counts[group] = (counts[group] ?? 0) + 1;
    sums[group] = (sums[group] ?? 0) + own;
    squares[group] = (squares[group] ?? 0) + own * own;
    ones += (alone[u] as number) ** 2;
  }
  let variance = 0;
  let scatter = 0;
  counts.forEach((n, group) => {
    const all = squares[group] as number;
    const centred = all - (sums[group] as number) ** 2 / n;
    const own = centred > ROUNDING * all ? centred * n / (n - 1) : 0;
    variance += own;
    scatter += own * own / (n - 1);
  });
  let twos = 0;
  for (const both of pairs.values()) twos += both * both;
  const excess = ones * (1 - partOfFirst(ones, twos));
  return {
    kind: "strata",
    variance: variance > excess ? (variance - excess) / whole ** 2 : 0,
    degreesOfFreedom: scatter > 0 ? variance ** 2 / scatter : 1,
  };
}

/**
 * The pseudo-values G θ − (G − 1) θ₍₋g₎ of a set's number whose units are `G` draws, at least two. Their
 * variance is too large rather than too small (Efron & Stein 1981). Draws have most of their items in
 * common, so that what pairs of them hold says too little of by how much: intervals with the series of
 * independent units covered 87 to 92 of 100 times.
 */
export function pseudoValuesOf(
  { value, without }: Pick<SetRatio, "value" | "without">,
): number[] {
  const G = without.length;
  return Array.from(without, (other) => G * value - (G - 1) * other);
}

/**
 * How the samples of a cell came about, and what that says of the chance in their means, ratios and
 * shares. Prompts that a config lists are all there is: chance is in what was decoded after each of
 * them, and the variances of the prompts add up. Prompts that were drawn are themselves a sample, in
 * every cell, searches among them.
 *
 * Letters: `U` units, `G` draws, `H` strata.
 *
 * @module
 */
import { type Blank, type DrawsSpread, type Estimate, quotient, type Spread } from "./estimate.ts";
import { blankOf, estimateOf, shareOf } from "./intervals.ts";

/** How the prompts of an experiment were chosen: which population its intervals are for. */
export type PromptDesign =
  /** By the config: they are the population. */
  | { readonly prompts: "listed" }
  /** Drawn without replacement: the beginnings of some of so many documents. */
  | { readonly prompts: "drawn"; readonly population: number };

/** The facts about the samples of a cell that their chance depends on. */
export interface SamplingFacts {
  /** How the prompts were chosen. */
  readonly design: PromptDesign;
  /** Whether anything was drawn after the prompts. */
  readonly hasChance: boolean;
  /** `[G]` the prompts; one that was drawn, or listed, again stands there again. */
  readonly prompts: readonly string[];
  /** `[U]` the draw of each unit, from 0 on: what was decoded at once after it. */
  readonly drawOf: Int32Array;
}

/** A spread, or why there is none. */
type Found = { readonly spread: Spread } | { readonly blank: Blank };

/** Values smaller than this part of what they are the difference of come from rounding alone. */
const ROUNDING = 1e-12;

/** The sampling of a cell: makes estimates of sums over its units. */
export class Sampling implements SamplingFacts {
  readonly design: PromptDesign;
  readonly hasChance: boolean;
  readonly prompts: readonly string[];
  readonly drawOf: Int32Array;
  /** `[U]` the stratum of each unit: units after the same prompt share it. */
  readonly stratumOf: Int32Array;
  /** `[H]` how many units each stratum has. */
  readonly sizes: Int32Array;
  /** How many units each draw has, `[G]`. */
  readonly unitsOfDraw: Int32Array;

  /** The sampling with these facts. */
  constructor({ design, hasChance, prompts, drawOf }: SamplingFacts) {
    this.design = design;
    this.hasChance = hasChance;
    this.prompts = prompts;
    this.drawOf = drawOf;
    const strata = new Map([...new Set(prompts)].map((prompt, stratum) => [prompt, stratum]));
    const ofDraw = Int32Array.from(prompts, (prompt) => strata.get(prompt) ?? 0);
    this.stratumOf = drawOf.map((draw) => ofDraw[draw] as number);
    this.sizes = countsOf(this.stratumOf, strata.size);
    this.unitsOfDraw = countsOf(drawOf, prompts.length);
  }

  /** How many units there are. */
  get units(): number {
    return this.drawOf.length;
  }

  /** G. */
  get draws(): number {
    return this.prompts.length;
  }

  /** Σ numerators / Σ denominators, `[U]` each, with Student's interval. */
  ratio(numerators: Float64Array, denominators: Float64Array): Estimate {
    const value = quotient(sumOf(numerators), sumOf(denominators));
    const found = this.#spread(value, numerators, denominators);
    return "blank" in found ? blankOf(value, found.blank) : estimateOf(value, found.spread);
  }

  /** The same of a share: hits of trials, with Korn and Graubard's interval. */
  share(hits: Float64Array, trials: Float64Array): Estimate {
    const value = Math.min(1, quotient(sumOf(hits), sumOf(trials)));
    const found = this.#spread(value, hits, trials);
    return "blank" in found
      ? blankOf(value, found.blank)
      : shareOf(value, found.spread, this.independent);
  }

  /** How many of the things that chance is over there are: units, or draws of prompts. */
  get independent(): number {
    return this.design.prompts === "drawn" ? this.draws : this.units;
  }

  /** Why no estimate has an interval; `undefined` where some may have one. */
  get blank(): Blank | undefined {
    if (this.design.prompts === "drawn") {
      if (this.draws < 2) return "one draw";
      // All that could be drawn, and nothing was drawn after them.
      return !this.hasChance && this.fraction >= 1 ? "no chance" : undefined;
    }
    if (!this.hasChance) return "no chance";
    return this.sizes.some((size) => size < 2) ? "one sample" : undefined;
  }

  /** G/N; 0 for prompts that were not drawn. */
  get fraction(): number {
    const { design } = this;
    return design.prompts === "drawn" ? Math.min(1, this.draws / design.population) : 0;
  }

  /**
   * `[U]` how far each unit moves the ratio of the sums from `value`, to first order: (n − value·d) /
   * Σ d. They add up to 0.
   */
  influences(value: number, numerators: Float64Array, denominators: Float64Array): Float64Array {
    const whole = sumOf(denominators);
    return numerators.map((numerator, u) =>
      residual(numerator, value * (denominators[u] as number)) / whole
    );
  }

  /**
   * The spread of Σ `influences`, `[U]`, given the prompts: Σₕ nₕ sₕ², with Satterthwaite's degrees of
   * freedom (1946), the variances of the strata being independent.
   */
  strataSpread(influences: Float64Array): Spread {
    const variances = this.#stratumVariances(influences);
    const variance = sumOf(variances);
    let squares = 0;
    variances.forEach((own, stratum) => {
      // As a part of the whole: the square of a tiny variance is 0.
      const part = quotient(own, variance);
      squares += part * part / ((this.sizes[stratum] as number) - 1);
    });
    return { kind: "strata", variance, degreesOfFreedom: quotient(1, squares) };
  }

  /**
   * The spread over draws of an estimate with these `pseudoValues`, `[G]`, where `influences`, `[U]`,
   * say how far each unit moves it.
   */
  drawsSpread(pseudoValues: readonly number[], influences: Float64Array): DrawsSpread {
    const spread = { kind: "draws", pseudoValues, fraction: this.fraction } as const;
    if (!this.hasChance) return { ...spread, within: 0 };
    if (this.unitsOfDraw.some((size) => size < 2)) return spread;
    const within = sumOf(variancesWithin(influences, this.drawOf, this.unitsOfDraw));
    return { ...spread, within };
  }

  #spread(value: number, numerators: Float64Array, denominators: Float64Array): Found {
    const { blank } = this;
    if (blank !== undefined) return { blank };
    const whole = sumOf(denominators);
    // Of nothing, such as tokens that were tested, nothing can be said.
    if (whole === 0) return { blank: "all equal" };
    const influences = this.influences(value, numerators, denominators);
    if (this.design.prompts === "listed") return { spread: this.strataSpread(influences) };
    const parts = sumsBy(this.drawOf, numerators, this.draws);
    const wholes = sumsBy(this.drawOf, denominators, this.draws);
    return {
      spread: this.drawsSpread(ratioPseudoValues(value, parts, wholes), influences),
    };
  }

  #stratumVariances(influences: Float64Array): Float64Array {
    return variancesWithin(influences, this.stratumOf, this.sizes);
  }
}

/**
 * `[G]` the pseudo-values of `value`, the ratio of the sums of `parts` and `wholes`, `[G]`: θ + (G −
 * 1)(pg − θ·wg) / (W − wg), which is Gθ − (G − 1)θ₍₋g₎ without its rounding.
 */
export function ratioPseudoValues(
  value: number,
  parts: Float64Array,
  wholes: Float64Array,
): number[] {
  const whole = sumOf(wholes);
  return Array.from(parts, (part, g) => {
    const own = wholes[g] as number;
    const others = whole - own;
    // A draw that is all there is: without it nothing is left.
    if (others <= 0) return value;
    return value + (parts.length - 1) * residual(part, value * own) / others;
  });
}

/** `a` − `b`; 0 where that is rounding alone. */
function residual(a: number, b: number): number {
  const difference = a - b;
  return Math.abs(difference) <= ROUNDING * Math.abs(a) ? 0 : difference;
}

/** The variance of the sum of the values in each group: n·s². Of equal values it is exactly 0. */
function variancesWithin(
  values: Float64Array,
  groupOf: Int32Array,
  sizes: Int32Array,
): Float64Array {
  const means = sumsBy(groupOf, values, sizes.length).map((sum, group) =>
    quotient(sum, sizes[group] as number)
  );
  const variances = new Float64Array(sizes.length);
  for (let u = 0; u < values.length; u++) {
    const group = groupOf[u] as number;
    const deviation = residual(values[u] as number, means[group] as number);
    variances[group] = (variances[group] as number) + deviation * deviation;
  }
  return variances.map((squares, group) => {
    const size = sizes[group] as number;
    return size < 2 ? 0 : squares * size / (size - 1);
  });
}

function countsOf(groupOf: Int32Array, groups: number): Int32Array {
  const counts = new Int32Array(groups);
  for (const group of groupOf) counts[group] = (counts[group] as number) + 1;
  return counts;
}

/** `values`, `[U]`, added up by group. */
export function sumsBy(groupOf: Int32Array, values: Float64Array, groups: number): Float64Array {
  const sums = new Float64Array(groups);
  for (let u = 0; u < values.length; u++) {
    const group = groupOf[u] as number;
    sums[group] = (sums[group] as number) + (values[u] as number);
  }
  return sums;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}

import type { Estimate } from "./estimate.ts";
import { blankOf, shareOf } from "./intervals.ts";
import type { Sampling } from "./sampling.ts";

/** A text that was found after a draw of a prompt. */
export interface FoundText {
  /** The draw, from 0. */
  readonly draw: number;
  /** The probability that is covered with it. */
  readonly mass: number;
  /** The probability of drawing it at a time. */
  readonly chance: number;
}

/**
 * The sum of the masses of the different texts that were found after each draw, as a mean over draws;
 * `texts` has each of a draw's texts once, and `counts`, `[draws]`, how many were drawn.
 *
 * In n trials a text of chance q is missed with a probability of m = (1 − q)ⁿ, so that the variance of
 * what is found is Σ w² m (1 − m), less twice the sum over pairs of w w′ (m m′ − (1 − q − q′)ⁿ), since
 * two texts cannot be found at once. Both are sums over all texts. Those that were found stand for
 * them, each for one over the probability that it was (Horvitz & Thompson 1952): the chance of a text is
 * known, so that none needs to be found twice. For texts that are not drawn one by one with that chance
 * (the best of several, several without replacement) this is an approximation.
 */
export function coveredMass(
  sampling: Sampling,
  texts: Iterable<FoundText>,
  counts: ArrayLike<number>,
): Estimate {
  const { draws, design, blank, hasChance, fraction, units } = sampling;
  const ofDraw = Array.from({ length: draws }, (): FoundText[] => []);
  for (const text of texts) ofDraw[text.draw]?.push(text);
  const masses = ofDraw.map((found) => found.reduce((sum, { mass }) => sum + mass, 0));
  // Rounding may add up to more than all there is.
  const value = Math.min(1, masses.reduce((sum, mass) => sum + mass, 0) / draws);
  if (blank !== undefined) return blankOf(value, blank);
  const parts = ofDraw.map((found, draw) => varianceOfFound(found, counts[draw] as number));
  const total = parts.reduce((sum, { variance }) => sum + variance, 0);
  const variance = total / draws ** 2;
  if (design.prompts === "drawn") {
    const within = hasChance ? variance : 0;
    const spread = { kind: "draws", pseudoValues: masses, within, fraction } as const;
    return shareOf(value, spread, { units: draws, trials: units });
  }
  const scatter = parts.reduce((sum, { scatter }) => sum + scatter, 0);
  // A sum of independent terms whose variance is `scatter`.
  const degreesOfFreedom = scatter > 0 ? Math.max(1, 2 * total ** 2 / scatter) : 1;
  return shareOf(value, { kind: "strata", variance, degreesOfFreedom }, {
    units,
    trials: units,
  });
}

/** With chances below this part of 1/√n, n q q′ is small enough for the first term of its series. */
const SMALL = 0.3;

/** The variance of the mass that is found in `n` trials, and the variance of this variance. */
function varianceOfFound(texts: readonly FoundText[], n: number) {
  const probable: { mass: number; chance: number; missed: number; rate: number }[] = [];
  let variance = 0;
  let scatter = 0;
  let rates = 0;
  for (const { mass, chance } of texts) {
    const exponent = n * Math.log1p(-chance);
    const missed = Math.exp(exponent);
    const own = mass * mass * missed;
    scatter += own * own * missed;
    // Of two rare texts: n w w′ q q′ (1 − q)ⁿ⁻¹ (1 − q′)ⁿ⁻¹, each over the probability of finding it.
    const rate = chance < 1
      ? mass * missed / (1 - chance) * (chance > 0 ? chance / -Math.expm1(exponent) : 1 / n)
      : 0;
    rates += rate;
    variance += own + n * rate * rate;
    if (chance > SMALL / Math.sqrt(n)) probable.push({ mass, chance, missed, rate });
  }
  variance -= n * rates * rates;
  probable.forEach((a, i) => {
    for (const b of probable.slice(0, i)) {
      const neither = Math.max(0, 1 - a.chance - b.chance) ** n;
      const both = 1 - a.missed - b.missed + neither;
      if (both <= 0) continue;
      const common = a.mass * b.mass * (a.missed * b.missed - neither) / both;
      variance += 2 * (n * a.rate * b.rate - common);
    }
  });
  return { variance: Math.max(0, variance), scatter };
}

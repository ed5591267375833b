/**
 * Quantiles of Student's t and of the beta distribution. The library behind them takes a tenth of a
 * second to load, which only happens where something is measured: await {@linkcode loadQuantiles}
 * before.
 *
 * @module
 */
import { importInTurn } from "../files/one_import.ts";
import type { Interval } from "./estimate.ts";

/** The distributions of the library. */
type Distributions = typeof import("../declarations/jstat.d.ts").default;

let loading: Promise<void> | undefined;
let loaded: Distributions | undefined;

/** Loads the library behind this module, once. */
export function loadQuantiles(): Promise<void> {
  return loading ??= importInTurn(async () => {
    // @ts-types="../declarations/jstat.d.ts"
    loaded = (await import("jstat")).default;
  });
}

function distributions(): Distributions {
  if (loaded === undefined) {
    throw new TypeError("Cannot give a quantile: call loadQuantiles() and await it before");
  }
  return loaded;
}

/** By level and degrees of freedom, of which a run has few: finding one takes a search. */
const thresholds = new Map<number, Map<number, number>>();

/** The t with P(|T| ≤ t) = 95 % of Student's distribution (1908) with so many degrees of freedom. */
export function studentQuantile(degreesOfFreedom: number): number {
  return studentThreshold(degreesOfFreedom, 0.05);
}

/**
 * So many degrees of freedom that Student's distribution is the normal one to within 1e-5: with far more
 * the library loses all digits.
 */
const NEARLY_NORMAL = 1e6;

/** The t with P(|T| ≥ t) = `level` of Student's distribution with so many degrees of freedom. */
export function studentThreshold(degrees: number, level: number): number {
  const degreesOfFreedom = Math.min(degrees, NEARLY_NORMAL);
  let known = thresholds.get(level);
  if (known === undefined) thresholds.set(level, known = new Map());
  let t = known.get(degreesOfFreedom);
  if (t === undefined) {
    t = distributions().studentt.inv(1 - level / 2, degreesOfFreedom);
    known.set(degreesOfFreedom, t);
  }
  return t;
}

/**
 * The 95 % interval of a normal distribution's standard deviation, of which a sample with so many degrees
 * of freedom has the standard deviation `deviation`: by the χ² distribution (Helmert, 1876).
 */
export function deviationInterval(deviation: number, degreesOfFreedom: number): Interval {
  const { chisquare } = distributions();
  const at = (p: number): number =>
    deviation * Math.sqrt(degreesOfFreedom / chisquare.inv(p, degreesOfFreedom));
  return { low: at(0.975), high: at(0.025) };
}

/** P(|T| ≥ |t|) of Student's distribution with so many degrees of freedom. */
export function studentP(t: number, degrees: number): number {
  const degreesOfFreedom = Math.min(degrees, NEARLY_NORMAL);
  // By the regularized incomplete beta function, since 1 less a distribution function rounds to 0.
  return distributions().ibeta(
    degreesOfFreedom / (degreesOfFreedom + t * t),
    degreesOfFreedom / 2,
    0.5,
  );
}

/** With so many trials the library loses digits, and far above all of them. */
const MANY_TRIALS = 1e6;

/** With fewer hits than this the low end is below 1e-150, where the library may find NaN. */
const HARDLY_ANY = 0.01;

/** With more hits and more misses than this the score interval is the same to within 1 %, and stabler. */
const MANY = 500;

/**
 * Clopper and Pearson's 95 % interval (1934) for a share of `trials`, of which `hits` are hits: it
 * covers at least as often as it says. Neither needs to be a whole number. With more than 500 of each
 * kind it is Wilson's score interval (1927); with fewer of a kind among more than 1,000,000 trials, those
 * are as good as Poisson's.
 *
 * @throws {RangeError} If there are no trials, or other than 0 to `trials` hits.
 */
export function clopperPearson(hits: number, trials: number): Interval {
  if (!(trials > 0 && hits >= 0 && hits <= trials)) {
    throw new RangeError(
      `Cannot give an interval: expected hits of trials, found ${hits} of ${trials}`,
    );
  }
  const misses = trials - hits;
  if (Math.min(hits, misses) > MANY) return score(hits / trials, trials);
  if (trials > MANY_TRIALS) {
    if (hits <= misses) return rare(hits, trials);
    const { low, high } = rare(misses, trials);
    return { low: 1 - high, high: 1 - low };
  }
  const { beta } = distributions();
  return {
    low: hits < HARDLY_ANY ? 0 : beta.inv(0.025, hits, misses + 1),
    high: misses === 0 ? 1 : beta.inv(0.975, hits + 1, misses),
  };
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

function score(share: number, trials: number): Interval {
  const square = Z * Z / trials;
  const centre = (share + square / 2) / (1 + square);
  const reach = Z / (1 + square) * Math.sqrt((share * (1 - share) + square / 4) / trials);
  return { low: centre - reach, high: centre + reach };
}

/**
 * The interval of a share with few hits in many trials: Garwood's for a Poisson distribution (1936), with
 * the correction that makes it that of a binomial one to within (hits / trials)² (Anderson and Burstein,
 * 1967 and 1968).
 */
function rare(hits: number, trials: number): Interval {
  const { chisquare } = distributions();
  const below = hits < HARDLY_ANY ? 0 : chisquare.inv(0.025, 2 * hits) / 2;
  const above = chisquare.inv(0.975, 2 * hits + 2) / 2;
  return {
    low: below / (trials + (below - hits + 1) / 2),
    high: above / (trials + (above - hits) / 2),
  };
}

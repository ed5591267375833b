/**
 * The tolerances of a command line: how far a metric may be from its old value and still be equal.
 *
 * @module
 */
import { escapeControl } from "../text/characters.ts";
import { expectedOneOf, shown, suggestion } from "../text/suggestions.ts";
import { DiffError } from "./run_files.ts";
import { decimalsIn, numbersIn, rounded } from "./written.ts";

/** How far a metric may be from its old value and still be equal; one bound is enough. */
export interface Tolerance {
  /** In the unit of the metric. */
  readonly absolute: number;
  /** Relative to the old value. */
  readonly relative: number;
}

/** The name for every metric. */
const EVERY = "*";
/** The name for the change of a model's weights. */
const WEIGHTS = "weights";
const NONE: Tolerance = { absolute: 0, relative: 0 };

/** The tolerances of a command line, by metric. */
export class Tolerances {
  readonly #given: ReadonlyMap<string, Tolerance>;

  /** Parses `metric=absolute[,relative]`; the last for a metric counts. Throws a {@linkcode DiffError}. */
  constructor(given: readonly string[]) {
    this.#given = new Map(given.map(parseTolerance));
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#given.size > 0;
  }

  /** The tolerance of `metric`: its own, or else that of every metric. */
  of(metric: string): Tolerance {
    return this.#given.get(metric) ?? this.#given.get(EVERY) ?? NONE;
  }

  /** The tolerance of a model's weights: of the largest change, and of the RMS. */
  get weights(): Tolerance {
    return this.of(WEIGHTS);
  }

  /** Throws a {@linkcode DiffError} for a name that is not one of `metrics`. */
  checkNames(metrics: readonly string[]): void {
    const known = [...new Set([...metrics, WEIGHTS, EVERY])];
    const unknown = [...this.#given.keys()].find((name) => !known.includes(name));
    if (unknown === undefined) return;
    // There are many: they are only listed if none is near.
    const nearest = suggestion(unknown, known);
    const expected = nearest === ""
      ? expectedOneOf(unknown, known)
      : `expected a metric of these runs, found ${shown(unknown)}${nearest}`;
    throw new DiffError(`cannot use --tolerance ${escapeControl(unknown)}: ${expected}`);
  }
}

function parseTolerance(given: string): readonly [string, Tolerance] {
  const number = String.raw`(\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
  const [, metric, absolute, relative = "0"] =
    new RegExp(`^([^=]+)=${number}(?:,${number})?$`, "i").exec(given) ?? [];
  if (metric === undefined || absolute === undefined) {
    throw new DiffError(
      "cannot read --tolerance: expected metric=absolute[,relative], such as " +
        `mean_log_prob=0.01 or "*=0,0.001", found ${shown(given)}`,
    );
  }
  return [metric, { absolute: Number(absolute), relative: Number(relative) }];
}

/**
 * Whether `to` is equal to `from` within the tolerance: written alike or, number for number, |Δ| ≤
 * max(absolute, relative·|old|). A value that only one side has is not.
 */
export function isWithin(
  from: string,
  to: string,
  { absolute, relative }: Tolerance,
): boolean {
  if (from === to) return true;
  const [old, current] = [numbersIn(from), numbersIn(to)];
  if (old === undefined || current?.length !== old.length) return false;
  const decimals = decimalsIn(from, to);
  return old.every((value, i) => {
    const change = rounded((current[i] ?? NaN) - value, decimals);
    return Math.abs(change) <= Math.max(absolute, relative * Math.abs(value));
  });
}

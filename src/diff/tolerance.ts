import { expectedOneOf, shown, suggestion } from "../text/suggestions.ts";
import { DiffError } from "./diff_error.ts";
import { decimalsIn, numbersIn, rounded } from "./measured.ts";
import { escapeControl } from "../text/characters.ts";

/** How far a metric may be from what it was and still pass for the same. */
export interface Tolerance {
  /** By so much, in the metric's unit. */
  readonly absolute: number;
  /** Or by so much of the old value. */
  readonly relative: number;
}

/** The name that stands for every metric. */
const EVERY = "*";
/** The name for what the weights of a model may have moved. */
const WEIGHTS = "weights";
const NONE: Tolerance = { absolute: 0, relative: 0 };

/** The tolerances that a user gave, by metric. */
export class Tolerances {
  readonly #given: ReadonlyMap<string, Tolerance>;

  /** Reads `metric=absolute[,relative]`; the last for a metric holds. Throws a {@linkcode DiffError}. */
  constructor(given: readonly string[]) {
    this.#given = new Map(given.map(parseTolerance));
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#given.size > 0;
  }

  /** That of `metric`: its own, or else that of every metric. */
  of(metric: string): Tolerance {
    return this.#given.get(metric) ?? this.#given.get(EVERY) ?? NONE;
  }

  /** That of a model's weights: of the largest change, and of their RMS. */
  get weights(): Tolerance {
    return this.of(WEIGHTS);
  }

  /** Throws a {@linkcode DiffError} for a name that is none of `metrics`. */
  checkNames(metrics: readonly string[]): void {
    const known = [...new Set([...metrics, WEIGHTS, EVERY])];
    const unknown = [...this.#given.keys()].find((name) => !known.includes(name));
    if (unknown === undefined) return;
    // They are many: all of them are listed only where none is near.
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
 * Whether `to` passes for `from`: written alike or, number for number, |Δ| ≤ max(absolute,
 * relative·|old|). What was measured on one side only never does.
 */
export function passesFor(
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

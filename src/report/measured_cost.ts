/**
 * The cost of speculation on this machine, as `timings.csv` has it, beside what it may cost: for a terminal,
 * since no report has a clock in it.
 *
 * @module
 */
import type { Format } from "../measure/measure.ts";
import { breakEven } from "../measure/speculation.ts";
import type { Ranged, Timing } from "./csv.ts";
import { estimateText } from "./estimate_text.ts";
import type { FoundNumber } from "./findings/finding.ts";
import { codeSpan, type Prose, prose } from "./prose.ts";

/** The parts of a timing that are said. */
export type TimedCost = Pick<Timing, "what" | "inPasses" | "measured">;

/** An interval whose upper end is more than so many times the lower one says nothing. */
const MOST_SPREAD = 4;

const RATIO: { readonly format: Format } = { format: { decimals: 2 } };

/**
 * How long verifying took in `timings`, for the speculative cell that was fastest, beside the break-even
 * among the `numbers` of findings, and whether speculation paid; `undefined` where nothing was
 * timed, or too little to say.
 */
export function measuredCost(
  timings: readonly TimedCost[],
  numbers: readonly FoundNumber[],
): Prose | undefined {
  const [fastest] = timings.filter(({ measured }) => measured !== undefined)
    .toSorted((a, b) => (b.measured?.value ?? 0) - (a.measured?.value ?? 0));
  const [, draftK] = /\bdraft_k=(\d+)/.exec(fastest?.what ?? "") ?? [];
  const pass = draftK === undefined ? undefined : longestPass(timings, Number(draftK) + 1);
  if (fastest?.measured === undefined || pass === undefined) return undefined;
  if ([fastest.measured, pass.cost].some(({ low, high }) => high > MOST_SPREAD * low)) {
    return undefined;
  }
  const limit = numbers.find(({ name, of }) => name === breakEven.name && of === fastest.what);
  const below = limit === undefined
    ? []
    : prose`; ${codeSpan(fastest.what)} would pay below ${
      estimateText(RATIO, limit)
    }, if a pass of the draft took its share of the operations and choosing tokens no time`;
  return prose`Here a target pass over ${String(pass.tokens)} tokens takes ${
    rangedText(pass.cost)
  } passes over one${below}. Timed as a whole, ${outcome(fastest.measured)}: it was ${
    rangedText(fastest.measured)
  } times as fast as token by token.`;
}

/** The timed pass of the target that read the most tokens, `most` at most, and more than one. */
function longestPass(timings: readonly TimedCost[], most: number) {
  const passes = timings.flatMap(({ what, inPasses }) => {
    const [, count] = /^pass of the target, (\d+) tokens$/.exec(what) ?? [];
    const tokens = Number(count);
    return inPasses === undefined || !(tokens <= most) ? [] : [{ tokens, cost: inPasses }];
  });
  return passes.toSorted((a, b) => b.tokens - a.tokens)[0];
}

/** Whether it paid, as far as its interval says. */
function outcome({ low, high }: Ranged): string {
  if (low > 1) return "it pays";
  return high < 1 ? "it does not pay" : "it cannot be told whether it pays";
}

function rangedText({ value, low, high }: Ranged): string {
  return estimateText(RATIO, { value, interval: { low, high } });
}

/**
 * The cost of speculation on this machine, as `timings.csv` has it, beside what it may cost: for a terminal,
 * since no report has a clock in it.
 *
 * @module
 */
import type { Format } from "../measure/measure.ts";
import { breakEven, draftOperations } from "../measure/speculation.ts";
import type { Ranged, Timing } from "./timings_csv.ts";
import { estimateText, numberText } from "./estimate_text.ts";
import type { FoundNumber } from "./findings/finding.ts";
import { codeSpan, listed, type Prose, prose } from "./prose.ts";

/** The parts of a timing that are said. */
export type TimedCost = Pick<
  Timing,
  "stage" | "what" | "inPasses" | "measured" | "predicted" | "verification" | "breakEven"
>;

/** An interval whose upper end is more than so many times the lower one says nothing. */
const MOST_SPREAD = 4;

const RATIO: { readonly format: Format } = { format: { decimals: 2 } };

/**
 * How long verifying took in `timings`, for the speculative cell that was fastest, and below which time
 * it would pay, beside the break-even by operations among the `numbers` of findings; whether speculation
 * paid, up to which batch and with which `draft_k`, or that the times were too unsteady to tell. A time
 * whose interval reaches below zero is no time, and what cannot be told apart is a tie.
 * `undefined` where too little was timed. `isSmall` says that the engine which computed the models is for
 * small ones.
 */
export function measuredCost(
  timings: readonly TimedCost[],
  numbers: readonly FoundNumber[],
  isSmall: boolean,
): Prose | undefined {
  const single = timings.filter(({ stage }) => stage === "one stream");
  const fastest = fastestOf(single);
  const draftK = draftKOf(fastest?.what ?? "");
  const pass = draftK === undefined ? undefined : longestPass(single, draftK + 1);
  if (fastest === undefined || pass === undefined) return undefined;
  if ([fastest.measured, pass.cost].some(isWide)) return UNSTEADY;
  const draft = single.find(({ what }) => what === "pass of the draft, 1 token")?.inPasses;
  const draftCost = draft === undefined || isWide(draft)
    ? []
    : prose`, and one of the draft over a token ${rangedText(draft)}`;
  return [
    ...prose`Here a target pass over ${String(pass.tokens)} tokens takes ${
      rangedText(pass.cost)
    } passes over one${draftCost}. ${limits(fastest, numbers, draft)}Timed as a whole, ${
      outcome(fastest.measured)
    }: it was ${rangedText(fastest.measured)} times as fast as token by token.`,
    ...bestDraftK(single, fastest),
    ...batches(timings),
    ...(isSmall && fastest.measured.high < 1 ? TOO_SMALL : []),
  ];
}

/**
 * How long the target's passes of a cell may take for it to pay, with all else as it takes here, and by
 * operations alone.
 */
function limits(
  { what, verification, breakEven: limit }: TimedCell,
  numbers: readonly FoundNumber[],
  draft: Ranged | undefined,
): Prose {
  if (verification === undefined || limit === undefined || isWide(verification)) return [];
  const ofCell = (measure: { readonly name: string }): FoundNumber | undefined =>
    numbers.find(({ name, of }) => name === measure.name && of === what);
  const [byOperations, counted] = [ofCell(breakEven), ofCell(draftOperations)];
  // A draft that multiplies nothing counts 0.
  const share = counted === undefined || counted.value === 0
    ? ""
    : numberText(draftOperations, counted.value);
  const subject = prose`The target passes of ${codeSpan(what)} take ${
    rangedText(verification)
  } on average`;
  const below = byOperations && estimateText(RATIO, byOperations);
  if (limit.high > 0 && isWide(limit)) {
    return prose`${subject}; how little they would have to take for it to pay was too unsteady to tell${
      limit.low > 0 ? "" : ", or whether it could pay at all"
    }. `;
  }
  if (limit.high > 0) {
    const other = below === undefined
      ? []
      : prose` (${below} if a pass of the draft took its share of the operations${
        share === "" ? "" : `, ${share},`
      } and choosing tokens no time)`;
    return prose`${subject}, and below ${rangedText(limit)} it would pay${other}. `;
  }
  const taken = draft === undefined || isWide(draft) ? "more" : rangedText(draft);
  const difference = share === ""
    ? prose`neither the draft nor choosing tokens counts there; here both take time`
    : prose`there a pass of the draft counts ${share} and choosing tokens nothing; here such a pass takes ${taken}, and choosing takes time, too`;
  const link = below === undefined || counted === undefined
    ? []
    : prose` By operations it would pay below ${below}: ${difference}.`;
  return prose`${subject}; it could not pay even if they took no time, for the draft and the choosing of tokens take longer than decoding token by token.${link} `;
}

/** Where intervals say nothing. */
const UNSTEADY =
  prose`Whether speculation pays here was too unsteady to tell: the intervals in timings.csv are wide. Repeat it with --fresh on a machine that does nothing else.`;

/** Why speculation cannot win where the engine is for small models. */
const TOO_SMALL =
  prose` So small a model cannot win here: its weights stay in the processor's cache, and another row of a pass costs about as much as the first. Speculation pays where weights come from memory, as in models of 100 million parameters: see src/model/README.md.`;

/** A speculative cell that was timed. */
interface TimedCell {
  readonly what: string;
  readonly measured: Ranged;
  readonly predicted?: Ranged | undefined;
  readonly verification?: Ranged | undefined;
  readonly breakEven?: Ranged | undefined;
}

/** The speculative cell that was faster than the others. */
function fastestOf(timings: readonly TimedCost[]): TimedCell | undefined {
  return timings.flatMap(({ measured, ...rest }): TimedCell[] =>
    measured === undefined ? [] : [{ ...rest, measured }]
  ).toSorted((a, b) => b.measured.value - a.measured.value)[0];
}

function draftKOf(what: string): number | undefined {
  const [, draftK] = /\bdraft_k=(\d+)/.exec(what) ?? [];
  return draftK === undefined ? undefined : Number(draftK);
}

/** Which `draft_k` was best, where cells differ in nothing else, measured and as their parts add up. */
function bestDraftK(timings: readonly TimedCost[], fastest: TimedCell): Prose {
  const others = (what: string): string => what.replace(/\bdraft_k=\d+/, "");
  const like = timings.flatMap(({ what, measured, predicted }) => {
    const draftK = draftKOf(what);
    return measured === undefined || draftK === undefined || others(what) !== others(fastest.what)
      ? []
      : [{ draftK, measured, predicted }];
  });
  if (like.length < 2) return [];
  const measured = bestOf(like.map(({ draftK, measured }) => ({ draftK, speed: measured })));
  // Of a draft that is no model a cell has no times to add up.
  const predicted = bestOf(
    like.flatMap(({ draftK, predicted }) =>
      predicted === undefined || !Number.isFinite(predicted.value)
        ? []
        : [{ draftK, speed: predicted }]
    ),
  );
  const tried = like.map(({ draftK }) => draftK).toSorted((a, b) => a - b);
  return prose` Of ${codeSpan("draft_k")} ${
    listed(tried.map((draftK) => prose`${draftK}`))
  } the best was ${tieText(measured)}${
    predicted.length === 0
      ? ""
      : prose` as measured, and ${
        tieText(predicted)
      } as predicted from the times of passes and of choosing tokens`
  }.`;
}

/** The fastest, and those that cannot be told from it since their intervals overlap, in order. */
function bestOf(
  all: readonly { readonly draftK: number; readonly speed: Ranged }[],
): readonly number[] {
  const [best] = all.toSorted((a, b) => b.speed.value - a.speed.value);
  return best === undefined
    ? []
    : all.filter((one) => one === best || one.speed.high >= best.speed.low)
      .map(({ draftK }) => draftK).toSorted((a, b) => a - b);
}

/** `4`, or `4 or 8 (a tie)`. */
function tieText(best: readonly number[]): Prose {
  const names = listed(best.map((draftK) => prose`${draftK}`), "or");
  return best.length > 1 ? prose`${names} (a tie)` : names;
}

/** How much faster the fastest cell of each batch was, and where it stops paying. */
function batches(timings: readonly TimedCost[]): Prose {
  const byStreams = Map.groupBy(timings, ({ stage }) => stage);
  const sizes = [...byStreams].flatMap(([stage, own]) => {
    const [, streams] = /^(\d+) streams$/.exec(stage) ?? [];
    const fastest = fastestOf(own);
    return streams === undefined || fastest === undefined
      ? []
      : [{ streams: Number(streams), ...fastest }];
  });
  if (sizes.length === 0) return [];
  const stops = sizes.find(({ measured }) => measured.low <= 1);
  const end = stops === undefined
    ? "it pays in all of them"
    : `${
      stops.measured.high < 1 ? "it does not pay" : "it cannot be told whether it pays"
    } at ${stops.streams}`;
  return prose` In batches of ${
    listed(sizes.map(({ streams }) => prose`${streams}`))
  } texts the fastest was ${
    listed(sizes.map(({ measured }) => prose`${rangedText(measured)}`))
  } times as fast as token by token: ${end}.`;
}

/** Whether an interval says nothing. */
function isWide({ low, high }: Ranged): boolean {
  return high > MOST_SPREAD * low;
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

/**
 * How long speculative decoding takes, and decoding token by token, at one text at a time or in batches:
 * all of it, its passes, and the choosing of tokens. What follows of that is in `speed_ups.ts`.
 *
 * @module
 */
import type { LanguageModel } from "../model/language_model.ts";
import type { RandomStream } from "../random/random_stream.ts";
import type { Ranged } from "../report/timings_csv.ts";
import { type Clock, timeInRounds, type Work } from "./interleaved_rounds.ts";
import { evenly, passKinds, singlePass } from "./pass_kinds.ts";
import { type Beginning, recordTexts } from "./recorded_texts.ts";
import { RepeatedPasses } from "./repeated_passes.ts";
import { ranged } from "./round_medians.ts";
import {
  choosing,
  comparison,
  ratioOf,
  type Recording,
  RoundTimes,
  type SpeculativePair,
  type SpeedUps,
  type Verification,
} from "./speed_ups.ts";

/** How to time. */
export interface SpeculationOptions {
  /** The texts begin with these in turn; at least one. */
  readonly beginnings: readonly Beginning[];
  /** The name of a model. */
  readonly nameOf: (model: LanguageModel) => string;
  /** The source of the texts, and of the order of rounds. */
  readonly random: RandomStream;
  /** How many texts at a time: each of these. By default one; if others are given, one is first. */
  readonly streams?: readonly [1, ...number[]];
  /** For all of it, about, seconds. */
  readonly seconds: number;
  /**
   * It takes about so many seconds at most: first there are fewer rounds, then no larger batches, and where
   * even one text at a time takes too long, nothing is timed. No end if left out.
   */
  readonly limit?: number;
  /** Tells the time. */
  readonly clock: Clock;
  /** Called before each piece of work, with the seconds that have passed: may throw, which ends it all. */
  readonly between?: (passed: number) => void;
}

/** The time of one kind of work. */
export interface WorkTime {
  /** The work. */
  readonly what: string;
  /** How many texts at a time. */
  readonly streams: number;
  /** The things that are counted; a pass reads a batch of all streams. */
  readonly unit: "passes" | "tokens";
  /** How many of them were timed. */
  readonly count: number;
  /** Seconds for one: the median of the rounds. */
  readonly each: Ranged;
  /** Of a pass: how long it takes, in passes of the target that read one token of each stream. */
  readonly inPasses?: Ranged;
  /** Of a speculative strategy. */
  readonly speedUps?: SpeedUps;
  /** Likewise, where there are passes of the target that read one token. */
  readonly verification?: Verification;
}

/** The share of the time that recording takes, for all strategies. */
const RECORDING = 0.2;
/** Passes of one kind that are timed in turn, with as much text before them as those that occur. */
const PASSES = 8;
/** Fewer, at least two, where so many would take longer than this, seconds. */
const PASSES_SECONDS = 0.1;

/** Batches are begun if so many rounds seem to fit, at the most that they may take. */
const ROUNDS_AHEAD = 4;

/**
 * Times the passes, and then each strategy and the choosing of its tokens, plain ones first; all of it
 * for one number of streams after the other, but choosing, which is the same for all.
 */
export function timeSpeculation(
  pairs: readonly SpeculativePair[],
  options: SpeculationOptions,
): WorkTime[] {
  const { beginnings, nameOf, random, streams = [1], seconds, limit = Infinity, clock } = options;
  const plains = new Map(pairs.map(({ plain }) => [plain.label, plain]));
  const strategies = [...plains.values(), ...pairs.map(({ own }) => own)];
  const limits = {
    seconds: RECORDING * seconds / (strategies.length * streams.length),
    clock,
  };
  const began = clock();
  const passed = (): number => clock() - began;
  const between = (): void => options.between?.(passed());
  const recordings = strategies.map(({ label, strategy }): Recording => {
    between();
    return { label, texts: recordTexts(strategy, beginnings, random.child(label), limits) };
  });
  const recorded = recordings.reduce((sum, { texts: { passes } }) => sum + passes.length, 0);
  const passes = Math.floor(PASSES_SECONDS * recorded / passed());
  const times = new RoundTimes();
  const result: WorkTime[] = [];
  let timedPairs = pairs;
  /** The seconds that a round took for a text of a strategy: of more texts it takes as many times that. */
  let perText = 0;
  for (const [i, size] of streams.entries()) {
    const labels = new Set(timedPairs.flatMap(({ own, plain }) => [own.label, plain.label]));
    const texts = recordings.filter(({ label }) => labels.has(label));
    if (passed() + ROUNDS_AHEAD * size * texts.length * perText > limit) break;
    const kinds = passKinds(texts.map(({ texts }) => texts), beginnings[0]?.target, nameOf);
    const single = singlePass(kinds, beginnings, nameOf);
    const repeated: RepeatedPasses[] = [];
    try {
      const works = [
        ...kinds.map((kind): TimedWork => {
          between();
          const least = limit === Infinity ? 2 : 1;
          const most = Math.max(least, size, Math.min(PASSES, passes));
          const own = new RepeatedPasses(evenly(kind.passes, most), size);
          repeated.push(own);
          return { what: kind.what, unit: "passes", once: own.once };
        }),
        ...texts.flatMap(({ label, texts }): TimedWork[] =>
          size > 1 ? [{ what: label, unit: "tokens", once: texts.decodeTogether(size) }] : [
            { what: label, unit: "tokens", once: texts.decode },
            { what: choosing(label), unit: "tokens", once: texts.choose },
          ]
        ),
      ];
      const start = passed();
      const share = Math.max(0, limit - start) / (streams.length - i);
      const durations = timeInRounds(works.map(({ once }) => once), {
        seconds: Math.min((1 - RECORDING) * seconds / streams.length, share),
        limit: limit - start,
        random: random.child("order", size),
        clock,
        between,
      });
      const rounds = durations[0]?.length ?? 0;
      if (rounds === 0) break;
      perText = (passed() - start) / (rounds * size * texts.length);
      const own = times.add(size, works, durations, random.child("drawn rounds", size));
      for (const { what, unit } of works) {
        const pair = timedPairs.find(({ own }) => own.label === what);
        result.push({
          what,
          streams: size,
          unit,
          count: own.count(what),
          each: ranged(own.medians(what)),
          ...(unit === "passes" && single !== undefined
            ? { inPasses: ratioOf(own.medians(what), own.medians(single)) }
            : {}),
          ...(pair && comparison(pair, size, { kinds, single }, recordings, times)),
        });
      }
    } finally {
      for (const passes of repeated) passes.close();
    }
    if (size === 1) timedPairs = fastestOfEach(pairs, result);
  }
  return result;
}

/** The pairs without a family, and of each family the one that was fastest. */
function fastestOfEach(
  pairs: readonly SpeculativePair[],
  times: readonly WorkTime[],
): SpeculativePair[] {
  const speedOf = ({ own: { label } }: SpeculativePair): number =>
    times.find(({ what }) => what === label)?.speedUps?.measured.value ?? 0;
  return pairs.filter((pair) => {
    if (pair.family === undefined) return true;
    const family = pairs.filter(({ family }) => family === pair.family);
    return family.toSorted((a, b) => speedOf(b) - speedOf(a))[0] === pair;
  });
}

/** Work that is timed, and its name. */
interface TimedWork {
  readonly what: string;
  readonly unit: WorkTime["unit"];
  readonly once: Work;
}

/**
 * How fast speculative decoding is at one text at a time, beside decoding token by token, and how much
 * of that its passes explain.
 *
 * A prediction adds up the parts of the texts that were timed, each part measured by itself: their
 * passes, each at the median time of passes of its model with as many rows, and the choosing of their
 * tokens. So proposals have the lengths, and passes the text before them, that occur. By passes alone it
 * is the ratio of theory (Leviathan, Kalman & Matias, 2023, theorem 3.8) with the number of tokens and
 * the lengths of the proposals as they were, in place of α and γ, which do not know that texts end.
 *
 * @module
 */
import type { LanguageModel } from "../model/language_model.ts";
import type { RandomStream } from "../random/random_stream.ts";
import type { Ranged } from "../report/csv.ts";
import {
  type Clock,
  type Duration,
  secondsEach,
  timeInRounds,
  type Work,
} from "./interleaved_rounds.ts";
import {
  type Beginning,
  type Pass,
  type RecordedTexts,
  recordTexts,
  RepeatedPasses,
  type StrategyOfModels,
} from "./recorded_texts.ts";
import { combined, drawRounds, medians, ranged, type Replicated } from "./round_medians.ts";

/** A strategy and its name in tables. */
export interface NamedStrategy {
  /** The name; strategies with the same one are the same. */
  readonly label: string;
  /** Makes it. */
  readonly strategy: StrategyOfModels;
}

/** A speculative strategy, and what decodes token by token with the same warpers. */
export interface SpeculativePair {
  /** The one that speculates. */
  readonly own: NamedStrategy;
  /** The one that does not. */
  readonly plain: NamedStrategy;
}

/** How to time. */
export interface SpeculationOptions {
  /** The texts begin with these in turn; at least one. */
  readonly beginnings: readonly Beginning[];
  /** The name of a model. */
  readonly nameOf: (model: LanguageModel) => string;
  /** The source of the texts, and of the order of rounds. */
  readonly random: RandomStream;
  /** For all of it, about, seconds. */
  readonly seconds: number;
  /** Tells the time. */
  readonly clock: Clock;
}

/** The time of one kind of work. */
export interface WorkTime {
  /** The work. */
  readonly what: string;
  /** The things that are counted. */
  readonly unit: "passes" | "tokens";
  /** How many of them were timed. */
  readonly count: number;
  /** Seconds for one: the median of the rounds. */
  readonly each: Ranged;
  /** Of a pass: how long it takes, in passes of the target that read one token. */
  readonly inPasses?: Ranged;
  /** Of a speculative strategy. */
  readonly speedUps?: SpeedUps;
}

/** How many times faster a strategy is than decoding token by token. */
export interface SpeedUps {
  /** As measured: the ratio of the medians of the same rounds. */
  readonly measured: Ranged;
  /** As its passes and the choosing of tokens add up. */
  readonly predicted: Ranged;
  /** The same if choosing took no time. */
  readonly ofPasses: Ranged;
}

/** The share of the time that recording takes, for all strategies. */
const RECORDING = 0.2;
/** Passes of one kind that are timed in turn, with as much text before them as those that occur. */
const PASSES = 8;

/** Times the passes, and then each strategy and the choosing of its tokens, plain ones first. */
export function timeSpeculation(
  pairs: readonly SpeculativePair[],
  { beginnings, nameOf, random, seconds, clock }: SpeculationOptions,
): WorkTime[] {
  const plains = new Map(pairs.map(({ plain }) => [plain.label, plain]));
  const strategies = [...plains.values(), ...pairs.map(({ own }) => own)];
  const limits = { seconds: RECORDING * seconds / strategies.length, clock };
  const recordings = strategies.map(({ label, strategy }) => ({
    label,
    texts: recordTexts(strategy, beginnings, random.child(label), limits),
  }));
  const kinds = passKinds(recordings.map(({ texts }) => texts), nameOf);
  const repeated = kinds.map(({ passes }) => new RepeatedPasses(evenly(passes, PASSES)));
  try {
    const works: readonly TimedWork[] = [
      ...kinds.map(({ what }, i): TimedWork => ({
        what,
        unit: "passes",
        once: (repeated[i] as RepeatedPasses).once,
      })),
      ...recordings.flatMap(({ label, texts }): TimedWork[] => [
        { what: label, unit: "tokens", once: texts.decode },
        { what: choosing(label), unit: "tokens", once: texts.choose },
      ]),
    ];
    const durations = timeInRounds(works.map(({ once }) => once), {
      seconds: (1 - RECORDING) * seconds,
      random: random.child("order"),
      clock,
    });
    const times = new RoundTimes(works, durations, random.child("drawn rounds"));
    const single = singlePass(kinds, beginnings, nameOf);
    return works.map(({ what, unit }): WorkTime => {
      const pair = pairs.find(({ own }) => own.label === what);
      const time = {
        what,
        unit,
        count: times.count(what),
        each: ranged(times.medians(what)),
        ...(unit === "passes" && single !== undefined
          ? { inPasses: ratioOf(times.medians(what), times.medians(single)) }
          : {}),
      };
      if (pair === undefined) return time;
      return { ...time, speedUps: speedUps(pair, kinds, recordings, times) };
    });
  } finally {
    for (const passes of repeated) passes.close();
  }
}

/** Work that is timed, and its name. */
interface TimedWork {
  readonly what: string;
  readonly unit: WorkTime["unit"];
  readonly once: Work;
}

/** The name of the passes of the target that read one token after others, if there are any. */
function singlePass(
  kinds: readonly PassKind[],
  [beginning]: readonly Beginning[],
  nameOf: SpeculationOptions["nameOf"],
): string | undefined {
  if (beginning === undefined) return undefined;
  const name = laterPass(1, nameOf(beginning.target));
  return kinds.find(({ what }) => what === name)?.what;
}

/** One median over another of the same rounds. */
function ratioOf(of: Replicated, than: Replicated): Ranged {
  return ranged(combined([of, than], ([a = NaN, b = NaN]) => a / b));
}

function choosing(label: string): string {
  return `choosing tokens: ${label}`;
}

/** The durations of works, by their names. */
class RoundTimes {
  readonly #durations: ReadonlyMap<string, readonly Duration[]>;
  readonly #draws: ReturnType<typeof drawRounds>;
  readonly #medians = new Map<string, Replicated>();

  constructor(
    works: readonly TimedWork[],
    durations: readonly (readonly Duration[])[],
    random: RandomStream,
  ) {
    this.#durations = new Map(works.map(({ what }, i) => [what, durations[i] ?? []]));
    this.#draws = drawRounds(durations[0]?.length ?? 0, random);
  }

  /** How often it was done. */
  count(what: string): number {
    return this.#of(what).reduce((sum, { count }) => sum + count, 0);
  }

  /** The median seconds for one. */
  medians(what: string): Replicated {
    const known = this.#medians.get(what) ?? medians(this.#of(what).map(secondsEach), this.#draws);
    this.#medians.set(what, known);
    return known;
  }

  #of(what: string): readonly Duration[] {
    const found = this.#durations.get(what);
    if (found !== undefined) return found;
    throw new TypeError(`Cannot find a time: nothing named "${what}" was timed`);
  }
}

/** Texts of one of the strategies. */
interface Recording {
  readonly label: string;
  readonly texts: RecordedTexts;
}

function speedUps(
  { own, plain }: SpeculativePair,
  kinds: readonly PassKind[],
  recordings: readonly Recording[],
  times: RoundTimes,
): SpeedUps {
  /** Seconds of passes for a token. */
  const inPasses = (label: string): Replicated => {
    const texts = recordings.find((recording) => recording.label === label)?.texts;
    if (texts === undefined) throw new TypeError(`Cannot predict: no text of ${label} was decoded`);
    const counts = kinds.map(({ countIn }) => countIn.get(texts) ?? 0);
    return combined(
      kinds.map(({ what }) => times.medians(what)),
      (seconds) =>
        seconds.reduce((sum, each, kind) => sum + (counts[kind] as number) * each, 0) /
        texts.choices,
    );
  };
  const [ownPasses, plainPasses] = [inPasses(own.label), inPasses(plain.label)];
  const parts = [
    plainPasses,
    times.medians(choosing(plain.label)),
    ownPasses,
    times.medians(choosing(own.label)),
  ];
  return {
    measured: ranged(
      combined([times.medians(plain.label), times.medians(own.label)], ([a = 0, b = 0]) => a / b),
    ),
    predicted: ranged(combined(parts, ([a = 0, b = 0, c = 0, d = 0]) => (a + b) / (c + d))),
    ofPasses: ranged(combined([plainPasses, ownPasses], ([a = 0, b = 0]) => a / b)),
  };
}

/** Passes of one model that read as many tokens. */
interface PassKind {
  readonly what: string;
  readonly passes: readonly Pass[];
  /** How many of them occur in each of the recorded texts. */
  readonly countIn: ReadonlyMap<RecordedTexts, number>;
}

/** The kinds of passes that occur. First ones of texts, which read the prompt, have kinds of their own. */
function passKinds(
  recordings: readonly RecordedTexts[],
  nameOf: (model: LanguageModel) => string,
): PassKind[] {
  const kinds = new Map<string, { passes: Pass[]; countIn: Map<RecordedTexts, number> }>();
  for (const texts of recordings) {
    for (const pass of texts.passes) {
      const what = passName(pass, nameOf(pass.model));
      const kind = kinds.get(what) ?? { passes: [] as Pass[], countIn: new Map() };
      kinds.set(what, kind);
      kind.passes.push(pass);
      kind.countIn.set(texts, (kind.countIn.get(texts) ?? 0) + 1);
    }
  }
  return [...kinds].map(([what, kind]): PassKind => ({ what, ...kind }))
    .sort((a, b) => a.what.localeCompare(b.what, "en", { numeric: true }));
}

/** Such as `pass of the target, 3 tokens`; after the prompt a first pass may read proposals. */
function passName({ before, tokens, rows }: Pass, model: string): string {
  if (before.length > 0) return laterPass(tokens.length, model);
  const read = rows - 1;
  return `first pass of the ${model}, prompt${read === 0 ? "" : ` and ${tokensText(read)}`}`;
}

function laterPass(tokens: number, model: string): string {
  return `pass of the ${model}, ${tokensText(tokens)}`;
}

function tokensText(tokens: number): string {
  return `${tokens} ${tokens === 1 ? "token" : "tokens"}`;
}

/** At most `most` of `passes`: at even distances in the order of how many tokens they read. */
function evenly(passes: readonly Pass[], most: number): Pass[] {
  const length = ({ before, tokens }: Pass): number => before.length + tokens.length;
  const sorted = passes.toSorted((a, b) => length(a) - length(b));
  if (sorted.length <= most) return sorted;
  return Array.from(
    { length: most },
    (_, i) => sorted[Math.floor((i + 0.5) * sorted.length / most)] as Pass,
  );
}

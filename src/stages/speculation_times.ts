/**
 * How fast speculative decoding is, beside decoding token by token, at one text at a time or in batches,
 * and how much of that its passes explain.
 *
 * A prediction adds up the parts of the texts that were timed, each part measured by itself: their
 * passes, each at the median time of passes of its model with as many rows, and the choosing of their
 * tokens. So proposals have the lengths, and passes the text before them, that occur. By passes alone it
 * is the ratio of theory (Leviathan, Kalman & Matias, 2023, theorem 3.8) with the number of tokens and
 * the lengths of the proposals as they were, in place of α and γ, which do not know that texts end.
 *
 * For batches the passes are those of the texts one at a time, each done by all streams together: as if
 * streams never fell out of step.
 *
 * @module
 */
import type { Role } from "../decode/strategy.ts";
import type { LanguageModel } from "../model/language_model.ts";
import type { RandomStream } from "../random/random_stream.ts";
import type { Ranged } from "../report/timings_csv.ts";
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
import {
  combined,
  drawRounds,
  medians,
  ranged,
  type Replicated,
  type RoundDraws,
} from "./round_medians.ts";

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
  /** Of pairs with the same one only the fastest at one text is timed in batches; all if left out. */
  readonly family?: string;
}

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

/** How many times faster a strategy is than decoding token by token. */
export interface SpeedUps {
  /** As measured: the ratio of the medians of the same rounds. */
  readonly measured: Ranged;
  /** As its passes and the choosing of tokens add up. */
  readonly predicted: Ranged;
  /** The same if choosing took no time. */
  readonly ofPasses: Ranged;
}

/** What the target's passes of a speculative strategy take, in those that read one token of each stream. */
export interface Verification {
  /** How long they take on average. */
  readonly taken: Ranged;
  /**
   * How long they may take for it to be as fast as token by token, with the passes of the draft and the
   * choosing of tokens as they are. Below 0 it could not be.
   */
  readonly breakEven: Ranged;
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

/** The durations of works. */
class RoundTimes {
  readonly #byStreams = new Map<number, StreamTimes>();

  /** Those with so many texts at a time, by work and round. */
  add(
    streams: number,
    works: readonly TimedWork[],
    durations: readonly (readonly Duration[])[],
    random: RandomStream,
  ): StreamTimes {
    const own = new StreamTimes(
      new Map(works.map(({ what }, i) => [what, durations[i] ?? []])),
      drawRounds(durations[0]?.length ?? 0, random),
    );
    this.#byStreams.set(streams, own);
    return own;
  }

  /** Those with so many texts at a time. */
  at(streams: number): StreamTimes {
    const found = this.#byStreams.get(streams);
    if (found !== undefined) return found;
    throw new TypeError(`Cannot find times: nothing was timed at ${streams} streams`);
  }
}

/** The durations of works with one number of texts at a time, by their names. */
class StreamTimes {
  readonly #durations: ReadonlyMap<string, readonly Duration[]>;
  readonly #draws: RoundDraws;
  readonly #medians = new Map<string, Replicated>();

  constructor(durations: ReadonlyMap<string, readonly Duration[]>, draws: RoundDraws) {
    this.#durations = durations;
    this.#draws = draws;
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

/** A speculative strategy beside decoding token by token. */
function comparison(
  { own, plain }: SpeculativePair,
  streams: number,
  { kinds, single }: { readonly kinds: readonly PassKind[]; readonly single: string | undefined },
  recordings: readonly Recording[],
  times: RoundTimes,
): Pick<WorkTime, "speedUps" | "verification"> {
  const together = times.at(streams);
  const textsOf = ({ label }: NamedStrategy): RecordedTexts => {
    const texts = recordings.find((recording) => recording.label === label)?.texts;
    if (texts === undefined) throw new TypeError(`Cannot predict: no text of ${label} was decoded`);
    return texts;
  };
  /** Seconds of some passes for a token of each stream: as they were, or without drawing in them. */
  const inPasses = (
    named: NamedStrategy,
    which: "countIn" | "readingIn",
    role?: PassKind["role"],
  ): Replicated => {
    const texts = textsOf(named);
    const counts = kinds.map((kind) =>
      role === undefined || kind.role === role ? kind[which].get(texts) ?? 0 : 0
    );
    return combined(
      kinds.map(({ what }) => together.medians(what)),
      (seconds) =>
        seconds.reduce((sum, each, kind) => sum + (counts[kind] as number) * each, 0) /
        texts.choices,
    );
  };
  /** Seconds of choosing a token of each stream. */
  const inChoosing = ({ label }: NamedStrategy): Replicated =>
    combined([times.at(1).medians(choosing(label))], ([seconds = 0]) => streams * seconds);
  const parts = [plain, own].flatMap((one) => [inPasses(one, "countIn"), inChoosing(one)]);
  const reading = [plain, own].map((one) => inPasses(one, "readingIn"));
  const measured = [together.medians(plain.label), together.medians(own.label)];
  const speedUps = {
    measured: ranged(combined(measured, ([a = 0, b = 0]) => a / b)),
    predicted: ranged(combined(parts, ([a = 0, b = 0, c = 0, d = 0]) => (a + b) / (c + d))),
    ofPasses: ranged(combined(reading, ([a = 0, b = 0]) => a / b)),
  };
  if (single === undefined) return { speedUps };
  const texts = textsOf(own);
  const passes = kinds.filter(({ role }) => role === "target")
    .reduce((sum, { countIn }) => sum + (countIn.get(texts) ?? 0), 0) / texts.choices;
  const [one, theirs] = [together.medians(single), inPasses(own, "countIn", "target")];
  const rest = [...parts.slice(0, 2), inPasses(own, "countIn", "draft"), inChoosing(own)];
  return {
    speedUps,
    verification: {
      taken: ranged(combined([theirs, one], ([a = 0, b = 0]) => a / passes / b)),
      breakEven: ranged(
        combined(
          [...rest, one],
          ([a = 0, b = 0, c = 0, d = 0, e = 0]) => (a + b - c - d) / passes / e,
        ),
      ),
    },
  };
}

/** Passes of one model that read as many tokens. */
interface PassKind {
  readonly what: string;
  readonly role: Role;
  readonly passes: readonly Pass[];
  /** How many of them occur in each of the recorded texts. */
  readonly countIn: Counts;
  /** How many would if no engine drew tokens: to draw one is to choose it, wherever that is done. */
  readonly readingIn: Counts;
}

type Counts = Map<RecordedTexts, number>;

/** The kinds of passes that occur. First ones of texts, which read the prompt, have kinds of their own. */
function passKinds(
  recordings: readonly RecordedTexts[],
  target: LanguageModel | undefined,
  nameOf: (model: LanguageModel) => string,
): PassKind[] {
  const kinds = new Map<string, Omit<PassKind, "what"> & { readonly passes: Pass[] }>();
  const kindOf = (pass: Pass) => {
    const what = passName(pass, nameOf(pass.model));
    const known = kinds.get(what) ?? {
      role: pass.model === target ? "target" : "draft",
      passes: [] as Pass[],
      countIn: new Map(),
      readingIn: new Map(),
    };
    kinds.set(what, known);
    known.passes.push(pass);
    return known;
  };
  const addTo = (counts: Counts, texts: RecordedTexts): void =>
    void counts.set(texts, (counts.get(texts) ?? 0) + 1);
  for (const texts of recordings) {
    for (const pass of texts.passes) {
      const kind = kindOf(pass);
      addTo(kind.countIn, texts);
      const reading = pass.draw === undefined ? kind : kindOf({ ...pass, draw: undefined });
      addTo(reading.readingIn, texts);
    }
  }
  return [...kinds].map(([what, kind]): PassKind => ({ what, ...kind }))
    .sort((a, b) => a.what.localeCompare(b.what, "en", { numeric: true }));
}

/** Such as `pass of the target, 3 tokens`; after the prompt a first pass may read proposals. */
function passName({ before, tokens, rows, draw }: Pass, model: string): string {
  const drawn = draw === undefined ? "" : ", drawing";
  if (before.length > 0) return laterPass(tokens.length, model) + drawn;
  const read = rows - 1;
  const proposals = read === 0 ? "" : ` and ${tokensText(read)}`;
  return `first pass of the ${model}, prompt${proposals}${drawn}`;
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

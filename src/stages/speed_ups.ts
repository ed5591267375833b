/**
 * How many times faster a speculative strategy is than decoding token by token, and how much of that its
 * passes explain.
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
import type { RandomStream } from "../random/random_stream.ts";
import type { Ranged } from "../report/timings_csv.ts";
import { type Duration, secondsEach } from "./interleaved_rounds.ts";
import type { PassKind } from "./pass_kinds.ts";
import type { RecordedTexts, StrategyOfModels } from "./recorded_texts.ts";
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

/** How many times faster a strategy is than decoding token by token. */
export interface SpeedUps {
  /** As measured: the ratio of the medians of the same rounds. */
  readonly measured: Ranged;
  /** As its passes and the choosing of tokens add up. */
  readonly predicted: Ranged;
  /** The same if choosing took no time. */
  readonly ofPasses: Ranged;
}

/** The cost of the target's passes of a speculative strategy, in those that read one token of each stream. */
export interface Verification {
  /** How long they take on average. */
  readonly taken: Ranged;
  /**
   * How long they may take for it to be as fast as token by token, with the passes of the draft and the
   * choosing of tokens as they are. Below 0 it could not be.
   */
  readonly breakEven: Ranged;
}

/** A speculative strategy beside decoding token by token. */
export interface Comparison {
  /** How many times faster it is. */
  readonly speedUps: SpeedUps;
  /** Where there are passes of the target that read one token. */
  readonly verification?: Verification;
}

/** Texts of one of the strategies. */
export interface Recording {
  /** The strategy. */
  readonly label: string;
  /** The texts that it recorded. */
  readonly texts: RecordedTexts;
}

/** One median over another of the same rounds. */
export function ratioOf(of: Replicated, than: Replicated): Ranged {
  return ranged(combined([of, than], ([a = NaN, b = NaN]) => a / b));
}

/** The name of the choosing of tokens of a strategy. */
export function choosing(label: string): string {
  return `choosing tokens: ${label}`;
}

/** The durations of works. */
export class RoundTimes {
  readonly #byStreams = new Map<number, StreamTimes>();

  /** Those with so many texts at a time, by work and round. */
  add(
    streams: number,
    works: readonly { readonly what: string }[],
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
export class StreamTimes {
  readonly #durations: ReadonlyMap<string, readonly Duration[]>;
  readonly #draws: RoundDraws;
  readonly #medians = new Map<string, Replicated>();

  /** Of works by their names; `draws` say which rounds their intervals are drawn from. */
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

/** A speculative strategy beside decoding token by token. */
export function comparison(
  { own, plain }: SpeculativePair,
  streams: number,
  { kinds, single }: { readonly kinds: readonly PassKind[]; readonly single: string | undefined },
  recordings: readonly Recording[],
  times: RoundTimes,
): Comparison {
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

/**
 * The algorithm of beam search, in groups that compete among themselves: plain beam search has one.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import { NO_LOGITS, type Sequence, type Token } from "../../model/language_model.ts";
import { logNormaliser } from "../distribution.ts";
import { logProbabilityOf } from "../ending.ts";
import {
  type DecodeRequest,
  type DecodeResult,
  type Decoding,
  limitReached,
  noCosts,
} from "../strategy.ts";
import { Candidates, type Live, passOn, read } from "./live_beams.ts";
import {
  type Complete,
  contender,
  emptyPrefix,
  extended,
  nothingSelected,
  type Prefix,
  searchResult,
  tokensOf,
} from "./prefix.ts";

/** How beams are kept and texts compared. */
export interface BeamOptions {
  /** Texts returned, at most `beamWidth`; default 1. */
  readonly nBest?: number;
  /**
   * α in score / lengthᵅ, by which finished texts are compared: the score is the log-probability,
   * the length counts the generated tokens and the stop token. Not negative; default 0, the log-probability.
   */
  readonly lengthPenalty?: number;
  /**
   * Whether to stop as soon as as many texts as there are beams have ended. Default `false`: to stop
   * when no beam can become a text that is better than the worst of those to be returned.
   */
  readonly earlyStopping?: boolean;
}

/** Groups of beams, which choose one after the other (Vijayakumar et al., 2018). */
export interface Groups {
  /** How many groups there are. */
  readonly count: number;
  /** Beams in each. */
  readonly width: number;
  /** Subtracted from a token's score, nats, for each earlier choice of it at this length. */
  readonly penalty: number;
}

/**
 * Beam search: at each length every beam is continued in every way and the best live on; all are read
 * in one pass. Every group begins with the one beam that there is; the best texts are taken group by
 * group.
 */
export function* beamSearch(
  request: DecodeRequest,
  groups: Groups,
  options: BeamOptions,
): Decoding<DecodeResult> {
  const { target, prompt } = request;
  const costs = noCosts();
  const prefix = emptyPrefix(prompt);
  const stop = limitReached(request, 0);
  if (stop !== undefined) return searchResult([{ ...prefix, stop }], costs);
  const competitors = Array.from(
    { length: groups.count },
    (_, number) => new BeamGroup(number, request, groups, options),
  );
  const first: Beam = { prefix, sequence: target.open(), logits: NO_LOGITS };
  let beams: readonly (readonly Beam[])[] = competitors.map(() => [first]);
  try {
    yield* read([first], [prompt], costs);
    for (;;) {
      const penalties = new Map<Token, number>();
      const survivors = competitors.map((group, i) =>
        group.select(beams[i] as readonly Beam[], penalties)
      );
      beams = grown(beams, survivors);
      const living = beams.flat();
      if (living.length === 0) return searchResult(bestTexts(competitors, options), costs);
      yield* read(living, living.map(({ prefix }) => [prefix.token]), costs);
    }
  } finally {
    for (const { sequence } of beams.flat()) sequence.close();
  }
}

/** A prefix that is being continued. */
interface Beam extends Live {
  /** Its generated tokens. */
  readonly prefix: Prefix;
}

/** A beam that is to be read: `prefix` continues that of `parent`. */
interface Survivor {
  readonly prefix: Prefix;
  readonly parent: Beam;
}

/** A finished text with its rank, score / lengthᵅ: the higher the better. */
interface Ranked {
  readonly text: Complete;
  readonly rank: number;
}

/** Beams that compete with one another, and the best texts that they have become. */
class BeamGroup {
  /** The best finished texts, best first; of equal ones those that finished first. */
  readonly best: Ranked[] = [];
  readonly #number: number;
  readonly #request: DecodeRequest;
  readonly #groups: Groups;
  readonly #options: Required<BeamOptions>;
  /** The most tokens that a text can have, a stop token counted. */
  readonly #longest: number;
  #ended = 0;

  /** Begins that of `groups` with this number. */
  constructor(number: number, request: DecodeRequest, groups: Groups, options: BeamOptions) {
    const { target, prompt, maxNewTokens } = request;
    this.#number = number;
    this.#request = request;
    this.#groups = groups;
    this.#options = { nBest: 1, lengthPenalty: 0, earlyStopping: false, ...options };
    this.#longest = Math.min(maxNewTokens, target.spec.blockSize - prompt.length);
  }

  /**
   * Selects the beams that live on; none do when the search is over. Of all continuations of `beams`
   * the best (1 + stop tokens) · width are candidates, so that width of them do not stop: a stop token
   * finishes its text if it is among the best width, and the best width others live on. A text that several
   * stop tokens finish is one, as probable as they are together.
   *
   * @param penalties Subtracted from the scores of tokens, for this choice alone; the chosen ones add to
   * them.
   */
  select(beams: readonly Beam[], penalties: Map<Token, number>): Survivor[] {
    const { width, penalty } = this.#groups;
    const { stops, observe } = this.#request;
    // Of a group whose search is over there is nothing to tell.
    const told = beams.length > 0 && observe ? nothingSelected() : undefined;
    const candidates = bestOf(beams, (1 + stops.tokens.length) * width, penalties);
    const survivors: Survivor[] = [];
    const finished = new Set<Beam>();
    for (let place = 0; place < candidates.size; place++) {
      const token = candidates.token(place);
      const isStop = stops.has(token);
      const isDropped = isStop ? place >= width : survivors.length === width;
      if (isDropped && told === undefined) continue;
      const parent = beams[candidates.beam(place)] as Beam;
      if (isStop && finished.has(parent)) continue;
      const logProb = isStop
        ? logProbabilityOf(parent.logits, token, stops)
        : candidates.logProb(place);
      const prefix = extended(parent.prefix, token, logProb);
      const fate = isDropped ? "dropped" : isStop ? "ended" : "kept";
      told?.[fate].push(contender(prefix, candidates.score(place)));
      if (isDropped) continue;
      if (penalty > 0) penalties.set(token, (penalties.get(token) ?? 0) + penalty);
      if (isStop) {
        finished.add(parent);
        this.#end({ ...prefix, stop: "eos" });
      } else survivors.push({ prefix, parent });
    }
    const stop = survivors[0] && limitReached(this.#request, survivors[0].prefix.length);
    const isOver = stop === undefined && this.#isOver(survivors);
    if (told !== undefined) {
      const { count } = this.#groups;
      observe?.({
        ...{ kind: "selection", group: this.#number, groups: count, width },
        ...{ ...told, holdsEnded: false, areCut: stop !== undefined, isOver },
      });
    }
    if (stop === undefined) return isOver ? [] : survivors;
    for (const { prefix } of survivors) this.#end({ ...prefix, stop });
    return [];
  }

  /** Counts a finished text, and keeps it if it is among the best. */
  #end(text: Complete): void {
    this.#ended++;
    const rank = this.#rank(text.score, text.length);
    const place = this.best.findIndex((other) => other.rank < rank);
    this.best.splice(place < 0 ? this.best.length : place, 0, { text, rank });
    this.best.length = Math.min(this.best.length, this.#options.nBest);
  }

  #isOver(survivors: readonly Survivor[]): boolean {
    const { nBest, earlyStopping } = this.#options;
    if (earlyStopping) return this.#ended >= this.#groups.width;
    const worst = this.best[nBest - 1]?.rank ?? -Infinity;
    // A score only falls, and is divided by most where a text is longest.
    return survivors.every(({ prefix }) => this.#rank(prefix.score, this.#longest) <= worst);
  }

  #rank(score: number, length: number): number {
    return score / Math.max(1, length) ** this.#options.lengthPenalty;
  }
}

/** The best `most` continuations of `beams`. */
function bestOf(
  beams: readonly Beam[],
  most: number,
  penalties: ReadonlyMap<Token, number>,
): Candidates {
  const candidates = new Candidates(most);
  beams.forEach(({ prefix: { score }, logits }, beam) => {
    const { largest, logSum } = logNormaliser(logits);
    let worst = candidates.worst;
    for (let token: Token = 0; token < logits.length; token++) {
      const logProb = ((logits[token] as number) - largest) - logSum;
      // A penalty makes none of these better.
      if (!(score + logProb > worst)) continue;
      candidates.offer(score + logProb - (penalties.get(token) ?? 0), beam, token, logProb);
      worst = candidates.worst;
    }
  });
  return candidates;
}

/** The survivors as beams that have not been read. */
function grown(
  beams: readonly (readonly Beam[])[],
  survivors: readonly (readonly Survivor[])[],
): Beam[][] {
  const parents = survivors.flat().map(({ parent }) => parent.sequence);
  const sequences = passOn(beams.flat().map(({ sequence }) => sequence), parents);
  let next = 0;
  return survivors.map((own) =>
    own.map(({ prefix }) => (
      { prefix, sequence: sequences[next++] as Sequence, logits: NO_LOGITS }
    ))
  );
}

/**
 * The best texts, each once, group by group: in a round every group offers the best of its texts that
 * are not among them, and so no group gives two before each has given one, if it has another. Where
 * fewer are wanted than groups offer, the best of those offered. They are returned best first.
 */
function bestTexts(groups: readonly BeamGroup[], { nBest = 1 }: BeamOptions): Complete[] {
  const taken: Ranked[] = [];
  const known = new Set<string>();
  const offers = groups.map(({ best }) => best.values());
  while (taken.length < nBest) {
    const offered = offers.flatMap((texts) => firstOther(texts, known) ?? []);
    if (offered.length === 0) break;
    taken.push(...offered.sort(byRank).slice(0, nBest - taken.length));
  }
  return taken.sort(byRank).map(({ text }) => text);
}

/** The next of `texts` that is not `known`, which then knows it. */
function firstOther(texts: Iterator<Ranked>, known: Set<string>): Ranked | undefined {
  for (let next = texts.next(); !next.done; next = texts.next()) {
    const { text } = next.value;
    const key = `${tokensOf(text)} ${text.stop}`;
    if (known.has(key)) continue;
    known.add(key);
    return next.value;
  }
  return undefined;
}

/** The better one first; equal ones stay in their order. */
function byRank(a: Ranked, b: Ranked): number {
  return b.rank - a.rank;
}

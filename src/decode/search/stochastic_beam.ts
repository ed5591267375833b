import { NO_LOGITS, type Sequence, type Token } from "../../model/language_model.ts";
import { pooledArray } from "../../model/pooled_arrays.ts";
import type { RandomSource } from "../../random/random_stream.ts";
import { defineStrategy, type Zod } from "../definition.ts";
import { draw, logNormaliser, logSoftmax, softmaxInPlace } from "../distribution.ts";
import { logProbabilityOf, mergeStops } from "../ending.ts";
import { isLarge } from "../large_rows.ts";
import type { Contender } from "../observation.ts";
import {
  type Costs,
  type DecodeRequest,
  type DecodeResult,
  limitReached,
  noCosts,
  type StopReason,
  type Strategy,
} from "../strategy.ts";
import { chainSchema, createWarpers } from "../warp/definitions.ts";
import { copyToWarp, warp, type Warper } from "../warp/warper.ts";
import { Candidates, type Live, passOn, read } from "./live_beams.ts";
import {
  decodeResult,
  emptyPrefix,
  extended,
  nothingSelected,
  type Prefix,
  tokensOf,
  traceOf,
} from "./prefix.ts";

/** A text or a prefix, scored by the distribution after warping. */
interface Drawn {
  readonly prefix: Prefix;
  /** The target's own log-probability of each token, nats. */
  readonly logProbs: readonly number[];
  /** Its log-probability with Gumbel noise, by which it is chosen: the largest of its texts'. */
  readonly perturbed: number;
}

interface DrawnBeam extends Drawn, Live {}

interface DrawnText extends Drawn {
  readonly stop: StopReason;
}

/**
 * Stochastic beam search (Kool et al., 2019): `width` different texts, drawn without replacement from
 * the target's distribution after `warpers`, in the order drawn (fewer where there are no more). The
 * Gumbel-top-k trick on whole texts, of which a beam search finds the top k without listing all: the
 * noise of a prefix is the largest of its continuations' noise, so that it is drawn from the top down.
 */
export function stochasticBeam(width: number, warpers: readonly Warper[]): Strategy {
  if (!(Number.isInteger(width) && width >= 1)) {
    throw new RangeError(`Cannot draw ${width} texts: expected an integer of at least 1`);
  }
  return function* (request) {
    const { target, prompt } = request;
    const costs = noCosts();
    const start: Drawn = { prefix: emptyPrefix(prompt), logProbs: [], perturbed: 0 };
    const stop = limitReached(request, 0);
    if (stop !== undefined) return result([{ ...start, stop }], costs);
    let live: DrawnBeam[] = [{ ...start, sequence: target.open(), logits: NO_LOGITS }];
    let texts: DrawnText[] = [];
    try {
      yield* read(live, [prompt], costs);
      for (;;) {
        const chosen = choose(live, texts, width, warpers, request);
        texts = chosen.texts;
        live = grown(live, chosen.survivors);
        if (live.length === 0) return result(texts, costs);
        yield* read(live, live.map(({ prefix }) => [prefix.token]), costs);
      }
    } finally {
      for (const { sequence } of live) sequence.close();
    }
  };
}

/** A prefix that lives on, and the beam that it continues. */
interface Survivor {
  readonly drawn: Drawn;
  readonly parent: DrawnBeam;
}

/** The `width` with the largest noisy scores, of `texts` and all continuations of `live`. */
function choose(
  live: readonly DrawnBeam[],
  texts: readonly DrawnText[],
  width: number,
  warpers: readonly Warper[],
  request: DecodeRequest,
): { texts: DrawnText[]; survivors: Survivor[] } {
  const { observe } = request;
  const candidates = new Candidates(width);
  // An observer is told of the best that are dropped, too.
  const shown = observe && new Candidates(2 * width);
  const offer = (score: number, beam: number, token: Token, logProb: number): void => {
    candidates.offer(score, beam, token, logProb);
    shown?.offer(score, beam, token, logProb);
  };
  // Texts are numbered after the beams; they add no token.
  texts.forEach(({ perturbed }, i) => offer(perturbed, live.length + i, 0, 0));
  const normalisers = live.map(({ logits }) => logNormaliser(logits));
  live.forEach((beam, i) => {
    continueBeam(beam, warpers, request, {
      offer: (perturbed, token, logProb) => offer(perturbed, i, token, logProb),
      worst: () => candidates.worst,
    });
  });
  const best = shown ?? candidates;
  const chosen: DrawnText[] = [];
  const survivors: Survivor[] = [];
  const told = observe && nothingSelected();
  for (let place = 0; place < best.size; place++) {
    const beam = best.beam(place);
    const parent = live[beam];
    const isDropped = place >= width;
    if (parent === undefined) {
      const text = texts[beam - live.length] as DrawnText;
      told?.[isDropped ? "dropped" : "ended"].push(contenderOf(text));
      if (!isDropped) chosen.push(text);
      continue;
    }
    const token = best.token(place);
    const logProb = logProbabilityOf(parent.logits, token, request.stops, normalisers[beam]);
    const drawn = {
      prefix: extended(parent.prefix, token, best.logProb(place)),
      logProbs: [...parent.logProbs, logProb],
      perturbed: best.score(place),
    };
    const stop = request.stops.has(token) ? "eos" : limitReached(request, drawn.prefix.length);
    const fate = isDropped ? "dropped" : stop === undefined ? "kept" : "ended";
    told?.[fate].push(contenderOf(drawn));
    if (isDropped) continue;
    if (stop === undefined) survivors.push({ drawn, parent });
    else chosen.push({ ...drawn, stop });
  }
  if (told !== undefined) {
    observe?.({
      ...{ kind: "selection", group: 0, groups: 1, width, ...told },
      ...{ holdsEnded: true, areCut: false, isOver: survivors.length === 0 },
    });
  }
  return { texts: chosen, survivors };
}

function contenderOf({ prefix, logProbs, perturbed }: Drawn): Contender {
  const logProb = logProbs.reduce((sum, one) => sum + one, 0);
  return { tokens: tokensOf(prefix), logProb, rank: perturbed };
}

/** Where the continuations of a beam compete. */
export interface Competition {
  /** Offers `token`, its noise and its log-probability after warping, nats. */
  offer(perturbed: number, token: Token, logProb: number): void;
  /** The noise that one must exceed to have a place. */
  worst(): number;
}

/** Offers all continuations of a beam that may have a place. */
function continueBeam(
  { prefix, logits, perturbed }: DrawnBeam,
  warpers: readonly Warper[],
  { prompt, stops, random }: DecodeRequest,
  competition: Competition,
): void {
  const row = copyToWarp(logits);
  if (warpers.length > 0) {
    const history = [...prompt, ...tokensOf(prefix)];
    warp(warpers, row, history, prompt.length);
  }
  // Its end, by whichever stop token, is one text.
  mergeStops(row, stops);
  if (isLarge(row)) bestFirst(prefix.score, perturbed, row, random, competition);
  else allOf(prefix.score, perturbed, logSoftmax(row), random, competition);
}

/**
 * Offers all continuations of a prefix, with Gumbels about their log-probabilities, given that the largest of
 * them is that of the prefix, `largest` (Kool et al., appendix B.3).
 */
export function allOf(
  score: number,
  largest: number,
  logProbs: Float64Array,
  random: RandomSource,
  { offer }: Competition,
): void {
  const free = pooledArray(logProbs.length);
  let most = -Infinity;
  for (let token: Token = 0; token < free.length; token++) {
    const logProb = logProbs[token] as number;
    free[token] = logProb === -Infinity ? -Infinity : score + logProb + gumbel(random);
    most = Math.max(most, free[token] as number);
  }
  for (let token: Token = 0; token < free.length; token++) {
    const below = (free[token] as number) - most;
    const v = largest - (free[token] as number) + log1mExp(below);
    const perturbed = largest - Math.max(0, v) - Math.log1p(Math.exp(-Math.abs(v)));
    offer(perturbed, token, logProbs[token] as number);
  }
}

/**
 * The same by falling noise, as far as one may have a place: the token with the largest is drawn by its
 * probability, then one of the others, whose noise is below that (the top-down construction of Maddison,
 * Tarlow and Minka, 2014). Two random numbers for each in place of one for every token. Uses up `logits`.
 */
export function bestFirst(
  score: number,
  largest: number,
  logits: Float64Array,
  random: RandomSource,
  { offer, worst }: Competition,
): void {
  const left = logits;
  softmaxInPlace(left);
  for (let perturbed = largest; perturbed > worst();) {
    const token = draw(left, random.next());
    offer(perturbed, token, Math.log(left[token] as number));
    left[token] = 0;
    let mass = 0;
    for (let i = 0; i < left.length; i++) mass += left[i] as number;
    if (mass === 0) return;
    // A Gumbel about ln(mass of the others), given that it is below the last.
    const about = score + Math.log(mass);
    perturbed = about - Math.log(Math.exp(about - perturbed) - Math.log(positive(random)));
  }
}

/** A number with the standard Gumbel distribution. */
function gumbel(random: RandomSource): number {
  return -Math.log(-Math.log(positive(random)));
}

/** A uniform number, but not 0, whose logarithm is −∞, at which nothing could be compared. */
function positive(random: RandomSource): number {
  return Math.max(random.next(), Number.MIN_VALUE);
}

/** ln(1 − eˣ) of x ≤ 0, without cancellation. */
function log1mExp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}

/** The survivors as beams that have not been read. */
function grown(live: readonly DrawnBeam[], survivors: readonly Survivor[]): DrawnBeam[] {
  const parents = survivors.map(({ parent }) => parent.sequence);
  const sequences = passOn(live.map(({ sequence }) => sequence), parents);
  return survivors.map(({ drawn }, i) => (
    { ...drawn, sequence: sequences[i] as Sequence, logits: NO_LOGITS }
  ));
}

function result(texts: readonly DrawnText[], costs: Costs): DecodeResult {
  const results = texts.map(({ prefix, logProbs, stop }) => {
    const trace = traceOf({ ...prefix, stop });
    return { ...trace, logProbs, warpedLogProbs: trace.logProbs };
  });
  return decodeResult(results, costs);
}

/**
 * The strategy `stochastic_beam`.
 *
 * @internal
 */
export const stochasticBeamDefinition = defineStrategy({
  name: "stochastic_beam",
  summary: "Draws texts without replacement",
  reference: "Kool, van Hoof and Welling, 2019, Stochastic Beams and Where to Find Them",
  settings: (z: Zod) => ({
    beam_width: z.int().min(1).max(10_000).default(4).describe(
      "Texts drawn, all of them different",
    ),
    warp: chainSchema(z).default([]).describe("The warpers of the distribution that is drawn from"),
  }),
  unsaid: { warp: [] },
  isDeterministic: false,
  isSearch: true,
  drawsEachToken: ({ beam_width }) => beam_width === 1,
  sequences: ({ beam_width }) => beam_width,
  texts: ({ beam_width }) => beam_width,
  create: ({ beam_width, warp }) => stochasticBeam(beam_width, createWarpers(warp)),
});

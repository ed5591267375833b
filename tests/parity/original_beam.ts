import type { Logits, Sequence, StopTokens, Token } from "../../src/model/language_model.ts";
import { logSoftmax, ranked } from "../../src/decode/distribution.ts";
import {
  type Costs,
  counted,
  type DecodeRequest,
  type DecodeResult,
  type Decoding,
  limitReached,
  noCosts,
  type StopReason,
  type Strategy,
} from "../../src/decode/strategy.ts";

/** A partial or finished text. */
interface Hypothesis {
  readonly tokens: readonly Token[];
  /** Log-probability of each token, and of EOS if that ended it. */
  readonly logProbs: readonly number[];
  /** Their sum, nats: what the search maximises. */
  readonly score: number;
}

/** A hypothesis that can be continued. */
interface Beam extends Hypothesis {
  readonly sequence: Sequence;
  /** The target's logits after it, `[V]`. */
  readonly logits: Logits;
}

/** One more token on one of the beams. */
interface Candidate extends Hypothesis {
  readonly parent: Beam;
}

interface Finished extends Hypothesis {
  readonly stop: StopReason;
}

/**
 * Beam search as the original script does it: every beam offers its `width` best tokens, an EOS
 * among them is finished at once, and the `width` best of the others live on. The best score wins,
 * finished or not: when all that the live beams offer is EOS, they compete as they are, so that a
 * text that was given up half-way, and has not paid for its EOS, can win. (Ties are broken by logits
 * where the original compares rounded probabilities.)
 */
export function originalBeam(width: number): Strategy {
  return function* (request) {
    const costs = noCosts();
    const finished: Finished[] = [];
    let beams: Beam[] = [];
    if (limitReached(request, 0) === undefined) beams = [yield* firstBeam(request, costs)];
    else finished.push({ tokens: [], logProbs: [], score: 0, stop: stopOf(request, 0) });
    try {
      for (let length = 0; beams.length > 0; length++) {
        if (limitReached(request, length) !== undefined) break;
        const candidates = expand(beams, width, request.stops, finished);
        if (candidates.length === 0) break;
        candidates.sort((a, b) => b.score - a.score);
        beams = yield* advance(beams, candidates.slice(0, width), request, costs);
      }
    } finally {
      for (const { sequence } of beams) sequence.close();
    }
    const unfinished = beams.map((beam): Finished => ({
      ...beam,
      stop: stopOf(request, beam.tokens.length),
    }));
    return best([...finished, ...unfinished], costs);
  };
}

/** Why a text that did not end was cut; what was given up half-way counts as cut by its length. */
function stopOf(request: DecodeRequest, length: number): StopReason {
  return limitReached(request, length) ?? "max_new_tokens";
}

function* firstBeam(request: DecodeRequest, costs: Costs): Decoding<Beam> {
  const sequence = request.target.open();
  const pass = counted(costs, "target", [{ sequence, tokens: request.prompt, rows: 1 }]);
  const [logits] = (yield pass) as readonly [Logits];
  return { tokens: [], logProbs: [], score: 0, sequence, logits };
}

/** The `width` best continuations of each beam; those that end go to `finished`. */
function expand(
  beams: readonly Beam[],
  width: number,
  stops: StopTokens,
  finished: Finished[],
): Candidate[] {
  const candidates: Candidate[] = [];
  for (const parent of beams) {
    const logProbs = logSoftmax(parent.logits);
    for (const token of ranked(logProbs).slice(0, width)) {
      const logProb = logProbs[token] as number;
      const score = parent.score + logProb;
      const grown = { score, logProbs: [...parent.logProbs, logProb] };
      if (stops.has(token)) finished.push({ ...grown, tokens: parent.tokens, stop: "eos" });
      else candidates.push({ ...grown, tokens: [...parent.tokens, token], parent });
    }
  }
  return candidates;
}

/** Makes beams of the surviving candidates, on forks of their parents' sequences. */
function* advance(
  parents: readonly Beam[],
  survivors: readonly Candidate[],
  request: DecodeRequest,
  costs: Costs,
): Decoding<Beam[]> {
  const sequences = survivors.map(({ parent }) => parent.sequence.fork());
  for (const { sequence } of parents) sequence.close();
  const length = survivors[0]?.tokens.length ?? 0;
  // The logits after a text that can grow no further are never looked at.
  const logits = limitReached(request, length) !== undefined ? undefined : yield counted(
    costs,
    "target",
    survivors.map(({ tokens }, i) => ({
      sequence: sequences[i] as Sequence,
      tokens: tokens.slice(-1),
      rows: 1,
    })),
  );
  return survivors.map(({ tokens, logProbs, score }, i) => ({
    tokens,
    logProbs,
    score,
    sequence: sequences[i] as Sequence,
    logits: logits?.[i] ?? new Float64Array(),
  }));
}

/** The result of the best hypothesis, of equal ones the first. */
function best(hypotheses: readonly Finished[], costs: Costs): DecodeResult {
  const { tokens, stop, logProbs } = hypotheses.reduce((a, b) => b.score > a.score ? b : a);
  return { tokens, stop, logProbs, warpedLogProbs: logProbs.map(() => 0), costs };
}

/**
 * Choosing one token after the other: the loop of all strategies that do so.
 *
 * @module
 */
import {
  type Draw,
  newDraw,
  type Sequence,
  type StopTokens,
  type Token,
} from "../../model/language_model.ts";
import type { RandomSource } from "../../random/random_stream.ts";
import { isLarge } from "../large_rows.ts";
import type { WarpingStep } from "../observation.ts";
import {
  counted,
  type DecodeRequest,
  limitReached,
  onlyAnswer,
  type Strategy,
} from "../strategy.ts";
import { Trace } from "../trace.ts";

/**
 * A chosen token and its log-probability (nats) in the distribution it was drawn from; of a stop token
 * that of any.
 */
export interface Choice {
  /** The token. */
  readonly token: Token;
  /** Its log-probability where it was drawn from; 0 where there was no choice. */
  readonly logProb: number;
}

/** How one token after the other is chosen. */
export interface Chooser {
  /**
   * Chooses a token from the target's logits `[V]` after `history`, whose first `promptLength` tokens
   * are BOS and the prompt; any of `stops` ends the text.
   */
  choose(
    logits: Float64Array,
    history: readonly Token[],
    random: RandomSource,
    promptLength: number,
    stops: StopTokens,
  ): Choice;
  /** The distributions on the way to the one that the next token is drawn from; none if none is. */
  steps?(
    logits: Float64Array,
    history: readonly Token[],
    promptLength: number,
  ): readonly WarpingStep[];
  /**
   * The temperature, where a choice is a draw at that and nothing else, so that an engine may make it:
   * see {@linkcode Draw.temperature}.
   */
  readonly temperature?: number | undefined;
}

/** The loop of every strategy that decides on one token at a time and never takes one back. */
export function tokenByToken(chooser: Chooser): Strategy {
  return function* (sample) {
    const { target, prompt, stops, random, observe } = sample;
    const trace = new Trace(stops);
    const history = [...prompt];
    const sequence = target.open();
    const draw = drawOf(chooser, sample);
    // One request for all passes, since hundreds of samples make one for every token.
    const request: Request = { sequence, tokens: prompt, rows: 1, draw };
    const pass = [request];
    const next: Token[] = [];
    const source = draw === undefined ? random : { next: () => draw.uniform };
    try {
      for (;;) {
        const limit = limitReached(sample, trace.tokens.length);
        if (limit !== undefined) return trace.end(limit);
        if (draw !== undefined && draw.temperature > 0) draw.uniform = random.next();
        const logits = onlyAnswer(yield counted(trace.costs, "target", pass));
        if (draw !== undefined && logits.length === 0) {
          if (trace.chooseDrawn(draw)) return trace.end("eos");
          next[0] = draw.token;
          request.tokens = next;
          continue;
        }
        // The history lacks the tokens that the engine drew.
        for (let i = history.length - prompt.length; i < trace.tokens.length; i++) {
          history.push(trace.tokens[i] as Token);
        }
        const steps = observe && chooser.steps?.(logits, history, prompt.length);
        const { token, logProb } = chooser.choose(logits, history, source, prompt.length, stops);
        observe?.({
          kind: "token",
          logits,
          steps: steps ?? [],
          isDrawn: steps !== undefined,
          token,
        });
        if (trace.choose(token, logits, logProb)) return trace.end("eos");
        next[0] = token;
        request.tokens = next;
      }
    } finally {
      sequence.close();
    }
  };
}

/** A request of which the tokens change from pass to pass. */
interface Request {
  readonly sequence: Sequence;
  tokens: readonly Token[];
  readonly rows: number;
  readonly draw: Draw | undefined;
}

/**
 * The draw that an engine may make for a sample, if it may: not where somebody wants to see the logits,
 * where several stop tokens are one end, or where `large_rows.ts` adds in another order.
 */
function drawOf(
  { temperature }: Chooser,
  { target, stops, observe }: DecodeRequest,
): Draw | undefined {
  if (temperature === undefined || observe !== undefined || stops.tokens.length > 1) {
    return undefined;
  }
  if (isLarge({ length: target.spec.vocabSize })) return undefined;
  return newDraw(temperature);
}

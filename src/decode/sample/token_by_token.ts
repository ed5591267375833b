import type { Logits, Sequence, Token } from "../../model/language_model.ts";
import type { RandomSource } from "../../random/random_stream.ts";
import { counted, limitReached, type Strategy } from "../strategy.ts";
import { Trace } from "../trace.ts";

/** A chosen token and its log-probability (nats) in the distribution it was drawn from. */
export interface Choice {
  /** The token. */
  readonly token: number;
  /** Its log-probability where it was drawn from; 0 where there was no choice. */
  readonly logProb: number;
}

/**
 * Chooses a token from the target's logits `[V]` after `history`, whose first `promptLength` tokens
 * are BOS and the prompt.
 */
export type Chooser = (
  logits: Float64Array,
  history: readonly number[],
  random: RandomSource,
  promptLength: number,
) => Choice;

/** The loop of every strategy that decides on one token at a time and never takes one back. */
export function tokenByToken(choose: Chooser): Strategy {
  return function* (sample) {
    const { target, prompt, eos, random } = sample;
    const trace = new Trace(eos);
    const history = [...prompt];
    const sequence = target.open();
    // One request for all passes, since hundreds of samples make one for every token.
    const request: { sequence: Sequence; tokens: readonly Token[]; rows: number } = {
      sequence,
      tokens: prompt,
      rows: 1,
    };
    const pass = [request];
    try {
      for (;;) {
        const limit = limitReached(sample, trace.tokens.length);
        if (limit !== undefined) return trace.end(limit);
        const answers = yield counted(trace.costs, "target", pass);
        const logits = answers[0] as Logits;
        const { token, logProb } = choose(logits, history, random, prompt.length);
        if (trace.choose(token, logits, logProb)) return trace.end("eos");
        history.push(token);
        request.tokens = [token];
      }
    } finally {
      sequence.close();
    }
  };
}

import type { Logits } from "../model/language_model.ts";
import type { RandomSource } from "../random/random_stream.ts";
import { counted, limitReached, type Strategy } from "./strategy.ts";
import { Trace } from "./trace.ts";

/** A chosen token and its log-probability (nats) in the distribution it was drawn from. */
export interface Choice {
  /** The token. */
  readonly token: number;
  /** Its log-probability where it was drawn from; 0 where there was no choice. */
  readonly logProb: number;
}

/** Chooses a token from the target's logits `[V]` after `history`, which holds BOS and the prompt. */
export type Chooser = (
  logits: Float64Array,
  history: readonly number[],
  random: RandomSource,
) => Choice;

/** The loop of every strategy that decides on one token at a time and never takes one back. */
export function tokenByToken(choose: Chooser): Strategy {
  return function* (request) {
    const { target, prompt, eos, random } = request;
    const trace = new Trace(eos);
    const history = [...prompt];
    const sequence = target.open();
    try {
      let unread = prompt;
      for (;;) {
        const limit = limitReached(request, trace.tokens.length);
        if (limit !== undefined) return trace.end(limit);
        const pass = counted(trace.costs, "target", [{ sequence, tokens: unread, rows: 1 }]);
        const [logits] = (yield pass) as readonly [Logits];
        const { token, logProb } = choose(logits, history, random);
        if (trace.choose(token, logits, logProb)) return trace.end("eos");
        history.push(token);
        unread = [token];
      }
    } finally {
      sequence.close();
    }
  };
}

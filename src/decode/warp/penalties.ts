/**
 * Penalties for tokens that the text has already. BOS, the first token of every history, is not of
 * the text and never counts: it is EOS too, and a text would be kept from ending.
 *
 * @module
 */
import type { Token } from "../../model/language_model.ts";
import { TokenSet } from "./token_set.ts";
import type { Warper } from "./warper.ts";

/** Where the text begins in a history, after BOS. */
const TEXT = 1;

/** Serves every warper of this file: none of them is interrupted. */
const seen = new TokenSet();

/**
 * Divides the positive logits of the tokens of the text, prompt included, by `penalty` and multiplies
 * the negative ones, once however often a token stands there (Keskar et al., 2019, as Hugging Face
 * completes it). Above 1 discourages, below 1 encourages, 1 changes nothing. What it does depends on
 * where the model puts 0, which means nothing to softmax.
 */
export function repetitionPenalty(penalty: number): Warper {
  if (!(penalty > 0 && penalty < Infinity)) {
    throw new RangeError(
      `Cannot penalise repetition by ${penalty}: expected a number above 0 (1 changes nothing)`,
    );
  }
  return {
    name: "repetition_penalty",
    apply(logits, history) {
      seen.clear(logits.length);
      for (let i = TEXT; i < history.length; i++) {
        const token = history[i] as Token;
        if (!seen.add(token)) continue;
        const logit = logits[token] as number;
        logits[token] = logit > 0 ? logit / penalty : logit * penalty;
      }
    },
  };
}

/**
 * Takes `penalty` from the logit of every token that has been generated; the prompt does not count
 * (as OpenAI defines it). Negative encourages, 0 changes nothing.
 */
export function presencePenalty(penalty: number): Warper {
  checkPenalty("presence", penalty);
  return {
    name: "presence_penalty",
    apply(logits, history, promptLength) {
      seen.clear(logits.length);
      for (let i = promptLength; i < history.length; i++) {
        const token = history[i] as Token;
        if (seen.add(token)) logits[token] = (logits[token] as number) - penalty;
      }
    },
  };
}

/**
 * Takes `penalty` from the logit of every token for each time that it has been generated; the prompt
 * does not count (as OpenAI defines it). Negative encourages, 0 changes nothing.
 */
export function frequencyPenalty(penalty: number): Warper {
  checkPenalty("frequency", penalty);
  return {
    name: "frequency_penalty",
    apply(logits, history, promptLength) {
      for (let i = promptLength; i < history.length; i++) {
        const token = history[i] as Token;
        logits[token] = (logits[token] as number) - penalty;
      }
    },
  };
}

/**
 * Forbids every token that would complete a run of `n` tokens that the text, prompt included, has
 * already (Paulus et al., 2018). Where that would forbid all that is left, it forbids nothing.
 */
export function noRepeatNgram(n: number): Warper {
  if (!(Number.isInteger(n) && n >= 1)) {
    throw new RangeError(
      `Cannot forbid repeated runs of ${n} tokens: expected an integer of at least 1`,
    );
  }
  return {
    name: "no_repeat_ngram",
    apply(logits, history) {
      seen.clear(logits.length);
      // The last n − 1 tokens, and each earlier place where they stand with a token after them.
      const context = history.length - (n - 1);
      for (let start = TEXT; start < context; start++) {
        let agreed = 0;
        while (agreed < n - 1 && history[start + agreed] === history[context + agreed]) agreed++;
        if (agreed === n - 1) seen.add(history[start + agreed] as Token);
      }
      if (allSeen(logits)) return;
      for (let token = 0; token < logits.length; token++) {
        if (seen.has(token)) logits[token] = -Infinity;
      }
    },
  };
}

function checkPenalty(what: string, penalty: number): void {
  if (!Number.isFinite(penalty)) {
    throw new RangeError(`Cannot penalise ${what} by ${penalty}: expected a finite number`);
  }
}

/** Whether each token that has a probability is in {@linkcode seen}. */
function allSeen(logits: Float64Array): boolean {
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] !== -Infinity && !seen.has(token)) return false;
  }
  return true;
}

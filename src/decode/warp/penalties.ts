/**
 * Warpers that look at the text: penalties on the tokens that it has, and the ban of repeated runs.
 * BOS, the first token of every history, is not part of the text and never counts: it may be a stop
 * token too, and a text would be kept from ending.
 *
 * @module
 */
import type { Token } from "../../model/language_model.ts";
import type { NumberSchema, WarperDefinition, Zod } from "../definition.ts";
import type { Warper } from "./warper.ts";

/** Where the text begins in a history, after BOS. */
const TEXT = 1;

/** A penalty that is subtracted from logits: far larger than any logit, far below f64's limit. */
const subtracted = (z: Zod): NumberSchema => z.number().min(-1e6).max(1e6);

/** Throws a `RangeError` unless a penalty that is to be subtracted is finite. */
function checkSubtracted(what: string, penalty: number): void {
  if (!Number.isFinite(penalty)) {
    throw new RangeError(`Cannot penalise ${what} by ${penalty}: expected a finite number`);
  }
}

/**
 * Divides the positive logits of the tokens of the text, prompt included, by `penalty` and multiplies
 * the negative ones, once however often a token occurs there (Keskar et al., 2019, as Hugging Face
 * completes it). Above 1 discourages, below 1 encourages, 1 changes nothing. The effect depends on
 * where the model puts 0, which means nothing to softmax.
 */
export function repetitionPenalty(penalty: number): Warper {
  if (!(penalty > 0 && penalty < Infinity)) {
    throw new RangeError(
      `Cannot penalise repetition by ${penalty}: expected a number above 0 (1 changes nothing)`,
    );
  }
  const seen = new TokenSet();
  return {
    name: "repetition_penalty",
    value: penalty,
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

/** The warper `repetition_penalty`. */
export const repetitionPenaltyDefinition: WarperDefinition<
  "repetition_penalty",
  "repetition_penalty"
> = {
  name: "repetition_penalty",
  formula: "l ← l / value if l > 0, else l · value, for tokens of the text",
  summary:
    "Divides the positive and multiplies the negative logits of tokens that the text has, prompt included",
  edges: "1 changes nothing; below 1 encourages repetition; once however often a token occurs",
  reference: "Keskar et al., 2019, CTRL, as Hugging Face completes it for negative logits",
  value: (z) =>
    z.number().min(1e-6).max(1e6).describe(
      "Divides the positive and multiplies the negative logits of tokens that the text has, prompt " +
        "included; 1 changes nothing",
    ),
  identity: 1,
  strategy: {
    setting: "repetition_penalty",
    summary: "Samples with the tokens that the text has made less probable",
    default: 1.2,
  },
  create: repetitionPenalty,
};

/**
 * Subtracts `penalty` from the logit of every token that has been generated; the prompt does not count
 * (as OpenAI defines it). Negative encourages, 0 changes nothing.
 */
export function presencePenalty(penalty: number): Warper {
  checkSubtracted("presence", penalty);
  const seen = new TokenSet();
  return {
    name: "presence_penalty",
    value: penalty,
    apply(logits, history, promptLength) {
      seen.clear(logits.length);
      for (let i = promptLength; i < history.length; i++) {
        const token = history[i] as Token;
        if (seen.add(token)) logits[token] = (logits[token] as number) - penalty;
      }
    },
  };
}

/** The warper `presence_penalty`. */
export const presencePenaltyDefinition: WarperDefinition<"presence_penalty", "presence_penalty"> = {
  name: "presence_penalty",
  formula: "l ← l − value for generated tokens",
  summary: "Subtracts its value from the logits of tokens that were generated",
  edges: "0 changes nothing; below 0 encourages them; the prompt does not count",
  reference: "OpenAI API",
  value: (z) =>
    subtracted(z).describe(
      "Subtracted from the logits of tokens that were generated; below 0 encourages them",
    ),
  identity: 0,
  strategy: {
    setting: "presence_penalty",
    summary: "Samples with the tokens that were generated made less probable",
    default: 0.5,
  },
  create: presencePenalty,
};

/**
 * Subtracts `penalty` from a token's logit for each time that it was generated; the prompt does not
 * count (as OpenAI defines it). Negative encourages, 0 changes nothing.
 */
export function frequencyPenalty(penalty: number): Warper {
  checkSubtracted("frequency", penalty);
  return {
    name: "frequency_penalty",
    value: penalty,
    apply(logits, history, promptLength) {
      for (let i = promptLength; i < history.length; i++) {
        const token = history[i] as Token;
        logits[token] = (logits[token] as number) - penalty;
      }
    },
  };
}

/** The warper `frequency_penalty`. */
export const frequencyPenaltyDefinition: WarperDefinition<
  "frequency_penalty",
  "frequency_penalty"
> = {
  name: "frequency_penalty",
  formula: "l ← l − value · count for generated tokens",
  summary: "Subtracts its value from a token's logit for each time that it was generated",
  edges: "0 changes nothing; below 0 encourages; the prompt does not count",
  reference: "OpenAI API",
  value: (z) =>
    subtracted(z).describe(
      "Subtracted from a token's logit for each time that it was generated; below 0 encourages it",
    ),
  identity: 0,
  strategy: {
    setting: "frequency_penalty",
    summary: "Samples with tokens less probable each time they are generated",
    default: 0.5,
  },
  create: frequencyPenalty,
};

/**
 * Forbids every token that would complete a run of `n` tokens that the text, prompt included, has
 * already (Paulus et al., 2018). If every token would be forbidden, none is.
 */
export function noRepeatNgram(n: number): Warper {
  if (!(Number.isInteger(n) && n >= 1)) {
    throw new RangeError(
      `Cannot forbid repeated runs of ${n} tokens: expected an integer of at least 1`,
    );
  }
  const seen = new TokenSet();
  return {
    name: "no_repeat_ngram",
    value: n,
    isTruncation: true,
    apply(logits, history) {
      seen.clear(logits.length);
      // The last n − 1 tokens, and each earlier place where they stand with a token after them.
      const context = history.length - (n - 1);
      for (let start = TEXT; start < context; start++) {
        let agreed = 0;
        while (agreed < n - 1 && history[start + agreed] === history[context + agreed]) agreed++;
        if (agreed === n - 1) seen.add(history[start + agreed] as Token);
      }
      if (hasAll(seen, logits)) return;
      for (let token = 0; token < logits.length; token++) {
        if (seen.has(token)) logits[token] = -Infinity;
      }
    },
  };
}

/** Whether each token that has a probability is in `seen`. */
function hasAll(seen: TokenSet, logits: Float64Array): boolean {
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] !== -Infinity && !seen.has(token)) return false;
  }
  return true;
}

/** The warper `no_repeat_ngram`. */
export const noRepeatNgramDefinition: WarperDefinition<"no_repeat_ngram", "no_repeat_ngram"> = {
  name: "no_repeat_ngram",
  formula:
    "forbids a token x if the last n − 1 tokens and x stand in the text already, unless none is left",
  summary: "Forbids every token that would repeat a run of so many tokens",
  edges: "1 allows each token once; if every token would be forbidden, none is",
  reference:
    "Paulus, Xiong and Socher, 2018, A Deep Reinforced Model for Abstractive Summarization",
  value: (z) =>
    z.int().min(1).describe(
      "The length of the runs of tokens that the text, prompt included, may not have twice",
    ),
  strategy: {
    setting: "no_repeat_ngram",
    summary: "Samples without repeating any run of so many tokens",
    default: 2,
  },
  create: noRepeatNgram,
};

/**
 * A set of tokens that is emptied in one step. It reuses its memory: each warper creates one for all of
 * its choices.
 */
class TokenSet {
  /** The round in which each token was last added; exact for 2⁵³ of them. */
  #added = new Float64Array();
  #round = 0;

  /** Empties the set; tokens are below `vocabSize` from now on. */
  clear(vocabSize: number): void {
    if (this.#added.length < vocabSize) this.#added = new Float64Array(vocabSize);
    this.#round += 1;
  }

  /** Whether `token` is in the set. */
  has(token: Token): boolean {
    return this.#added[token] === this.#round;
  }

  /** Adds `token`; returns whether it is new. */
  add(token: Token): boolean {
    if (this.has(token)) return false;
    this.#added[token] = this.#round;
    return true;
  }
}

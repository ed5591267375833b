/**
 * How probable texts are under an n-gram model: a second opinion, since texts that are searched for under
 * the target are probable under it by construction.
 *
 * @module
 */
import type { Vocabulary } from "../data/vocabulary.ts";
import type { LanguageModel } from "../model/language_model.ts";
import type { DistinctText } from "./sample_facts.ts";

/** A model that scores texts, and how it reads them. */
export interface Scorer {
  /** An n-gram model, whose logits are log-probabilities. */
  readonly model: LanguageModel;
  /** The tokens that it knows. */
  readonly vocabulary: Pick<Vocabulary, "encodePrompt" | "encode" | "end">;
}

/** An n-gram model and its loss on documents held out, nats per token; none where none was. */
export interface OrderLoss {
  /** Its order. */
  readonly order: number;
  /** Its loss. */
  readonly loss: number | undefined;
}

/** The order of the n-gram model that predicts held-out documents best; none where none is known. */
export function bestOrder(losses: readonly OrderLoss[]): number | undefined {
  const known = losses.flatMap(({ order, loss }) => loss === undefined ? [] : [{ order, loss }]);
  return known.toSorted((a, b) => a.loss - b.loss)[0]?.order;
}

/** `[texts]` log-probabilities of the continuations, with EOS where they are whole, nats. */
export function scoresOf(
  texts: readonly Pick<DistinctText, "prompt" | "continuation" | "complete" | "tokens">[],
  { model, vocabulary }: Scorer,
): Float64Array {
  const { vocabSize } = model.spec;
  const sequence = model.open();
  try {
    return Float64Array.from(texts, ({ prompt, continuation, complete, tokens: own }) => {
      const given = vocabulary.encodePrompt(prompt);
      const chosen = [
        ...own ?? vocabulary.encode(continuation),
        ...complete ? [vocabulary.end] : [],
      ];
      if (chosen.length === 0) return 0;
      sequence.truncate(0);
      const tokens = [...given, ...chosen.slice(0, -1)];
      const [logits] = model.forward([{ sequence, tokens, rows: chosen.length }]);
      return chosen.reduce((sum, token, row) => sum + (logits?.[row * vocabSize + token] ?? 0), 0);
    });
  } finally {
    sequence.close();
  }
}

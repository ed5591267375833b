/**
 * How probable texts are under an n-gram model: a second opinion, since texts that are searched for under
 * the target are probable under it by construction.
 *
 * @module
 */
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Token } from "../model/language_model.ts";
import type { NgramModel } from "../model/ngram/ngram_model.ts";
import type { DistinctText } from "./sample_facts.ts";

/** A model that scores texts, and how it reads them. */
export interface Scorer {
  /** An n-gram model. */
  readonly model: NgramModel;
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
  const scores = new Float64Array(texts.length);
  texts.forEach(({ prompt, continuation, complete, tokens }, place) => {
    const text = vocabulary.encodePrompt(prompt);
    const given = text.length;
    for (const token of tokens ?? vocabulary.encode(continuation)) text.push(token);
    if (complete) text.push(vocabulary.end);
    let sum = 0;
    for (let i = given; i < text.length; i++) {
      sum += model.logProbAfter(text, i, text[i] as Token);
    }
    scores[place] = sum;
  });
  return scores;
}

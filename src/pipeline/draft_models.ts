import type { Tokenizer } from "../data/tokenizer.ts";
import type { DraftModels } from "../decode/create_speculative.ts";
import type { LanguageModel, TextSpec } from "../model/language_model.ts";
import { NgramModel } from "../model/ngram/ngram_model.ts";

/**
 * What may propose: the trained draft, and n-gram models of `documents`, each counted when it is first
 * asked for.
 */
export function draftModels(
  model: LanguageModel | undefined,
  documents: readonly string[],
  tokenizer: Tokenizer,
  { vocabSize, blockSize }: TextSpec,
): DraftModels {
  const ngrams = new Map<number, NgramModel>();
  return {
    model,
    ngram(order) {
      const counted = ngrams.get(order);
      if (counted !== undefined) return counted;
      const encoded = documents.map((text) => tokenizer.encodeDocument(text, blockSize));
      const ngram = NgramModel.count(encoded, order, { vocabSize, blockSize });
      ngrams.set(order, ngram);
      return ngram;
    },
  };
}

import type { Vocabulary } from "../data/vocabulary.ts";
import type { TextSpec } from "../model/language_model.ts";
import { NgramModel } from "../model/ngram/ngram_model.ts";

/** N-gram models of `documents` by their order, each counted when it is first asked for. */
export function ngramModels(
  documents: readonly string[],
  vocabulary: Vocabulary,
  { vocabSize, blockSize }: TextSpec,
): (order: number) => NgramModel {
  const counted = new Map<number, NgramModel>();
  let encoded: number[][] | undefined;
  return (order) => {
    const known = counted.get(order);
    if (known !== undefined) return known;
    encoded ??= documents.map((text) => vocabulary.encodeDocument(text, blockSize));
    const model = NgramModel.count(encoded, order, { vocabSize, blockSize });
    counted.set(order, model);
    return model;
  };
}

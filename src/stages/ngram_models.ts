import type { Tokenizer } from "../data/tokenizer.ts";
import type { TextSpec } from "../model/language_model.ts";
import { NgramModel } from "../model/ngram/ngram_model.ts";

/** N-gram models of `documents` by their order, each counted when it is first asked for. */
export function ngramModels(
  documents: readonly string[],
  tokenizer: Tokenizer,
  { vocabSize, blockSize }: TextSpec,
): (order: number) => NgramModel {
  const counted = new Map<number, NgramModel>();
  let encoded: number[][] | undefined;
  return (order) => {
    const known = counted.get(order);
    if (known !== undefined) return known;
    encoded ??= documents.map((text) => tokenizer.encodeDocument(text, blockSize));
    const model = NgramModel.count(encoded, order, { vocabSize, blockSize });
    counted.set(order, model);
    return model;
  };
}

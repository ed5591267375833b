import type { TextSpec, Token } from "./language_model.ts";

/**
 * Checks what every engine requires of a forward request to a sequence of `length` tokens; throws a
 * `RangeError` that says what is wrong.
 */
export function checkRequest(
  { vocabSize, blockSize }: TextSpec,
  length: number,
  tokens: readonly Token[],
  rows: number,
): void {
  if (tokens.length === 0) throw new RangeError("Cannot read a sequence: there are no tokens");
  if (length + tokens.length > blockSize) {
    throw new RangeError(
      `Cannot read ${tokens.length} tokens at position ${length}: the block is ${blockSize}`,
    );
  }
  if (!(rows >= 0 && rows <= tokens.length)) {
    throw new RangeError(`Cannot give ${rows} rows of logits: there are ${tokens.length} tokens`);
  }
  for (const token of tokens) {
    if (!(token >= 0 && token < vocabSize)) {
      throw new RangeError(`Cannot read token ${token}: the vocabulary has ${vocabSize}`);
    }
  }
}

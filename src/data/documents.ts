/**
 * The uses of documents: models learn from some and are judged by others; prompts are drawn from both.
 *
 * @module
 */
import { sha256Hex } from "../files/sha256.ts";
import type { RandomSource } from "../random/random_stream.ts";
import { characterCount, firstCharacters } from "../text/characters.ts";

/** Documents to learn from, and others to be judged by; each in the order of the corpus. */
export interface Split {
  /** Models are trained on these, and n-grams counted from them. */
  readonly training: readonly string[];
  /** No model has seen these. */
  readonly heldOut: readonly string[];
}

/**
 * Holds about `share` of the documents out, 0 ≤ `share` < 1. Where a document goes depends on its
 * text and on `share` alone: equal documents go the same way, whatever the seed, the order and the
 * rest of the corpus, and a larger share holds out what a smaller one does and more.
 */
export function splitByContent(documents: readonly string[], share: number): Split {
  const training: string[] = [];
  const heldOut: string[] = [];
  for (const document of documents) {
    (position(document) < share ? heldOut : training).push(document);
  }
  return { training, heldOut };
}

/** A number in [0, 1) that depends on the text alone: the first 48 bits of its SHA-256, 12 digits. */
export function position(text: string): number {
  return parseInt(sha256Hex(text).slice(0, 12), 16) / 2 ** 48;
}

/** The documents of at least `length` characters. */
export function longEnough(documents: readonly string[], length: number): readonly string[] {
  return documents.filter((document) => characterCount(document) >= length);
}

/**
 * The first `length` characters of `count` of `documents`, each long enough, in the order of their
 * code units. Documents are drawn without replacement, but what they begin with may be the same: a
 * prompt comes as often as it was drawn, so that the prompts are spread as the documents are. A
 * larger `count` draws the same documents and more.
 *
 * @throws {RangeError} If there are fewer documents.
 */
export function drawPrompts(
  documents: readonly string[],
  { count, length }: { readonly count: number; readonly length: number },
  random: RandomSource,
): string[] {
  if (documents.length < count) {
    throw new RangeError(`Cannot draw ${count} prompts: there are ${documents.length} documents`);
  }
  const order = Int32Array.from(documents.keys());
  return Array.from({ length: count }, (_, i) => {
    const j = i + Math.floor(random.next() * (order.length - i));
    const drawn = order[j] as number;
    order[j] = order[i] as number;
    return firstCharacters(documents[drawn] as string, length);
  }).sort();
}

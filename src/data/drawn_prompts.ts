import type { RandomSource } from "../random/random_stream.ts";
import { characterCount, firstCharacters } from "../text/characters.ts";

/** Those of `documents` that have a prompt of `length` characters in them. */
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

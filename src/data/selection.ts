/**
 * The uses of documents: models learn from some and are judged by others; prompts are drawn from both.
 *
 * @module
 */
import { ShortSha256 } from "../files/sha256.ts";
import type { RandomSource } from "../random/random_stream.ts";
import { type Documents, sharedWords } from "./documents.ts";

/** Documents to learn from, and others to be judged by; each in the order of the corpus. */
export interface Split {
  /** Models are trained on these, and n-grams counted from them. */
  readonly training: Documents;
  /** No model has seen these. */
  readonly heldOut: Documents;
}

/**
 * Holds about `share` of the documents out, 0 ≤ `share` < 1. Where a document goes depends on its
 * text and on `share` alone: equal documents go the same way, whatever the seed, the order and the
 * rest of the corpus, and a larger share holds out what a smaller one does and more.
 */
export function splitByContent(documents: Documents, share: number): Split {
  if (share === 0) return { training: documents, heldOut: documents.subset(sharedWords(0)) };
  const hash = new ShortSha256();
  const { length, text } = documents;
  // The first ones from the front, the others from the back.
  const places = sharedWords(length);
  let training = 0;
  let heldOut = length;
  for (let i = 0; i < length; i++) {
    const digest = hash.digest(text, documents.begin(i), documents.end(i));
    if (position(digest) < share) places[--heldOut] = i;
    else places[training++] = i;
  }
  return {
    training: documents.subset(places.subarray(0, training)),
    heldOut: documents.subset(places.subarray(training).reverse()),
  };
}

/** A number in [0, 1): the first 48 bits of a digest, whose words these are. */
function position(digest: Int32Array): number {
  const [first = 0, second = 0] = digest;
  return ((first >>> 0) * 2 ** 16 + (second >>> 16)) / 2 ** 48;
}

/**
 * The shortest decimal that, as a share, holds the fewest of `documents` out and leaves some: all those
 * with the text that comes first, as {@linkcode splitByContent} orders texts. `undefined` where there
 * are not two different texts.
 */
export function leastShare(documents: Documents): number | undefined {
  const hash = new ShortSha256();
  let first = Infinity;
  let second = Infinity;
  for (let i = 0; i < documents.length; i++) {
    const at = position(hash.digest(documents.text, documents.begin(i), documents.end(i)));
    if (at < first) [first, second] = [at, first];
    else if (at > first && at < second) second = at;
  }
  if (second === Infinity) return undefined;
  for (let digits = 1;; digits++) {
    const scale = 10 ** digits;
    const share = Math.floor(second * scale) / scale;
    if (share > first) return share;
    if (scale > Number.MAX_SAFE_INTEGER) return second;
  }
}

/** The documents of at least `length` characters. */
export function longEnough(documents: Documents, length: number): Documents {
  const places = sharedWords(documents.length);
  let count = 0;
  for (let i = 0; i < documents.length; i++) {
    if (documents.characters(i, length) >= length) places[count++] = i;
  }
  return documents.subset(places.subarray(0, count));
}

/** The characters of the longest of `documents`; 0 of none. */
export function longestOf(documents: Documents): number {
  let longest = 0;
  for (let i = 0; i < documents.length; i++) {
    // A character takes a byte at least.
    if (documents.end(i) - documents.begin(i) <= longest) continue;
    longest = Math.max(longest, documents.characters(i));
  }
  return longest;
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
  documents: Documents,
  { count, length }: { readonly count: number; readonly length: number },
  random: RandomSource,
): string[] {
  if (documents.length < count) {
    throw new RangeError(`Cannot draw ${count} prompts: there are ${documents.length} documents`);
  }
  // A shuffle's first `count` steps, which move few documents: the others are where they were.
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    const j = i + Math.floor(random.next() * (documents.length - i));
    const drawn = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return documents.beginning(drawn, length);
  }).sort();
}

import { hash } from "node:crypto";

/** Documents to learn from, and others to be judged by; each in the order of the corpus. */
export interface Split {
  /** What models are trained on, and n-grams counted from. */
  readonly training: readonly string[];
  /** What no model has seen. */
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

/** Where the text's SHA-256 lies among all there are, in [0, 1): its first 48 bits, 12 digits. */
function position(text: string): number {
  return parseInt(hash("sha256", text, "hex").slice(0, 12), 16) / 2 ** 48;
}

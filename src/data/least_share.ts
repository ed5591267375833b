import { position } from "./documents.ts";

/**
 * The shortest decimal that, as a share, holds the fewest of `documents` out and leaves some: all those
 * with the text that comes first, as {@linkcode splitByContent} orders texts. `undefined` where there
 * are not two different texts.
 */
export function leastShare(documents: Iterable<string>): number | undefined {
  let first = Infinity;
  let second = Infinity;
  for (const document of documents) {
    const at = position(document);
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

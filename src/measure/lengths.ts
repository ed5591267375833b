/**
 * How long texts are, to draw those of strategies beside the documents.
 *
 * @module
 */
import type { Documents } from "../data/documents.ts";
import { characterCount } from "../text/characters.ts";
import type { DistinctTexts } from "./sample_facts.ts";

/** How many texts have each length, in characters, the shortest first; lengths of none are left out. */
export type LengthCounts = readonly (readonly [characters: number, texts: number])[];

/** The most documents whose lengths are counted: a chart shows no more. */
const MOST_COUNTED = 100_000;

/** The lengths of texts with their prompts, each as often as it was found. */
export function lengthsOfTexts(
  { texts, characters: { starts } }: Pick<DistinctTexts, "texts" | "characters">,
): LengthCounts {
  const counts = new Map<number, number>();
  texts.forEach(({ prompt, count }, i) => {
    const length = (starts[i + 1] as number) - (starts[i] as number);
    add(counts, characterCount(prompt) + length, count);
  });
  return sorted(counts);
}

/** The lengths of `documents`; of very many, those of some that are evenly spread. */
export function lengthsOfDocuments(documents: Documents): LengthCounts {
  const counted = Math.min(documents.length, MOST_COUNTED);
  const counts = new Map<number, number>();
  for (let i = 0; i < counted; i++) {
    add(counts, documents.characters(Math.floor(i * documents.length / counted)), 1);
  }
  return sorted(counts);
}

function add(counts: Map<number, number>, length: number, count: number): void {
  counts.set(length, (counts.get(length) ?? 0) + count);
}

function sorted(counts: ReadonlyMap<number, number>): LengthCounts {
  return [...counts].sort(([a], [b]) => a - b);
}

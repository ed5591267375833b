import type { Sample } from "./sample.ts";

/** How different the samples of a cell are. */
export interface Diversity {
  /** Different continuations, whatever their prompts. */
  readonly unique: number;
  /** The same as a share of the samples. */
  readonly uniqueShare: number;
}

/** Measures `samples`, at least one. */
export function diversity(samples: readonly Sample[]): Diversity {
  const unique = new Set(samples.map(({ continuation }) => continuation)).size;
  return { unique, uniqueShare: unique / samples.length };
}

/**
 * Exact searches whose budget ended before they had proved the most probable text: after how many
 * prompts, and how much more probable a text that they missed can be there.
 *
 * @module
 */
import { ROUNDING } from "../../measure/compare_search.ts";
import { searchLogProb } from "../../measure/search.ts";
import { isProved, type SearchedDraw } from "../../measure/searched.ts";
import { formatCount } from "../../text/format.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { FindingDefinition, FoundNumber, PlannedFinding } from "./finding.ts";
import { type Search, searchesOf } from "./searches.ts";
import { sizesSaid } from "./wording.ts";

/** What each exact search leaves unproved; nothing where all prove the most probable text. */
export const unproved: FindingDefinition<RunRecord> = {
  name: "unproved",
  plan(run) {
    const searches = searchesOf(run);
    return searches.flatMap((search) => search.proves ? planOf(search, searches) : []);
  },
};

function planOf(search: Search, searches: readonly Search[]): PlannedFinding[] {
  const { label, proved, measures: { searched = [] } } = search;
  const open = searched.filter((draw) => !isProved(draw));
  if (open.length === 0) return [];
  const distances = open.map(({ logProbs, proof }) => (proof?.bound ?? NaN) - bestOf(logProbs));
  const [least, most] = [Math.min(...distances), Math.max(...distances)];
  const limit = Number.isFinite(most)
    ? prose`, by at most ${sizesSaid(searchLogProb, least, most)}`
    : [];
  const missed = open.filter((draw) => isExceeded(draw, search, searches)).length;
  const numbers: FoundNumber[] = [
    { name: "proved_share", of: label, value: proved / searched.length },
    ...Number.isFinite(most) ? [{ name: "log_prob_left_at_most", of: label, value: most }] : [],
  ];
  return [{
    pValues: [],
    say: () => ({
      text: prose`${codeSpan(label)} ran out of its budget: it proved the most probable text for ${
        proved === 0 ? "none" : proved
      } of ${formatCount(searched.length, "prompt")}. ${
        proved === 0 ? "A" : "For the others a"
      } text may exist that is more probable than the one that it found${limit}${
        missedText(missed)
      }.`,
      claims: false,
      cells: [label],
      numbers,
    }),
  }];
}

/** That other searches have found more probable texts themselves. */
function missedText(missed: number): Prose {
  return missed === 0
    ? []
    : prose`; another search did find a more probable one for ${missed} of these prompts`;
}

/** Whether another search has found a more probable text after the same prompt. */
function isExceeded(
  { prompt, logProbs }: SearchedDraw,
  own: Search,
  searches: readonly Search[],
): boolean {
  return searches.some((other) =>
    other !== own &&
    (other.measures.searched ?? []).some((draw) =>
      draw.prompt === prompt && bestOf(draw.logProbs) > bestOf(logProbs) + ROUNDING
    )
  );
}

function bestOf(logProbs: readonly number[]): number {
  return Math.max(...logProbs);
}

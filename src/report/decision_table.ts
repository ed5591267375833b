import type { ReportTable } from "./document.ts";
import type { Decision } from "./findings/finding.ts";
import { codeSpan, listed, type Prose, prose } from "./prose.ts";

/** The most cells that are named where several are tied. */
const MOST_NAMED = 6;

/** Decisions as a table: for what, which cells, and why. */
export function decisionTable(decisions: readonly Decision[]): ReportTable {
  return {
    columns: ["if you want", "use", "because"].map((title) => ({ title, align: "left" })),
    rows: decisions.map(({ want, use, because }) => [
      { text: want },
      { text: usedText(use) },
      { text: because },
    ]),
  };
}

/** `` `a`, `b` or `c` ``; of very many the first ones, and how many others there are. */
function usedText(labels: readonly string[]): Prose {
  const names = labels.map((label) => [codeSpan(label)]);
  if (names.length <= MOST_NAMED) return listed(names, "or");
  const others = names.length - MOST_NAMED + 1;
  return listed([...names.slice(0, MOST_NAMED - 1), prose`${others} others`], "or");
}

/**
 * The progress of an exact search, and the choice of the best of several texts, explained.
 *
 * @module
 */
import type { BestChosen, SearchProgress } from "../../decode/observation.ts";
import { inColumns } from "../../text/display_width.ts";
import type { TokenNames } from "./token_names.ts";
import { nats } from "./top_tokens.ts";

/** Rows of the progress of a search at its beginning and at its end, and texts of which one is the best. */
const MOST_ROWS = 6;
const MOST_TEXTS = 12;

/** An exact search with the numbers that it is shown with. */
export class ExplainedSearch {
  /** Which kind of step it is. */
  readonly kind = "search";
  readonly #progress: SearchProgress[] = [];

  /** Adds what was read or proved. */
  add(progress: SearchProgress): void {
    this.#progress.push(progress);
  }

  /** The search as lines, of texts after `prompt`: after each pass the best found and the best possible. */
  lines(prompt: string, names: TokenNames): string[] {
    const bound = (value: number): string => value === -Infinity ? "none" : nats(value);
    const rows = this.#progress.map(({ rows, complete, open, proved }) =>
      proved === undefined ? [`${rows}`, bound(complete), bound(open), ""] : [
        `${rows}`,
        nats(proved.logProb),
        bound(open),
        `proved: ${names.text(prompt, proved.tokens)}`,
      ]
    );
    const left = rows.length - 2 * MOST_ROWS;
    const shown = left > 0
      ? [...rows.slice(0, MOST_ROWS), ["…", "…", "…", `${left} more`], ...rows.slice(-MOST_ROWS)]
      : rows;
    return [
      "a prefix is at least as probable as every text that begins with it: the best",
      "complete text is proved when no open prefix is more probable",
      ...inColumns(
        [["tokens read", "best text", "best open prefix", ""], ...shown],
        "rrrl",
      ).map((line) => `   ${line}`),
    ];
  }

  /** The search as JSON, in the words of the command's other output. */
  json(names: TokenNames): Record<string, unknown> {
    const finite = (value: number): number | null => value === -Infinity ? null : value;
    return {
      kind: "search",
      progress: this.#progress.map(({ rows, complete, open, proved }) => ({
        tokens_read: rows,
        best_complete: finite(complete),
        best_open: finite(open),
        ...proved === undefined
          ? {}
          : { proved: { ...names.plainText(proved.tokens), log_prob: proved.logProb } },
      })),
    };
  }
}

/** The best of several texts as lines: each of them, best first, and which was chosen. */
export function bestLines(
  { texts, number }: BestChosen,
  prompt: string,
  names: TokenNames,
): string[] {
  const order = [...texts.keys()].sort((a, b) =>
    (texts[b]?.logProb ?? NaN) - (texts[a]?.logProb ?? NaN) || a - b
  );
  const rows = order.slice(0, MOST_TEXTS).map((place) => {
    const { tokens, logProb } = texts[place] ?? { tokens: [], logProb: NaN };
    return [
      place === number ? "→" : "",
      `${place + 1}.`,
      nats(logProb),
      names.text(prompt, tokens),
    ];
  });
  const more = texts.length - MOST_TEXTS;
  if (more > 0) rows.push(["", "", "", `… ${more} more`]);
  return [
    `${texts.length} texts were drawn; the most probable is returned, number ${number + 1}`,
    ...inColumns(rows, "lrrl").map((line) => `   ${line}`),
  ];
}

/** The best of several texts as JSON, in the words of the command's other output. */
export function bestJson(
  { texts, number }: BestChosen,
  names: TokenNames,
): Record<string, unknown> {
  return {
    kind: "best",
    texts: texts.map(({ tokens, logProb }) => ({ ...names.plainText(tokens), log_prob: logProb })),
    chosen: number,
  };
}

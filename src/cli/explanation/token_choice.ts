/**
 * One choice of a token, explained: the alternatives, what each warper kept of them and made of their
 * probabilities, and what was drawn.
 *
 * @module
 */
import { softmax } from "../../decode/distribution.ts";
import type { TokenChoice } from "../../decode/observation.ts";
import { inColumns, TERMINAL_WIDTH } from "../../text/display_width.ts";
import type { TokenNames } from "./token_names.ts";
import { percent, type TopTokens, topTokens } from "./top_tokens.ts";

/** A choice with the numbers that it is shown with. */
export interface ExplainedChoice {
  /** Which kind of step it is. */
  readonly kind: "token";
  /** The event, of which the arrays are no longer read. */
  readonly choice: Pick<TokenChoice, "token" | "isDrawn">;
  /** The text that was continued. */
  readonly before: string;
  /** The warpers, and how many tokens could still be drawn after each. */
  readonly warpers: readonly {
    readonly name: string;
    readonly value: number;
    readonly kept: number;
  }[];
  /** Alternatives in the target's own distribution and after each warper. */
  readonly top: TopTokens;
  /** How many tokens have a probability in the target's own distribution. */
  readonly possible: number;
}

/** The choice of an event after the text `before`. */
export function explainedChoice(event: TokenChoice, before: string): ExplainedChoice {
  const { token, isDrawn, steps } = event;
  const own = softmax(event.logits);
  return {
    kind: "token",
    choice: { token, isDrawn },
    before,
    warpers: steps.map(({ name, value, probabilities }) => ({
      name,
      value,
      kept: possibleIn(probabilities),
    })),
    top: topTokens([own, ...steps.map(({ probabilities }) => probabilities)], [token]),
    possible: possibleIn(own),
  };
}

function possibleIn(distribution: Float64Array): number {
  return distribution.reduce((count, one) => count + (one > 0 ? 1 : 0), 0);
}

/** Columns of probabilities that fit beside the tokens. */
const MOST_COLUMNS = 4;

/** The choice as lines, of which the first says what was chosen; `number` counts choices from 1. */
export function choiceLines(
  explained: ExplainedChoice,
  number: number,
  names: TokenNames,
): string[] {
  const { choice, before, warpers, top, possible } = explained;
  const chosen = top.rows.find(({ token }) => token === choice.token);
  const own = chosen?.probabilities[0] ?? NaN;
  const last = chosen?.probabilities.at(-1) ?? NaN;
  const how = choice.isDrawn
    ? `drawn with ${percent(last)}${warpers.length > 0 ? ` (target ${percent(own)})` : ""}`
    : `the most probable, ${percent(own)}`;
  const columns = [
    { heading: ["target"], kept: possible },
    ...warpers.map(({ name, value, kept }) => ({
      heading: [...headingOf(name), `${Number(value.toPrecision(4))}`],
      kept,
    })),
  ];
  const lines = [`${number}. after ${before}: ${names.shown(choice.token)}, ${how}`];
  // A long chain is shown in parts, one below the other.
  for (let from = 0; from < columns.length; from += MOST_COLUMNS) {
    const part = columns.slice(from, from + MOST_COLUMNS);
    const at = (values: readonly number[]): string[] =>
      part.map((_, i) => percent(values[from + i] ?? NaN));
    const depth = Math.max(...part.map(({ heading }) => heading.length));
    const headings = Array.from({ length: depth }, (_, line) => [
      ...["", ""],
      ...part.map(({ heading }) => heading[line - depth + heading.length] ?? ""),
    ]);
    const isLast = from + MOST_COLUMNS >= columns.length;
    const rows = top.rows.map(({ token, probabilities }) => [
      token === choice.token ? "→" : "",
      names.shown(token),
      ...at(probabilities),
      ...isLast ? [bar(probabilities.at(-1) ?? 0, part.length)] : [],
    ]);
    const { rest } = top;
    if (rest.count > 0) rows.push(["", `… ${rest.count} more`, ...at(rest.probabilities)]);
    if (warpers.some(({ kept }) => kept !== possible)) {
      rows.push(["", "tokens kept", ...part.map(({ kept }) => `${kept}`)]);
    }
    lines.push(
      ...inColumns([...headings, ...rows], `ll${"r".repeat(part.length)}l`).map((line) =>
        `   ${line}`
      ),
    );
  }
  return lines;
}

/** A warper's name on lines that are no wider than its column need be. */
function headingOf(name: string): string[] {
  return name.length <= 11 ? [name] : name.split(/(?<=_)/);
}

/** A bar that is longer the more probable a token is. */
function bar(probability: number, columns: number): string {
  const room = TERMINAL_WIDTH - 24 - 13 * columns;
  return "█".repeat(Math.round(probability * Math.max(0, Math.min(30, room))));
}

/** The choice as JSON, in the words of the command's other output. */
export function choiceJson(explained: ExplainedChoice, names: TokenNames): Record<string, unknown> {
  const { choice, before: _, warpers, top: { rows, rest } } = explained;
  return {
    kind: "token",
    token: names.plain(choice.token),
    drawn: choice.isDrawn,
    warpers,
    alternatives: rows.map(({ token, rank, probabilities: [p, ...warped] }) => ({
      token: names.plain(token),
      rank,
      probability: p,
      warped,
    })),
    others: {
      count: rest.count,
      probability: rest.probabilities[0],
      warped: rest.probabilities.slice(1),
    },
  };
}

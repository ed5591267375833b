/**
 * One round of speculative decoding, explained: what was proposed, with which probabilities, what the
 * rule made of each token, and the token that the round ended with.
 *
 * @module
 */
import { softmax } from "../../decode/distribution.ts";
import type { AcceptanceTest, RoundBegin, RoundEnd } from "../../decode/observation.ts";
import type { Token } from "../../model/language_model.ts";
import { inColumns, TERMINAL_WIDTH, wrappedWords } from "../../text/display_width.ts";
import type { TokenNames } from "./token_names.ts";
import { normalized, percent, type TopTokens, topTokens } from "./top_tokens.ts";

/** A proposed token, and what became of it. */
interface Proposed {
  readonly token: Token;
  /** q: its probability in the draft. */
  readonly q: number;
  /** The test that it was put to; none if one before it was refused. */
  test?: {
    /** Its probability in the target's own distribution. */
    readonly own: number;
    /** p: the same after warping. */
    readonly p: number;
    readonly acceptance: number;
    readonly uniform: number;
    readonly isAccepted: boolean;
  };
}

/** How the tables of rounds are to be read. */
export const ROUNDS_LEGEND =
  "a proposed token is accepted if u, drawn from 0 to 1, is below min(1, p/q)";

/** A round with the numbers that it is shown with. */
export class ExplainedRound {
  /** Which kind of step it is. */
  readonly kind = "round";
  readonly #before: string;
  readonly #proposed: readonly Proposed[];
  #tested = 0;
  #end: Pick<RoundEnd, "why" | "token" | "isKept"> & { readonly top: TopTokens } | undefined;

  /** Begins with the proposal after the text `before`. */
  constructor({ tokens, distributions }: RoundBegin, before: string) {
    this.#before = before;
    this.#proposed = tokens.map((token, i) => ({ token, q: distributions[i]?.[token] ?? NaN }));
  }

  /** Adds the test of the next proposed token. */
  test({ token, logits, p, acceptance, uniform, isAccepted }: AcceptanceTest): void {
    const proposed = this.#proposed[this.#tested++];
    if (proposed === undefined) return;
    const own = softmax(logits)[token] ?? NaN;
    proposed.test = { own, p: p[token] ?? NaN, acceptance, uniform, isAccepted };
  }

  /** Adds the token that was not proposed. */
  end({ why, token, isKept, weights }: RoundEnd): void {
    this.#end = { why, token, isKept, top: topTokens([normalized(weights)], [token]) };
  }

  /** The round as lines; `number` counts rounds from 1. */
  lines(number: number, names: TokenNames): string[] {
    const tokens = this.#proposed.map(({ token }) => names.shown(token));
    const proposed = tokens.length === 0 ? ["nothing is proposed"] : ["proposed:", ...tokens];
    return [
      ...wrappedWords([`round ${number} after ${this.#before}:`, ...proposed], TERMINAL_WIDTH - 2),
      ...[...this.#testLines(names), ...this.#endLines(names)].map((line) => `   ${line}`),
    ];
  }

  #testLines(names: TokenNames): string[] {
    if (this.#proposed.length === 0) return [];
    const isWarped = this.#proposed.some(({ test }) => test !== undefined && test.own !== test.p);
    const rows = this.#proposed.map(({ token, q, test }) => {
      const name = names.shown(token);
      if (test === undefined) {
        return [name, ...isWarped ? [""] : [], "", percent(q), "", "", "not tested"];
      }
      const { own, p, acceptance, uniform, isAccepted } = test;
      return [
        ...[name, ...isWarped ? [percent(own)] : [], percent(p), percent(q)],
        ...[acceptance.toFixed(3), uniform.toFixed(3), isAccepted ? "accepted" : "refused"],
      ];
    });
    const heading = [
      ...["", ...isWarped ? ["target", "warped p"] : ["target p"]],
      ...["draft q", "min(1, p/q)", "u", ""],
    ];
    return inColumns([heading, ...rows], `l${"r".repeat(heading.length - 2)}l`);
  }

  #endLines(names: TokenNames): string[] {
    if (this.#end === undefined) return [];
    const { why, token, isKept, top } = this.#end;
    const name = names.shown(token);
    const shares = top.rows.map(({ token: other, probabilities: [p = NaN] }) =>
      `${other === token ? "→ " : ""}${names.shown(other)} ${percent(p)}`
    );
    const { count, probabilities: [rest = 0] } = top.rest;
    if (count > 0) shares.push(`… ${count} more ${percent(rest)}`);
    const what = {
      "refusal": `in its place, drawn from max(0, p − q): ${name}`,
      "no refusal": `bonus, drawn from p: ${name}`,
      "nothing was kept": `nothing was added, so the target's most probable token: ${name}`,
    }[why];
    return [
      `${what}${isKept ? "" : ", which this rule drops"}`,
      ...wrappedWords(shares, TERMINAL_WIDTH - 7, "   ").map((line) => `  ${line}`),
    ];
  }

  /** The round as JSON, in the words of the command's other output. */
  json(names: TokenNames): Record<string, unknown> {
    const end = this.#end;
    return {
      kind: "round",
      proposed: this.#proposed.map(({ token, q, test }) => ({
        token: names.plain(token),
        q,
        ...test === undefined ? {} : {
          ...{ target: test.own, p: test.p, acceptance: test.acceptance },
          ...{ uniform: test.uniform, accepted: test.isAccepted },
        },
      })),
      ...end === undefined ? {} : {
        added: {
          token: names.plain(end.token),
          after: end.why,
          kept: end.isKept,
          alternatives: end.top.rows.map(({ token, probabilities: [probability] }) => ({
            token: names.plain(token),
            probability,
          })),
          others: { count: end.top.rest.count, probability: end.top.rest.probabilities[0] },
        },
      },
    };
  }
}

/**
 * Speculative decoding with one thing wrong, to show that the test of losslessness would notice. Each
 * fault has been made in a published implementation or is a slip away from one.
 *
 * @module
 */
import type { Draft, Proposal } from "../../src/decode/speculative/draft.ts";
import { RewindableSequence } from "../../src/decode/speculative/rewindable_sequence.ts";
import { limitReached, type Strategy } from "../../src/decode/strategy.ts";
import { Trace } from "../../src/decode/trace.ts";
import {
  acceptance,
  residual,
  type SpeculativeOptions,
} from "../../src/decode/speculative/rejection_sampling.ts";
import { warpedDistribution } from "../../src/decode/warp/warper.ts";
import { choose } from "../../src/random/choose.ts";

/** The decisions that a speculative algorithm may get wrong once it has p and q. */
export interface Rules {
  /** The weights from which a refused token is replaced. */
  readonly replacement: (p: Float64Array, q: Float64Array) => Float64Array;
  /** The distribution of the bonus token: of `p` at each position it should be the last. */
  readonly bonus: (p: readonly Float64Array[]) => Float64Array;
}

/** As it should be: with these rules the algorithm below is lossless. */
export const RIGHT: Rules = { replacement: residual, bonus: (p) => p.at(-1) as Float64Array };

/** A refused token is replaced from p itself. */
export const NO_SUBTRACTION: Rules = { ...RIGHT, replacement: (p) => p };

/** The bonus comes from where the last proposed token was verified, a position too early. */
export const EARLY_BONUS: Rules = { ...RIGHT, bonus: (p) => p.at(-2) ?? p.at(-1) as Float64Array };

/** Speculative decoding by `rules`, with all else as it should be, and no counts. */
export function speculativeBy(
  rules: Rules,
  { draft, draftK, warpers }: SpeculativeOptions,
): Strategy {
  return function* (request) {
    const { target, prompt, stops, random, maxNewTokens } = request;
    const trace = new Trace(stops);
    const reading = new RewindableSequence(target, "target");
    const drafting = draft.open(request);
    const text = [...prompt];
    try {
      while (limitReached(request, trace.tokens.length) === undefined) {
        const most = Math.min(draftK, maxNewTokens - trace.tokens.length - 1);
        const { tokens, distributions } = yield* drafting.propose(text, most, trace.costs);
        const pass = reading.ask(text, tokens, trace.costs);
        const logits = reading.take(pass && (yield pass));
        const p = logits.map((row, i) =>
          warpedDistribution(row, warpers, [...text, ...tokens.slice(0, i)], prompt.length)
        );
        let accepted = 0;
        let next: Float64Array | undefined;
        while (next === undefined && accepted < tokens.length) {
          const here = p[accepted] as Float64Array;
          const q = distributions[accepted] as Float64Array;
          const token = tokens[accepted] as number;
          if (random.next() < acceptance(here, q, token)) accepted++;
          else next = rules.replacement(here, q);
        }
        const chosen = tokens.slice(0, accepted);
        if (!chosen.some((token) => stops.has(token))) {
          chosen.push(choose(next ?? rules.bonus(p), random.next()));
        }
        for (const token of chosen) {
          text.push(token);
          if (trace.choose(token, logits[0] as Float64Array, 0)) return trace.end("eos");
        }
      }
      return trace.end("max_new_tokens");
    } finally {
      reading.close();
      drafting.close();
    }
  };
}

/** `draft`, with its proposals or their reported distributions changed. */
export function misreporting(draft: Draft, change: (proposal: Proposal) => Proposal): Draft {
  return {
    open(request) {
      const drafting = draft.open(request);
      return {
        *propose(text, most, costs) {
          return change(yield* drafting.propose(text, most, costs));
        },
        close: () => drafting.close(),
      };
    },
  };
}

/** A last token below the confidence is dropped after it was drawn, which favours the others. */
export const dropped = (confidence: number) => ({ tokens, distributions }: Proposal): Proposal => {
  const last = tokens.length - 1;
  const sure = (distributions[last]?.[tokens[last] as number] ?? 1) >= confidence;
  return sure
    ? { tokens, distributions }
    : { tokens: tokens.slice(0, last), distributions: distributions.slice(0, last) };
};

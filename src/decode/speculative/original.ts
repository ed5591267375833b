import type { LanguageModel, Logits, StopTokens, Token } from "../../model/language_model.ts";
import { argmax, draw, softmax } from "../distribution.ts";
import { logProbabilityOf } from "../ending.ts";
import { type Costs, type Decoding, limitReached, type Strategy } from "../strategy.ts";
import { SpeculationTrace, Trace } from "../trace.ts";
import { type AcceptanceRuleDefinition, commonSettings, type Proposal } from "./draft.ts";
import { trainedDraft, trainedProposer } from "./drafts/model.ts";
import { RewindableSequence } from "./rewindable_sequence.ts";

/** Below this, a draft probability counts as this in the acceptance ratio. */
const SMALLEST_PROBABILITY = 1e-10;

/**
 * Speculative decoding as the original script does it, and **not lossless**. The draft proposes its
 * *argmax*, up to `draftK` times, but a proposal is accepted with probability min(1, p/q), which is
 * right for a token *sampled* from q: this one is emitted with probability min(1, p/q) instead of p.
 * A stop token is never proposed, and dropped when it is drawn in place of a refused token, so a text
 * ends only where a round yields nothing and the target's argmax is a stop. There is no bonus token.
 *
 * A round's proposals are verified in one pass of the target.
 */
export function speculativeOriginal(draft: LanguageModel, draftK: number): Strategy {
  if (!(Number.isInteger(draftK) && draftK >= 1)) {
    throw new RangeError(`Cannot draft ${draftK} tokens: expected an integer of at least 1`);
  }
  return function* (request) {
    const { target, prompt, stops, random, observe } = request;
    const trace = new Trace(stops);
    const emit = (token: Token, logits: Logits): boolean =>
      trace.choose(token, logits, logProbabilityOf(logits, token, stops));
    const { tokens, costs } = trace;
    const speculation = new SpeculationTrace();
    const reading = new RewindableSequence(target, "target");
    const drafting = new RewindableSequence(draft, "draft");
    try {
      for (;;) {
        const limit = limitReached(request, tokens.length);
        if (limit !== undefined) return trace.end(limit, speculation);
        const text = [...prompt, ...tokens];
        reading.settle(text.length);
        drafting.settle(text.length);
        const room = Math.min(
          request.maxNewTokens - tokens.length,
          target.spec.blockSize - text.length,
        );
        const proposal = yield* propose(drafting, text, Math.min(draftK, room), stops, costs);
        observe?.({ kind: "proposal", ...proposal });
        const pass = reading.ask(text, proposal.tokens, costs);
        const logits = reading.take(pass && (yield pass));
        costs.rounds += 1;
        costs.proposed += proposal.tokens.length;
        speculation.proposed(proposal.tokens.length);
        for (let i = 0; i < proposal.tokens.length; i++) {
          const p = softmax(logits[i] as Logits);
          const q = proposal.distributions[i] as Float64Array;
          const token = proposal.tokens[i] as Token;
          costs.tested += 1;
          const ratio = (p[token] as number) / Math.max(q[token] as number, SMALLEST_PROBABILITY);
          const limit = Math.min(1, ratio);
          const uniform = random.next();
          const accepted = uniform < limit;
          speculation.tested(i, accepted, limit);
          observe?.({
            ...{ kind: "test", token, logits: logits[i] as Logits, p, q },
            ...{ acceptance: limit, uniform, isAccepted: accepted },
          });
          if (accepted) {
            costs.accepted += 1;
            emit(token, logits[i] as Logits);
            continue;
          }
          const weights = residual(p, q);
          const replacement = draw(weights, random.next());
          const isKept = !stops.has(replacement);
          observe?.({
            ...{ kind: "addition", why: "refusal", logits: logits[i] as Logits, weights },
            ...{ token: replacement, isKept },
          });
          if (isKept) {
            costs.resampled += 1;
            emit(replacement, logits[i] as Logits);
          }
          break;
        }
        const nothingYet = prompt.length + tokens.length === text.length;
        const first = logits[0] as Logits;
        if (!nothingYet) continue;
        const token = argmax(first);
        observe?.({
          ...{ kind: "addition", why: "nothing was kept", logits: first, weights: softmax(first) },
          ...{ token, isKept: true },
        });
        if (emit(token, first)) return trace.end("eos", speculation);
      }
    } finally {
      reading.close();
      drafting.close();
    }
  };
}

/** The draft's greedy continuation of `text`: `most` tokens, or those before a stop token. */
function* propose(
  drafting: RewindableSequence,
  text: readonly Token[],
  most: number,
  stops: StopTokens,
  costs: Costs,
): Decoding<Proposal> {
  const tokens: Token[] = [];
  const distributions: Float64Array[] = [];
  while (tokens.length < most) {
    const pass = drafting.ask([...text, ...tokens], [], costs);
    const distribution = softmax(drafting.takeLast(pass && (yield pass)));
    const token = argmax(distribution);
    if (stops.has(token)) break;
    tokens.push(token);
    distributions.push(distribution);
  }
  return { tokens, distributions };
}

/** max(0, p − q) unnormalised, or p itself where nothing is left of it. */
function residual(p: Float64Array, q: Float64Array): Float64Array {
  const left = p.map((probability, token) => Math.max(0, probability - (q[token] as number)));
  return left.some((probability) => probability > 0) ? left : p;
}

/** The settings of the original script's rule: its draft is the draft model, without warpers. */
export interface OriginalSettings {
  /** The rule. */
  readonly acceptance_rule: "original";
  /** The most tokens proposed in a round. */
  readonly draft_k: number;
}

/** The acceptance rule `original`. */
export const originalDefinition: AcceptanceRuleDefinition<OriginalSettings> = {
  name: "original",
  summary:
    "as the original script does it, which drafts by argmax but accepts as if it had sampled, " +
    "and so changes the distribution",
  reference: "microbeam.py of no-magic-ai/no-magic",
  schema: (z, first) =>
    z.strictObject({ ...first, draft_k: commonSettings(z).draft_k })
      .describe("The original script's, with the draft model: not lossless"),
  speculation: ({ draft_k }) => ({
    draftK: draft_k,
    isLossless: false,
    predictions: "none",
    warp: [],
    needs: "draft model",
    alternatives: [],
    proposer: trainedProposer,
  }),
  create: ({ draft_k }, resources) => speculativeOriginal(trainedDraft(resources), draft_k),
};

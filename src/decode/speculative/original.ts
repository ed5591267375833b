import { z } from "zod";
import type { LanguageModel, Logits, Token } from "../../model/language_model.ts";
import { choose } from "../../random/choose.ts";
import type { AcceptanceRuleDefinition } from "../definition.ts";
import { argmax, logProbability, softmax } from "../distribution.ts";
import { type Costs, type Decoding, limitReached, type Strategy } from "../strategy.ts";
import { SpeculationTrace, Trace } from "../trace.ts";
import { commonSettings } from "./draft.ts";
import { trainedDraft, trainedProposer } from "./drafts/model.ts";
import { Reader } from "./rewindable_sequence.ts";

/** Below this, a draft probability counts as this in the acceptance ratio. */
const SMALLEST_PROBABILITY = 1e-10;

/** Tokens proposed in one round. */
interface Proposal {
  readonly tokens: readonly Token[];
  /** The draft's distribution `[V]` at each of them. */
  readonly distributions: readonly Float64Array[];
}

/**
 * Speculative decoding as the original script does it, and **not lossless**. The draft proposes its
 * *argmax*, up to `draftK` times, but a proposal is accepted with probability min(1, p/q), which is
 * right for one *sampled* from q: it comes out with min(1, p/q) where p is due. EOS is never
 * proposed, and dropped when it is drawn in place of a refused token, so a text ends only where a
 * round yields nothing and EOS is the target's argmax. There is no bonus token.
 *
 * A round's proposals are verified in one pass of the target.
 */
export function speculativeOriginal(draft: LanguageModel, draftK: number): Strategy {
  if (!(Number.isInteger(draftK) && draftK >= 1)) {
    throw new RangeError(`Cannot draft ${draftK} tokens: expected an integer of at least 1`);
  }
  return function* (request) {
    const { target, prompt, eos, random } = request;
    const trace = new Trace(eos);
    const emit = (token: Token, logits: Logits): boolean =>
      trace.choose(token, logits, logProbability(logits, token));
    const { tokens, costs } = trace;
    const speculation = new SpeculationTrace();
    const targetReader = new Reader(target, "target");
    const draftReader = new Reader(draft, "draft");
    try {
      for (;;) {
        const limit = limitReached(request, tokens.length);
        if (limit !== undefined) return trace.end(limit, speculation);
        const text = [...prompt, ...tokens];
        const room = Math.min(
          request.maxNewTokens - tokens.length,
          target.spec.blockSize - text.length,
        );
        const proposal = yield* propose(draftReader, text, Math.min(draftK, room), eos, costs);
        const logits = yield* targetReader.rows(text, proposal.tokens, costs);
        costs.rounds += 1;
        costs.proposed += proposal.tokens.length;
        speculation.proposed(proposal.tokens.length);
        for (let i = 0; i < proposal.tokens.length; i++) {
          const p = softmax(logits[i] as Logits);
          const q = proposal.distributions[i] as Float64Array;
          const token = proposal.tokens[i] as Token;
          costs.tested += 1;
          const ratio = (p[token] as number) / Math.max(q[token] as number, SMALLEST_PROBABILITY);
          const accepted = random.next() < Math.min(1, ratio);
          speculation.tested(i, accepted, Math.min(1, ratio));
          if (accepted) {
            costs.accepted += 1;
            emit(token, logits[i] as Logits);
            continue;
          }
          const replacement = choose(residual(p, q), random.next());
          if (replacement !== eos) {
            costs.resampled += 1;
            emit(replacement, logits[i] as Logits);
          }
          break;
        }
        const nothingYet = prompt.length + tokens.length === text.length;
        const first = logits[0] as Logits;
        if (nothingYet && emit(argmax(first), first)) return trace.end("eos", speculation);
      }
    } finally {
      targetReader.close();
      draftReader.close();
    }
  };
}

/** The draft's most probable continuation of `text`: `most` tokens, or fewer where it says EOS. */
function* propose(
  reader: Reader,
  text: readonly Token[],
  most: number,
  eos: Token,
  costs: Costs,
): Decoding<Proposal> {
  const tokens: Token[] = [];
  const distributions: Float64Array[] = [];
  while (tokens.length < most) {
    const [logits] = yield* reader.rows([...text, ...tokens], [], costs);
    const distribution = softmax(logits as Logits);
    const token = argmax(distribution);
    if (token === eos) break;
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
  schema: (first) =>
    z.strictObject({ ...first, draft_k: commonSettings.draft_k })
      .describe("The original script's, with the draft model: not lossless"),
  speculation: ({ draft_k }) => ({
    draftK: draft_k,
    isLossless: false,
    warp: [],
    needs: "draft model",
    alternatives: [],
    proposer: trainedProposer,
  }),
  create: ({ draft_k }, resources) => speculativeOriginal(trainedDraft(resources), draft_k),
};

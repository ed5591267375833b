import { z } from "zod";
import type { Logits, Token } from "../../model/language_model.ts";
import { choose } from "../../random/choose.ts";
import type {
  AcceptanceRuleDefinition,
  DraftDefinition,
  OptionSchema,
  SettingSchemas,
  SettingsOfDraft,
} from "../definition.ts";
import { type DecodeRequest, limitReached, type Strategy } from "../strategy.ts";
import { SpeculationTrace, Trace } from "../trace.ts";
import { createWarpers } from "../warp/definitions.ts";
import type { Warper } from "../warp/warper.ts";
import type { Draft, Proposal } from "./draft.ts";
import { drafts } from "./drafts/definitions.ts";
import { acceptance, overlap, residual, warpedDistribution } from "./rejection_sampling.ts";
import { Reader } from "./rewindable_sequence.ts";

/** How to decode speculatively. */
export interface SpeculativeOptions {
  /** What proposes. */
  readonly draft: Draft;
  /** The most tokens that it proposes in a round, at least 1. */
  readonly draftK: number;
  /** What the target's distribution goes through, in order. */
  readonly warpers: readonly Warper[];
}

/**
 * Speculative decoding, lossless: each token is drawn from exactly the target's warped distribution,
 * whatever the draft. In a round the draft proposes tokens and one pass of the target verifies them
 * in order. A token stands with probability min(1, p/q). The first that does not is replaced by one
 * from max(0, p − q), and the rest is dropped; where all stand, the target's next distribution, known
 * already, gives a bonus token. EOS is proposed, verified and replaced as any other token.
 *
 * A round yields a token more than it accepts, so that one less than there is room for is proposed,
 * and none where there is room for one: that is a round too.
 */
export function speculative({ draft, draftK, warpers }: SpeculativeOptions): Strategy {
  if (!(Number.isInteger(draftK) && draftK >= 1)) {
    throw new RangeError(`Cannot draft ${draftK} tokens: expected an integer of at least 1`);
  }
  return function* (request) {
    const { target, prompt, eos } = request;
    const trace = new Trace(eos);
    const speculation = new SpeculationTrace();
    const { tokens, costs } = trace;
    const text = [...prompt];
    const reader = new Reader(target, "target");
    const drafting = draft.open(request);
    try {
      for (;;) {
        const limit = limitReached(request, tokens.length);
        if (limit !== undefined) return trace.end(limit, speculation);
        const most = Math.min(draftK, roomFor(request, tokens.length) - 1);
        const proposal = yield* drafting.propose(text, most, costs);
        const logits = yield* reader.rows(text, readable(proposal, eos), costs);
        costs.rounds += 1;
        costs.proposed += proposal.tokens.length;
        speculation.proposed(proposal.tokens.length);
        const round: Round = { request, warpers, proposal, logits, text, trace, speculation };
        if (verify(round)) return trace.end("eos", speculation);
      }
    } finally {
      reader.close();
      drafting.close();
    }
  };
}

/** How many tokens may still be chosen. */
function roomFor({ prompt, maxNewTokens, target }: DecodeRequest, generated: number): number {
  return Math.min(
    maxNewTokens - generated,
    target.spec.blockSize - prompt.length - generated,
  );
}

/** What the target must read to verify a proposal: nothing follows an EOS. */
function readable({ tokens }: Proposal, eos: Token): readonly Token[] {
  return tokens.at(-1) === eos ? tokens.slice(0, -1) : tokens;
}

/** A proposal and what the target says of it. */
interface Round {
  readonly request: DecodeRequest;
  readonly warpers: readonly Warper[];
  readonly proposal: Proposal;
  /** The target's, `[V]`, at each of the proposed tokens and after the last. */
  readonly logits: readonly Logits[];
  /** What stands so far; grows by what the round yields. */
  readonly text: Token[];
  readonly trace: Trace;
  readonly speculation: SpeculationTrace;
}

/** Accepts what may stand and adds one token; whether EOS was among them. */
function verify({ request, warpers, proposal, logits, text, trace, speculation }: Round): boolean {
  const { random } = request;
  const { costs } = trace;
  for (let i = 0;; i++) {
    const row = logits[i] as Logits;
    // Of the text as it stands here: a penalty must see what was accepted, and nothing else.
    const p = warpedDistribution(row, warpers, text, request.prompt.length);
    const emit = (token: Token): boolean => {
      text.push(token);
      return trace.choose(token, row, Math.log(p[token] as number));
    };
    if (i === proposal.tokens.length) {
      costs.bonus += 1;
      return emit(choose(p, random.next()));
    }
    const proposed = proposal.tokens[i] as Token;
    const q = proposal.distributions[i] as Float64Array;
    costs.tested += 1;
    const accepted = random.next() < acceptance(p, q, proposed);
    speculation.tested(i, accepted, overlap(p, q));
    if (!accepted) {
      costs.resampled += 1;
      return emit(choose(residual(p, q), random.next()));
    }
    costs.accepted += 1;
    if (emit(proposed)) return true;
  }
}

/** The settings of rejection sampling: those of one of the drafts. */
export type RejectionSamplingSettings =
  & { readonly acceptance_rule: "rejection_sampling" }
  & SettingsOfDraft<(typeof drafts)[number]>;

/** The acceptance rule `rejection_sampling`. */
export const rejectionSamplingDefinition: AcceptanceRuleDefinition<RejectionSamplingSettings> = {
  name: "rejection_sampling",
  summary: "draws from exactly the target's warped distribution, whatever the draft",
  reference: "Leviathan, Kalman and Matias, 2023; Chen et al., 2023",
  schema: schemaOf,
  speculation: (settings) => {
    const draft = draftOf(settings);
    return {
      draftK: settings.draft_k,
      isLossless: true,
      warp: settings.warp,
      needs: draft.needs,
      alternatives: drafts.filter(({ needs }) => needs !== "draft model")
        .map(({ name }) => `draft: ${name}`),
      proposer: (resources) => draft.proposer?.(settings, resources),
    };
  },
  create: (settings, resources) =>
    speculative({
      draft: draftOf(settings).create(settings, resources),
      draftK: settings.draft_k,
      warpers: createWarpers(settings.warp),
    }),
};

function draftOf(settings: RejectionSamplingSettings): DraftDefinition {
  const draft = drafts.find(({ name }) => name === settings.draft);
  if (draft !== undefined) return draft;
  throw new RangeError(
    `Cannot draft by "${settings.draft}": expected one of ` +
      drafts.map(({ name }) => name).join(", "),
  );
}

/** The settings of each draft. */
function schemaOf(rule: SettingSchemas): OptionSchema {
  const settingsOf = ({ summary, settings }: DraftDefinition, draft: z.ZodType) =>
    z.strictObject({ ...rule, draft: draft.describe(summary), ...settings })
      .describe(`${summary}; the target verifies`);
  const [first, ...others] = drafts;
  return z.discriminatedUnion("draft", [
    settingsOf(first, z.literal(first.name).default(first.name)),
    ...others.map((draft) => settingsOf(draft, z.literal(draft.name))),
  ]);
}

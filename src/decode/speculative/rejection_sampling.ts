/**
 * The acceptance rule of speculative sampling (Leviathan et al., 2023; Chen et al., 2023), and the
 * decoding loop around it: a token drawn from `q` is accepted or replaced so that the result is drawn
 * from `p`.
 *
 * - accepted: a proposed token that passes the test, which it does with probability min(1, p/q);
 * - resampled: a token drawn in place of the first refused one, from max(0, p − q);
 * - bonus: a token drawn after a proposal of which none was refused, from `p`.
 *
 * Shapes: `V` tokens in the vocabulary; `p` and `q` are distributions `[V]` after warping.
 *
 * @module
 */
import type { z } from "zod";
import type { Logits, StopTokens, Token } from "../../model/language_model.ts";
import { draw, type LogNormaliser } from "../distribution.ts";
import { probabilityOf } from "../ending.ts";
import { isLarge } from "../large_rows.ts";
import type { OptionSchema, SettingSchemas, Zod } from "../definition.ts";
import { type DecodeRequest, limitReached, type Strategy } from "../strategy.ts";
import { SpeculationTrace, Trace } from "../trace.ts";
import { createWarpers } from "../warp/definitions.ts";
import { distributionInto, passingDistribution, type Warper } from "../warp/warper.ts";
import type {
  AcceptanceRuleDefinition,
  Draft,
  DraftDefinition,
  Proposal,
  SettingsOfDraft,
} from "./draft.ts";
import { drafts } from "./drafts/definitions.ts";
import { RewindableSequence } from "./rewindable_sequence.ts";

/** The draft of speculative decoding and the target's warpers. */
export interface SpeculativeOptions {
  /** The source of proposals. */
  readonly draft: Draft;
  /** The most tokens that it proposes in a round, at least 1. */
  readonly draftK: number;
  /** The warpers of the target's distribution, in order. */
  readonly warpers: readonly Warper[];
}

/**
 * Speculative decoding, lossless: each token is drawn from exactly the target's warped distribution,
 * whatever the draft. In a round the draft proposes tokens and one pass of the target verifies them
 * in order. A token is accepted with probability min(1, p/q). The first refused one is replaced by one
 * from max(0, p − q), and the rest is dropped; if all are accepted, the target's next distribution,
 * which is known already, gives a bonus token. Stop tokens are proposed, verified and replaced like
 * any other.
 *
 * A round yields one token more than it accepts. So it proposes one less than there is room for: with
 * room for one token none, which is a round all the same.
 */
export function speculative({ draft, draftK, warpers }: SpeculativeOptions): Strategy {
  if (!(Number.isInteger(draftK) && draftK >= 1)) {
    throw new RangeError(`Cannot draft ${draftK} tokens: expected an integer of at least 1`);
  }
  return function* (request) {
    const { target, prompt, stops } = request;
    const trace = new Trace(stops);
    const speculation = new SpeculationTrace();
    const { tokens, costs } = trace;
    const text = [...prompt];
    const reading = new RewindableSequence(target, "target");
    const drafting = draft.open(request);
    const sample: Sample = { request, warpers, reading, text, trace, speculation };
    try {
      for (;;) {
        const limit = limitReached(request, tokens.length);
        if (limit !== undefined) return trace.end(limit, speculation);
        const most = Math.min(draftK, roomFor(request, tokens.length) - 1);
        reading.settle(text.length);
        const proposal = yield* drafting.propose(text, most, costs);
        request.observe?.({ kind: "proposal", ...proposal });
        const pass = reading.ask(text, readable(proposal, stops), costs);
        reading.keep(pass && (yield pass));
        costs.rounds += 1;
        costs.proposed += proposal.tokens.length;
        speculation.proposed(proposal.tokens.length);
        if (verify(proposal, sample)) return trace.end("eos", speculation);
      }
    } finally {
      reading.close();
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

/** The tokens that the target reads to verify a proposal: all but a stop, which nothing follows. */
function readable({ tokens }: Proposal, stops: StopTokens): readonly Token[] {
  const last = tokens[tokens.length - 1];
  return last !== undefined && stops.has(last) ? tokens.slice(0, -1) : tokens;
}

/** A sample in progress. */
interface Sample {
  readonly request: DecodeRequest;
  readonly warpers: readonly Warper[];
  /** Has the target's logits, `[V]`, at each of the tokens of a proposal and after the last. */
  readonly reading: RewindableSequence;
  /** The text so far; grows by the tokens that a round yields. */
  readonly text: Token[];
  readonly trace: Trace;
  readonly speculation: SpeculationTrace;
}

// The target's distribution, and the weights of a residual: used up before the next one.
let passing: Float64Array = new Float64Array();
let left = new Float64Array();

/**
 * Makes `passing` the distribution of the next token; returns the logits' normaliser where it comes with
 * that.
 */
function distribute(
  row: Logits,
  { request, warpers, text }: Sample,
): LogNormaliser | undefined {
  // A penalty must see the tokens accepted so far and no others.
  const { prompt } = request;
  if (isLarge(row)) {
    passing = passingDistribution(row, warpers, text, prompt.length);
    return undefined;
  }
  if (passing.length !== row.length) passing = new Float64Array(row.length);
  return distributionInto(passing, row, warpers, text, prompt.length);
}

/** Accepts tokens of a proposal and adds one; returns whether a stop token was among them. */
function verify(proposal: Proposal, sample: Sample): boolean {
  const { request, reading, trace, speculation } = sample;
  const { random, observe } = request;
  const { costs } = trace;
  for (let i = 0;; i++) {
    const row = reading.row(i);
    const normaliser = distribute(row, sample);
    const p = passing;
    let token: Token;
    if (i === proposal.tokens.length) {
      costs.bonus += 1;
      token = draw(p, random.next());
      observe?.(
        { kind: "addition", why: "no refusal", logits: row, weights: p, token, isKept: true },
      );
      return emit(sample, row, p, token, normaliser);
    }
    token = proposal.tokens[i] as Token;
    const q = proposal.distributions[i] as Float64Array;
    costs.tested += 1;
    const limit = acceptance(p, q, token);
    const uniform = random.next();
    const accepted = uniform < limit;
    speculation.tested(i, accepted, overlap(p, q));
    observe?.({
      ...{ kind: "test", token, logits: row, p, q },
      ...{ acceptance: limit, uniform, isAccepted: accepted },
    });
    if (!accepted) {
      costs.resampled += 1;
      const weights = residual(p, q);
      token = draw(weights, random.next());
      observe?.({ kind: "addition", why: "refusal", logits: row, weights, token, isKept: true });
      return emit(sample, row, p, token, normaliser);
    }
    costs.accepted += 1;
    if (emit(sample, row, p, token, normaliser)) return true;
  }
}

/** Adds a token, whose distribution was `p`; returns whether it was a stop token. */
function emit(
  { request, text, trace }: Sample,
  row: Logits,
  p: Float64Array,
  token: Token,
  normaliser: LogNormaliser | undefined,
): boolean {
  text.push(token);
  const warpedLogProb = Math.log(probabilityOf(p, token, request.stops));
  return trace.choose(token, row, warpedLogProb, normaliser);
}

/** The probability min(1, p/q) with which `token`, drawn from `q`, is accepted. */
export function acceptance(p: Float64Array, q: Float64Array, token: Token): number {
  return Math.min(1, (p[token] as number) / (q[token] as number));
}

/**
 * The weights max(0, p − q), from which a refused token is replaced. If rounding leaves nothing of them
 * (p and q are then equal, and nothing should have been refused), `p` itself. They are overwritten by the
 * next.
 */
export function residual(p: Float64Array, q: Float64Array): Float64Array {
  if (left.length !== p.length) left = new Float64Array(p.length);
  let mass = 0;
  for (let token = 0; token < p.length; token++) {
    left[token] = Math.max(0, (p[token] as number) - (q[token] as number));
    mass += left[token] as number;
  }
  return mass > 0 ? left : p;
}

/** β = Σ min(p, q): the probability that a token drawn from `q` is accepted (Leviathan, theorem 3.5). */
export function overlap(p: Float64Array, q: Float64Array): number {
  // Two sums of a large row need not wait for each other; a small one's keeps its order.
  const half = isLarge(p) ? p.length >> 1 : 0;
  let sum = 0;
  let other = 0;
  for (let token = 0; token < half; token++) {
    sum += Math.min(p[token] as number, q[token] as number);
    other += Math.min(p[half + token] as number, q[half + token] as number);
  }
  for (let token = 2 * half; token < p.length; token++) {
    sum += Math.min(p[token] as number, q[token] as number);
  }
  return sum + other;
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
      predictions: draft.hasConstantLength(settings) ? "all" : "at lengths",
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
function schemaOf(z: Zod, rule: SettingSchemas): OptionSchema {
  const settingsOf = ({ summary, settings }: DraftDefinition, draft: z.ZodType) =>
    z.strictObject({ ...rule, draft: draft.describe(summary), ...settings(z) })
      .describe(`${summary}; the target verifies`);
  const [first, ...others] = drafts;
  return z.discriminatedUnion("draft", [
    settingsOf(first, z.literal(first.name).default(first.name)),
    ...others.map((draft) => settingsOf(draft, z.literal(draft.name))),
  ]);
}

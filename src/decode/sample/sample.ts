/**
 * Choosing one token after the other: the loop of all strategies that do so, sampling with a chain of
 * warpers, and sampling with one warper as a strategy of its own.
 *
 * @module
 */
import type { Sequence, StopTokens, Token } from "../../model/language_model.ts";
import type { RandomSource } from "../../random/random_stream.ts";
import { defineStrategy, type StrategyDefinition, type WarperDefinition } from "../definition.ts";
import { draw, softmaxInPlace } from "../distribution.ts";
import { probabilityOf } from "../ending.ts";
import { isLarge, workRow } from "../large_rows.ts";
import type { WarpingStep } from "../observation.ts";
import { counted, limitReached, onlyAnswer, type Strategy } from "../strategy.ts";
import { Trace } from "../trace.ts";
import { createWarpers, warp as chain, warpers } from "../warp/definitions.ts";
import { warp, type Warper, warpingSteps } from "../warp/warper.ts";

/**
 * A chosen token and its log-probability (nats) in the distribution it was drawn from, of a stop token that of
 * any.
 */
export interface Choice {
  /** The token. */
  readonly token: Token;
  /** Its log-probability where it was drawn from; 0 where there was no choice. */
  readonly logProb: number;
}

/** How one token after the other is chosen. */
export interface Chooser {
  /**
   * Chooses a token from the target's logits `[V]` after `history`, whose first `promptLength` tokens
   * are BOS and the prompt; any of `stops` ends the text.
   */
  choose(
    logits: Float64Array,
    history: readonly Token[],
    random: RandomSource,
    promptLength: number,
    stops: StopTokens,
  ): Choice;
  /** The distributions on the way to the one that the next token is drawn from; none if none is. */
  steps?(
    logits: Float64Array,
    history: readonly Token[],
    promptLength: number,
  ): readonly WarpingStep[];
}

/** The loop of every strategy that decides on one token at a time and never takes one back. */
export function tokenByToken(chooser: Chooser): Strategy {
  return function* (sample) {
    const { target, prompt, stops, random, observe } = sample;
    const trace = new Trace(stops);
    const history = [...prompt];
    const sequence = target.open();
    // One request for all passes, since hundreds of samples make one for every token.
    const request: { sequence: Sequence; tokens: readonly Token[]; rows: number } = {
      sequence,
      tokens: prompt,
      rows: 1,
    };
    const pass = [request];
    try {
      for (;;) {
        const limit = limitReached(sample, trace.tokens.length);
        if (limit !== undefined) return trace.end(limit);
        const logits = onlyAnswer(yield counted(trace.costs, "target", pass));
        const steps = observe && chooser.steps?.(logits, history, prompt.length);
        const { token, logProb } = chooser.choose(logits, history, random, prompt.length, stops);
        observe?.({
          kind: "token",
          logits,
          steps: steps ?? [],
          isDrawn: steps !== undefined,
          token,
        });
        if (trace.choose(token, logits, logProb)) return trace.end("eos");
        history.push(token);
        request.tokens = [token];
      }
    } finally {
      sequence.close();
    }
  };
}

/** Ancestral sampling: each token drawn from the target's distribution after `warpers`, in order. */
export function sample(warpers: readonly Warper[]): Strategy {
  // Used up within each choice, so that thousands of samples need not allocate one per token.
  let scratch: Float64Array = new Float64Array();
  return tokenByToken({
    choose(logits, history, random, promptLength, stops) {
      if (isLarge(logits)) scratch = workRow(logits.length);
      else if (scratch.length !== logits.length) scratch = new Float64Array(logits.length);
      scratch.set(logits);
      warp(warpers, scratch, history, promptLength);
      softmaxInPlace(scratch);
      const token = draw(scratch, random.next());
      return { token, logProb: Math.log(probabilityOf(scratch, token, stops)) };
    },
    steps: (logits, history, promptLength) => warpingSteps(logits, warpers, history, promptLength),
  });
}

/**
 * The strategy `sample`.
 *
 * @internal
 */
export const sampleDefinition = defineStrategy({
  name: "sample",
  summary: "Samples from the target's distribution after a chain of warpers",
  settings: {
    warp: chain.default([]).describe(
      "The warpers, applied in this order, each a map of one key: [{ temperature: 0.8 }, { top_k: 5 }]",
    ),
  },
  unsaid: { warp: [] },
  isDeterministic: false,
  isSearch: false,
  samplesAfter: ({ warp }) => warp,
  drawsEachToken: () => true,
  create: ({ warp }) => sample(createWarpers(warp)),
});

/** The strategy that samples with one warper: its settings have the warper's value. */
export type WarperStrategy<Definition> = Definition extends
  WarperDefinition<infer Name, infer Setting>
  ? StrategyDefinition<{ readonly strategy: Name } & { readonly [Key in Setting]: number }>
  : never;

/** A strategy for each definition of a list, in its order. */
export type WarperStrategies<Definitions extends readonly unknown[]> = {
  readonly [Place in keyof Definitions]: WarperStrategy<Definitions[Place]>;
};

/**
 * Each warper as a strategy of its own.
 *
 * @internal
 */
export const warperStrategies = warpers.map(
  // TypeScript's `map` forgets which strategy is at which place.
  warperStrategy,
) as unknown as WarperStrategies<
  typeof warpers
>;

function warperStrategy({ name, strategy, value, reference, create }: WarperDefinition) {
  const { setting, summary, default: fallback } = strategy;
  return defineStrategy({
    name,
    summary,
    ...(reference === undefined ? {} : { reference }),
    settings: { [setting]: value.default(fallback).describe(value.description ?? name) },
    isDeterministic: false,
    isSearch: false,
    samplesAfter: ({ [setting]: value }) => [{ [name]: Number(value) }],
    drawsEachToken: () => true,
    create: ({ [setting]: value }) => sample([create(Number(value))]),
  });
}

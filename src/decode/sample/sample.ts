/**
 * Sampling with a chain of warpers, and sampling with one warper as a strategy of its own.
 *
 * @module
 */
import {
  defineStrategy,
  type StrategyDefinition,
  type WarperDefinition,
  type Zod,
} from "../definition.ts";
import { draw, softmaxInPlace } from "../distribution.ts";
import { probabilityOf } from "../ending.ts";
import { isLarge, workRow } from "../large_rows.ts";
import type { Strategy } from "../strategy.ts";
import { chainSchema, createWarpers, warpers } from "../warp/definitions.ts";
import { temperatureOf, warp, type Warper, warpingSteps } from "../warp/warper.ts";
import { tokenByToken } from "./token_by_token.ts";

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
    temperature: temperatureOf(warpers),
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
  settings: (z: Zod) => ({
    warp: chainSchema(z).default([]).describe(
      "The warpers, applied in this order, each a map of one key: [{ temperature: 0.8 }, { top_k: 5 }]",
    ),
  }),
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
    settings: (z: Zod) => {
      const schema = value(z);
      return { [setting]: schema.default(fallback).describe(schema.description ?? name) };
    },
    isDeterministic: false,
    isSearch: false,
    samplesAfter: ({ [setting]: value }) => [{ [name]: Number(value) }],
    drawsEachToken: () => true,
    create: ({ [setting]: value }) => sample([create(Number(value))]),
  });
}

/**
 * Generators for the property tests: warpers, chains of them, logits and texts.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert } from "@std/assert";
import fc from "fast-check";
import {
  type WarperName,
  warpers,
  type WarperSettings,
} from "../../../src/decode/warp/definitions.ts";
import { type WarperCases, warperCases } from "../cases/warpers.ts";

/** The names of all warpers, in the order of the list. */
export const WARPER_NAMES: readonly WarperName[] = warpers.map(({ name }) => name);

/** The cases of a warper; throws where there are none. */
export function casesOf(name: string): WarperCases {
  const cases = warperCases[name];
  assert(cases !== undefined, `tests/decode/cases/warpers.ts has no cases of ${name}`);
  return cases;
}

/** One warper as a config says it. */
export function settings(name: WarperName, value: number): WarperSettings {
  return { [name]: value } as unknown as WarperSettings;
}

/** A warper of one of `names`, of any kind if none are given. */
export function anyWarper(names = WARPER_NAMES): fc.Arbitrary<WarperSettings> {
  return fc.constantFrom(...names).chain((name) =>
    fc.constantFrom(...casesOf(name).values).map((value) => settings(name, value))
  );
}

/** Logits of 1 to 40 tokens, many of them equal and some −∞, but not all. */
export const anyLogits: fc.Arbitrary<Float64Array> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: -12, max: 12 }).map((half) => half / 2) },
    { weight: 3, arbitrary: fc.double({ min: -60, max: 60, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(-Infinity) },
  ),
  { minLength: 1, maxLength: 40 },
).filter((logits) => logits.some((logit) => logit > -Infinity)).map((logits) =>
  Float64Array.from(logits)
);

/** Logits and a text over their tokens, whose first `promptLength` tokens are BOS and the prompt. */
export const anyChoice: fc.Arbitrary<
  { readonly logits: Float64Array; readonly history: number[]; readonly promptLength: number }
> = anyLogits.chain((logits) =>
  fc.record({
    logits: fc.constant(logits),
    history: fc.array(fc.nat(logits.length - 1), { minLength: 1, maxLength: 12 }),
    promptLength: fc.integer({ min: 1, max: 12 }),
  })
).map(({ logits, history, promptLength }) => ({
  logits,
  history,
  promptLength: Math.min(promptLength, history.length),
}));

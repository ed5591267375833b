/**
 * What the property tests draw: warpers, chains of them, logits and texts.
 *
 * @module
 */
import fc from "fast-check";
import type { WarperName, WarperSettings } from "../../../src/decode/warp/definitions.ts";

/** Values of each warper, the edges among them. */
export const warperValues: Readonly<Record<WarperName, readonly [number, ...number[]]>> = {
  temperature: [0.8, 1e-100, 0.1, 1, 3, 1e100],
  top_k: [5, 1, 2, 40, 1000],
  top_p: [0.9, 1e-9, 0.5, 1],
  min_p: [0.1, 0, 0.5, 1],
  typical_p: [0.9, 1e-9, 0.5, 1],
  top_n_sigma: [1, 1e-9, 0.5, 1e308],
  epsilon: [0.02, 0, 0.3, 1],
  eta: [0.02, 0, 0.3, 1],
  repetition_penalty: [1.2, 1e-6, 1, 1e6],
  presence_penalty: [0.5, -1e6, 0, 1e6],
  frequency_penalty: [0.5, -1e6, 0, 1e6],
  no_repeat_ngram: [2, 1, 3, 40],
};

/** All of them, in the order of the schema. */
export const WARPER_NAMES = Object.keys(warperValues) as readonly WarperName[];

/** One warper as a config says it. */
export function settings(name: WarperName, value: number): WarperSettings {
  return { [name]: value } as unknown as WarperSettings;
}

/** A warper of one of `names`, of any kind if none are given. */
export function anyWarper(names = WARPER_NAMES): fc.Arbitrary<WarperSettings> {
  return fc.constantFrom(...names).chain((name) =>
    fc.constantFrom(...warperValues[name]).map((value) => settings(name, value))
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

/**
 * What a config may say of warpers: each by itself, as a strategy, and several of them, as the chain
 * `warp` of a strategy that samples.
 *
 * @module
 */
import { z } from "zod";

const positiveInteger = z.int().min(1);
const share = z.number().min(0).max(1);
const mass = z.number().gt(0).max(1);
/** Far past what any logit is, and far from what f64 cannot hold. */
const penalty = z.number().min(-1e6).max(1e6);

/** The name of a warper in configs. */
export type WarperName =
  | "temperature"
  | "top_k"
  | "top_p"
  | "min_p"
  | "typical_p"
  | "top_n_sigma"
  | "epsilon"
  | "eta"
  | "repetition_penalty"
  | "presence_penalty"
  | "frequency_penalty"
  | "no_repeat_ngram";

/** The value of each warper, under its name in a chain. */
const warpers: Readonly<Record<WarperName, z.ZodNumber>> = {
  temperature: z.number().min(1e-100).describe(
    "Divides the logits: below 1 sharper, above 1 flatter. 0 would be greedy, a strategy of its own",
  ),
  top_k: positiveInteger.describe("How many of the most probable tokens are kept"),
  top_p: mass.describe("The mass that the kept tokens reach, most probable first; 1 keeps all"),
  min_p: share.describe(
    "What a kept token has at least, as a share of the largest probability; 0 keeps all",
  ),
  typical_p: mass.describe(
    "The mass that the kept tokens reach, those of most typical surprisal first; 1 keeps all",
  ),
  top_n_sigma: z.number().gt(0).describe(
    "How many standard deviations below the largest logit the kept ones are at most",
  ),
  epsilon: share.describe("The probability that a kept token has at least; 0 keeps all"),
  eta: share.describe("ε in the probability min(ε, √ε·e^−H) that a kept token has at least"),
  repetition_penalty: z.number().min(1e-6).max(1e6).describe(
    "Divides the positive and multiplies the negative logits of tokens that the text has, prompt " +
      "included; 1 changes nothing",
  ),
  presence_penalty: penalty.describe(
    "Taken from the logits of tokens that were generated; below 0 encourages them",
  ),
  frequency_penalty: penalty.describe(
    "Taken from a token's logit for each time that it was generated; below 0 encourages it",
  ),
  no_repeat_ngram: positiveInteger.describe(
    "The length of the runs of tokens that the text, prompt included, may not have twice",
  ),
};

/** One warper of a chain as a config says it, with its value or several to try: `{ top_k: [1, 5] }`. */
export type WarperEntry = {
  [Name in WarperName]: { readonly [Key in Name]: number | readonly number[] };
}[WarperName];

/** One warper of a chain with its value: `{ top_k: 5 }`. */
export type WarperSettings = {
  [Name in WarperName]: { readonly [Key in Name]: number };
}[WarperName];

/**
 * A setting, or a list of values for it: each value makes a cell of its own.
 *
 * @internal
 */
export function oneOrMore(value: z.ZodNumber): z.ZodUnion<[z.ZodNumber, z.ZodArray<z.ZodNumber>]> {
  return z.union([value, z.array(value).min(1)]);
}

// Zod's types cannot say "exactly one of these keys"; a union would have a message for each of them.
const warper = z.strictObject(
  Object.fromEntries(
    Object.entries(warpers).map(([name, value]) => [
      name,
      oneOrMore(value).optional().describe(value.description ?? name),
    ]),
  ),
).refine((entry) => Object.keys(entry).length === 1, {
  error: ({ input }) => {
    const names = Object.keys(input as object);
    return names.length === 0
      ? "expected a warper and its value, such as top_k: 5, found an empty map"
      : `expected one warper in each item of the list, found ${names.join(" and ")}`;
  },
  // An unknown name has been found already.
  when: ({ issues }) => issues.length === 0,
}).meta({ minProperties: 1, maxProperties: 1 });

/**
 * The schema of a chain.
 *
 * @internal
 */
export type WarpSchema = z.ZodType<readonly WarperEntry[], readonly WarperEntry[]>;

/** A chain of warpers: a list of maps with one key each, in the order of application. */
export const warp: WarpSchema = z.array(warper) as unknown as WarpSchema;

/** The settings of a strategy that is one warper, under the warper's own name. */
function single<Name extends WarperName>(name: Name, fallback: number, description: string) {
  const value = warpers[name];
  const setting = oneOrMore(value).default(fallback).describe(value.description ?? name);
  return z.strictObject({
    strategy: z.literal(name),
    ...{ [name]: setting } as { [Key in Name]: typeof setting },
  }).describe(description);
}

/**
 * Each warper as a strategy of its own.
 *
 * @internal
 */
export const warperStrategies = [
  single("temperature", 0.8, "Samples from softmax(logits / temperature)"),
  z.strictObject({
    strategy: z.literal("top_k"),
    k: oneOrMore(warpers.top_k).default(5).describe(warpers.top_k.description ?? ""),
  }).describe("Samples from the k most probable tokens"),
  z.strictObject({
    strategy: z.literal("top_p"),
    p: oneOrMore(warpers.top_p).default(0.9).describe(warpers.top_p.description ?? ""),
  }).describe("Nucleus sampling: samples from the fewest tokens whose mass reaches p"),
  single("min_p", 0.1, "Samples from the tokens that are not too improbable beside the best"),
  single("typical_p", 0.9, "Samples from the tokens whose surprisal is nearest to the entropy"),
  single("top_n_sigma", 1, "Samples from the tokens whose logits are near the largest"),
  single("epsilon", 0.02, "Samples from the tokens that are probable enough"),
  single("eta", 0.02, "Samples from the tokens that are probable enough for the entropy"),
  single("repetition_penalty", 1.2, "Samples with tokens that the text has made less probable"),
  single("presence_penalty", 0.5, "Samples with tokens that were generated made less probable"),
  single(
    "frequency_penalty",
    0.5,
    "Samples with tokens less probable each time they are generated",
  ),
  single("no_repeat_ngram", 2, "Samples without repeating any run of so many tokens"),
] as const;

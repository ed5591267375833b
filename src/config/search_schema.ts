/**
 * What a config may say of searches, and of what else returns more than it draws.
 *
 * @module
 */
import { z } from "zod";
import { oneOrMore, warp } from "./warp_schema.ts";

const positiveInteger = z.int().min(1);
const width = positiveInteger.max(10_000);

const beams = {
  length_penalty: oneOrMore(z.number().min(0).max(100)).default(0).describe(
    "α in log-probability / length^α, by which finished texts are compared; 0 compares " +
      "log-probabilities",
  ),
  early_stopping: z.boolean().default(false).describe(
    "true: stop when as many texts have ended as there are beams; false: when no beam can still " +
      "become one of the best",
  ),
  n_best: oneOrMore(width).default(1).describe("Texts returned, at most beam_width"),
};

/** Settings that a label leaves out where they have this value. */
export const unsaidSettings: Readonly<Record<string, string | number>> = {
  length_penalty: 0,
  early_stopping: "false",
  n_best: 1,
  budget: 1_000_000,
};

/**
 * Each of them as a strategy.
 *
 * @internal
 */
export const searchStrategies = [
  z.strictObject({
    strategy: z.literal("beam"),
    beam_width: oneOrMore(width).default(3).describe("Partial texts kept at each length"),
    ...beams,
  }).describe("Beam search"),
  z.strictObject({
    strategy: z.literal("diverse_beam"),
    beam_width: oneOrMore(width).default(4).describe("Partial texts kept at each length, in all"),
    groups: oneOrMore(width).default(2).describe(
      "Groups that the beams are divided into, which choose one after the other; divides beam_width",
    ),
    diversity_penalty: oneOrMore(z.number().min(0).max(1e6)).default(0.5).describe(
      "Nats taken off a token each time that a group before has chosen it at the same length",
    ),
    ...beams,
  }).describe("Beam search in groups that shun one another's choices"),
  z.strictObject({
    strategy: z.literal("stochastic_beam"),
    beam_width: oneOrMore(width).default(4).describe("Texts drawn, all of them different"),
    warp: warp.default([]).describe("The warpers of the distribution that is drawn from"),
  }).describe("Draws texts without replacement"),
  z.strictObject({
    strategy: z.literal("best_of"),
    n: oneOrMore(width).default(10).describe("Samples drawn, of which one is returned"),
    warp: warp.default([]).describe("The warpers of the distribution that is drawn from"),
  }).describe("The most probable of n samples"),
  z.strictObject({
    strategy: z.literal("mirostat"),
    tau: oneOrMore(z.number().gt(0).max(1e3)).default(3).describe(
      "The surprise that is aimed at, bits a token",
    ),
    eta: oneOrMore(z.number().gt(0).max(1e3)).default(0.1).describe(
      "How much of a token's error the threshold of surprise is moved by",
    ),
  }).describe("Mirostat 2: samples with a threshold that keeps the mean surprise at tau"),
  z.strictObject({
    strategy: z.literal("exact"),
    n_best: oneOrMore(positiveInteger.max(100_000)).default(1).describe("Texts returned"),
    budget: oneOrMore(positiveInteger).default(1_000_000).describe(
      "Tokens that the target may read for a prompt, after which the best found is returned, with " +
        "a bound on the rest",
    ),
  }).describe("The most probable texts of all, with a proof"),
] as const;

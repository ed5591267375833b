/**
 * The random streams of an experiment, all from its seed: each depends on what it is for, and on
 * nothing that was drawn before.
 *
 * @module
 */
import { CounterStream } from "../random/counter_stream.ts";
import type { RandomStream } from "../random/random_stream.ts";

/** The stream of one sample; it depends on the seed and on what is named here, and on nothing else. */
export function sampleStream(seed: number, cell: string, prompt: string): RandomStream {
  return CounterStream.fromSeed(seed).child("decode", cell, prompt);
}

/** The stream that prompts are drawn by. */
export function promptStream(seed: number, from: string): RandomStream {
  return CounterStream.fromSeed(seed).child("prompts", from);
}

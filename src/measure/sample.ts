import type { DecodeResult } from "../decode/strategy.ts";

/** One decoded continuation of one prompt: what every measure is computed from. */
export interface Sample {
  /** What the text begins with. */
  readonly prompt: string;
  /** Which of the experiment's prompts that is, from 0; one that comes again has a number each time. */
  readonly draw: number;
  /** From 0, for each prompt anew, and on where it comes again. */
  readonly number: number;
  /** The text generated after the prompt. */
  readonly continuation: string;
  /** How it came to be. */
  readonly result: DecodeResult;
}

/** The sum of `values`, from left to right. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

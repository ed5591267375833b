import { softmax } from "../../../src/decode/distribution.ts";
import { warp, type Warper } from "../../../src/decode/warp/warper.ts";

/** The text before the first choice: BOS alone. */
const BEGINNING = [0];

/** Probabilities (in any unit) in, probabilities out, after a chain. */
export function warped(probabilities: readonly number[], ...warpers: Warper[]): number[] {
  const logits = Float64Array.from(probabilities, Math.log);
  warp(warpers, logits, BEGINNING, BEGINNING.length);
  return [...softmax(logits)];
}

/** The tokens that can still be drawn. */
export function support(logits: Float64Array): number[] {
  return [...logits.keys()].filter((token) => logits[token] !== -Infinity);
}

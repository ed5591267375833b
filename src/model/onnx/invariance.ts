/**
 * Whether an onnxruntime computes the same bits however tokens are divided among calls and put
 * together in batches. It promises nothing: the kernels for one row and for several may differ, and
 * another processor has others. So it is tried when a model is loaded.
 *
 * @module
 */
import type { LanguageModel, Logits, Token } from "../language_model.ts";

/** What the check at load found. */
export interface Invariance {
  /** Whether logits were the same bits when the same tokens were read in several calls. */
  readonly splits: boolean;
  /** Whether they were the same bits when other sequences were read in the same calls. */
  readonly batches: boolean;
  /** The largest difference of two logits that should be the same. */
  readonly largestDifference: number;
}

/** The tokens that are read: few, because each pass of a large model is a good part of a second. */
const TOKENS = 5;
/** How they are divided among calls. */
const PARTS = [1, 1, 3];
/** Other sequences that are read beside: in each part, and beside all at once. */
const [FEW, MANY] = [2, 6];

/** Tries splits and batches of a few tokens, as many as the model's block has room for. */
export function checkInvariance(model: LanguageModel): Invariance {
  const { vocabSize, blockSize } = model.spec;
  const count = Math.min(TOKENS, blockSize);
  const text = Array.from({ length: count }, (_, i): Token => (i * 7919 + 1) % vocabSize);
  const whole = read(model, text, [count], 0);
  const distanceOf = (sizes: readonly number[], others: number): number =>
    distance(whole, read(model, text, sizes, others));
  const splits = distanceOf(PARTS, 0);
  const batches = Math.max(distanceOf(PARTS, FEW), distanceOf([count], MANY));
  return {
    splits: splits === 0,
    batches: batches === 0,
    largestDifference: Math.max(splits, batches),
  };
}

/** The logits after each token, read `sizes` at a time beside `others` sequences of other lengths. */
function read(
  model: LanguageModel,
  text: readonly Token[],
  sizes: readonly number[],
  others: number,
): Logits[] {
  const { vocabSize } = model.spec;
  const sequence = model.open();
  const beside = Array.from({ length: others }, () => model.open());
  try {
    const rows: Logits[] = [];
    for (const size of sizes) {
      const tokens = text.slice(rows.length, rows.length + size);
      if (tokens.length === 0) break;
      const batch = [
        { sequence, tokens, rows: tokens.length },
        ...beside.map((other, i) => {
          other.truncate(0);
          return { sequence: other, tokens: text.slice(0, 1 + i % text.length), rows: 1 };
        }),
      ];
      const [logits = new Float64Array()] = model.forward(batch);
      for (let i = 0; i < tokens.length; i++) {
        rows.push(logits.subarray(i * vocabSize, (i + 1) * vocabSize));
      }
    }
    return rows;
  } finally {
    for (const one of [sequence, ...beside]) one.close();
  }
}

/** The largest difference; infinite where one is not a number. */
function distance(one: readonly Logits[], other: readonly Logits[]): number {
  let largest = 0;
  one.forEach((row, i) => {
    row.forEach((value, token) => {
      const difference = Math.abs(value - (other[i]?.[token] ?? NaN));
      if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
    });
  });
  return largest;
}

/**
 * Whether an onnxruntime computes the same bits however tokens are divided among calls and put
 * together in batches. It promises nothing: the kernels for one row and for several may differ, and
 * another processor has others. So it is tried when a model is loaded.
 *
 * @module
 */
import type { LanguageModel, Token } from "../language_model.ts";

/** What the check at load found. */
export interface Invariance {
  /** Whether logits were the same bits when the same tokens were read in several calls. */
  readonly splits: boolean;
  /** Whether they were the same bits when other sequences were read in the same calls. */
  readonly batches: boolean;
  /** The largest difference of two logits that should be the same. */
  readonly largestDifference: number;
}

/** How the tokens are divided: by one, by two, by three, and unlike. */
const SPLITS: readonly (readonly number[])[] = [
  [1, 1, 1, 1, 1, 1, 1, 1],
  [2, 2, 2, 2],
  [3, 3, 2],
  [1, 1, 3, 1, 2],
];

/** Tries splits and batches of a few tokens, as many as the model's block has room for. */
export function checkInvariance(model: LanguageModel): Invariance {
  const { vocabSize, blockSize } = model.spec;
  const count = Math.min(8, blockSize);
  const text = Array.from({ length: count }, (_, i): Token => (i * 7919 + 1) % vocabSize);
  const whole = inParts(model, text, [count], 0);
  let [splits, batches] = [0, 0];
  for (const sizes of SPLITS) {
    splits = Math.max(splits, distance(whole, inParts(model, text, sizes, 0)));
  }
  for (const others of [1, 2, 7]) {
    batches = Math.max(
      batches,
      distance(whole, inParts(model, text, [count], others)),
      distance(whole, inParts(model, text, [1, 1, 3, 1, 2], others)),
    );
  }
  return {
    splits: splits === 0,
    batches: batches === 0,
    largestDifference: Math.max(splits, batches),
  };
}

/** The logits after each token, read `sizes` at a time beside `others` sequences of other lengths. */
function inParts(
  model: LanguageModel,
  text: readonly Token[],
  sizes: readonly number[],
  others: number,
): number[] {
  const sequence = model.open();
  const beside = Array.from({ length: others }, () => model.open());
  try {
    const logits: number[] = [];
    let first = 0;
    for (const size of sizes) {
      const tokens = text.slice(first, first + size);
      if (tokens.length === 0) break;
      first += size;
      const batch = [
        { sequence, tokens, rows: tokens.length },
        ...beside.map((other, i) => {
          other.truncate(0);
          return { sequence: other, tokens: text.slice(0, 1 + i % text.length), rows: 1 };
        }),
      ];
      logits.push(...model.forward(batch)[0] ?? []);
    }
    return logits;
  } finally {
    for (const one of [sequence, ...beside]) one.close();
  }
}

/** The largest difference; infinite where one is not a number. */
function distance(one: readonly number[], other: readonly number[]): number {
  let largest = 0;
  one.forEach((value, i) => {
    if (Object.is(value, other[i])) return;
    const difference = Math.abs(value - (other[i] as number));
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  });
  return largest;
}

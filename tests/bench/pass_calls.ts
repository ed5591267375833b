/**
 * A call of the kernel `pass`, which is a whole pass of decoding: what it reads of its rows, so that it
 * can be made again, and the kernels inside of it.
 *
 * @module
 */

/** One call of a kernel. */
export interface Call {
  /** The kernel. */
  readonly kernel: string;
  /** What it is called with. */
  readonly args: readonly number[];
  /** What lies in memory for this call alone: each word's index, and the word after it. */
  readonly words?: Int32Array;
  /** The kernels inside that can be called alone. */
  readonly inside?: readonly Call[];
}

/** The kernel whose calls are whole passes. */
export const PASS = "pass";

/** Words of `Pass` and of `Product` in `kernels/pass.ts`. */
const PASS_WORDS = 25;
const PRODUCT_WORDS = 6;

/** The call of {@linkcode PASS} at `address`, which is about to be made over `memory`. */
export function passCall(address: number, memory: Int32Array): Call {
  const begin = address / 4;
  const word = (index: number): number => memory[index] ?? 0;
  const field = (index: number): number => word(begin + index);
  const [layers, vocabulary, logitsWidth] = [field(3), field(5), field(6)];
  const [rowsAt, wantedAt, drawingAt, wantedRows, tokens, positions, caches] = Array.from(
    { length: 7 },
    (_, i) => field(9 + i) / 4,
  ) as [number, number, number, number, number, number, number];
  const [rows, wanted] = [word(rowsAt), word(wantedAt)];
  const indices = [
    ...[rowsAt, wantedAt, drawingAt],
    ...Array.from({ length: wanted }, (_, i) => wantedRows + i),
    ...[tokens, positions, caches].flatMap((at) => Array.from({ length: rows }, (_, i) => at + i)),
  ];
  const products = Array.from({ length: 4 * layers + 1 }, (_, step): Call => {
    const at = begin + PASS_WORDS + PRODUCT_WORDS * step;
    const [from, packed, to, n, k, mode] = Array.from(
      { length: PRODUCT_WORDS },
      (_, i) => word(at + i),
    ) as [number, number, number, number, number, number];
    const count = step === 4 * layers ? wanted : rows;
    return { kernel: "matmul", args: [from, k, packed, to, n, count, n, k, mode] };
  });
  const draw: Call = {
    kernel: "draw",
    args: [field(22), logitsWidth, vocabulary, wanted, field(23), field(24)],
  };
  return {
    kernel: PASS,
    args: [address],
    words: Int32Array.from(indices.flatMap((index) => [index, word(index)])),
    inside: word(drawingAt) === 0 ? products : [...products, draw],
  };
}

/** Puts the words of a call where they were. */
export function restore(words: Int32Array, memory: Int32Array): void {
  for (let i = 0; i < words.length; i += 2) memory[words[i] as number] = words[i + 1] as number;
}

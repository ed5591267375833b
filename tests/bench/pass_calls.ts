/**
 * A call of the kernel `pass`, which is a whole pass of decoding: what it reads of its rows, so that it
 * can be made again, and the kernels inside of it.
 *
 * @module
 */
import { PASS_FIELDS, PRODUCT_FIELDS } from "../../src/model/simd/inference_plan.ts";

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

/** The call of {@linkcode PASS} at `address`, which is about to be made over `memory`. */
export function passCall(address: number, memory: Int32Array): Call {
  const begin = address / 4;
  const word = (index: number): number => memory[index] ?? 0;
  const field = (name: typeof PASS_FIELDS[number]): number => {
    return word(begin + PASS_FIELDS.indexOf(name));
  };
  const layers = field("layers");
  const wordsAt = (name: typeof PASS_FIELDS[number], count: number): number[] => {
    return Array.from({ length: count }, (_, i) => field(name) / 4 + i);
  };
  const one = (name: typeof PASS_FIELDS[number]): number => word(field(name) / 4);
  const [rows, wanted] = [one("rows"), one("wanted")];
  const indices = [
    ...(["rows", "wanted", "drawing"] as const).flatMap((name) => wordsAt(name, 1)),
    ...wordsAt("wantedRows", wanted),
    ...(["tokens", "positions", "caches"] as const).flatMap((name) => wordsAt(name, rows)),
  ];
  const products = Array.from({ length: 4 * layers + 1 }, (_, step): Call => {
    const at = begin + PASS_FIELDS.length + PRODUCT_FIELDS.length * step;
    const part = (name: typeof PRODUCT_FIELDS[number]): number => {
      return word(at + PRODUCT_FIELDS.indexOf(name));
    };
    const [k, n] = [part("k"), part("n")];
    const count = step === 4 * layers ? wanted : rows;
    const [from, packed, to] = [part("from"), part("packed"), part("to")];
    return { kernel: "matmul", args: [from, k, packed, to, n, count, n, k, part("mode")] };
  });
  const [logits, width, vocabulary] = [field("logits"), field("logitsWidth"), field("vocabulary")];
  const draw: Call = {
    kernel: "draw",
    args: [logits, width, vocabulary, wanted, field("draws"), field("drawScratch")],
  };
  return {
    kernel: PASS,
    args: [address],
    words: Int32Array.from(indices.flatMap((index) => [index, word(index)])),
    inside: one("drawing") === 0 ? products : [...products, draw],
  };
}

/** Puts the words of a call where they were. */
export function restore(words: Int32Array, memory: Int32Array): void {
  for (let i = 0; i < words.length; i += 2) memory[words[i] as number] = words[i + 1] as number;
}

// @ts-types="../declarations/random_js.d.ts"
import { MersenneTwister19937 } from "random-js";
import { log } from "./glibc/log.ts";
import { cos, sin } from "./glibc/sine.ts";
import type { RandomSource } from "./random_stream.ts";

const TWO_PI = 2 * Math.PI;

/** The magnitude of a seed in 32-bit words, least significant first: the key CPython seeds with. */
function keyOf(seed: number | bigint): number[] {
  if (typeof seed === "number" && !Number.isInteger(seed)) {
    throw new RangeError(`Cannot seed PythonRandom: expected an integer, got '${seed}'`);
  }
  let rest = BigInt(seed);
  if (rest < 0n) rest = -rest;
  const key: number[] = [];
  do {
    key.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return key;
}

/**
 * The generator of CPython 3.11's `random.Random`: for the same integer seed, the same calls give
 * the same values to the last bit.
 *
 * `gauss` uses the logarithm and sine that CPython takes from its C library: here those of glibc on
 * x86-64 processors with fused multiply-add (see `glibc/log.ts` and `glibc/sine.ts`). CPython on
 * another platform may differ from that in the last bit of a few values in a thousand.
 */
export class PythonRandom implements RandomSource {
  readonly #twister: MersenneTwister19937;
  #gaussNext: number | undefined;

  /**
   * Seeds the generator as CPython's `random.seed` does with an integer.
   *
   * @param seed Any integer; as in CPython, its sign is ignored.
   * @throws {RangeError} If the seed is not an integer.
   */
  constructor(seed: number | bigint) {
    this.#twister = MersenneTwister19937.seedWithArray(keyOf(seed));
  }

  /** A uniform number in [0, 1): a multiple of 2⁻⁵³ (`genrand_res53`). */
  random(): number {
    const a = this.#twister.next() >>> 5;
    const b = this.#twister.next() >>> 6;
    return (a * 67108864 + b) * (1 / 9007199254740992);
  }

  /** The same as {@linkcode random}. */
  next(): number {
    return this.random();
  }

  /**
   * An integer of `k` random bits.
   *
   * @throws {RangeError} If `k` is not a whole number.
   */
  getrandbits(k: number): bigint {
    if (!Number.isSafeInteger(k) || k < 0) {
      throw new RangeError(`Cannot draw random bits: expected a whole number of bits, got '${k}'`);
    }
    let bits = 0n;
    for (let drawn = 0; drawn < k; drawn += 32) {
      const word = this.#bits(Math.min(32, k - drawn));
      bits |= BigInt(word) << BigInt(drawn);
    }
    return bits;
  }

  /** An unsigned integer of 1 to 32 random bits. */
  #bits(k: number): number {
    return this.#twister.next() >>> (32 - k);
  }

  /** A uniform integer in [0, n), for 0 < n < 2³² (`_randbelow_with_getrandbits`). */
  #below(n: number): number {
    const k = 32 - Math.clz32(n);
    let value = this.#bits(k);
    while (value >= n) value = this.#bits(k);
    return value;
  }

  /** Shuffles the array in place. */
  shuffle<Item>(array: { readonly length: number; [place: number]: Item }): void {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.#below(i + 1);
      const item = array[i] as Item;
      array[i] = array[j] as Item;
      array[j] = item;
    }
  }

  /**
   * A normal number with mean `mu` and standard deviation `sigma`.
   *
   * Two come from each pair of uniform numbers; the second is returned by the next call.
   */
  gauss(mu: number, sigma: number): number {
    let z = this.#gaussNext;
    this.#gaussNext = undefined;
    if (z === undefined) {
      const angle = this.random() * TWO_PI;
      const radius = Math.sqrt(-2 * log(1 - this.random()));
      z = cos(angle) * radius;
      this.#gaussNext = sin(angle) * radius;
    }
    return mu + z * sigma;
  }
}

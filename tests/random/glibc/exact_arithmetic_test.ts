// @ts-types="../../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fusedMultiplyAdd } from "../../../src/random/glibc/exact_arithmetic.ts";

const SCALE = 700n;

/** `x` times 2^SCALE, exact for every double that the tests use. */
function toInteger(x: number): bigint {
  return BigInt(x * 2 ** 350) << (SCALE - 350n);
}

/** a * b + c in integers, rounded once. */
function exactly(a: number, b: number, c: number): number {
  const sum = toInteger(a) * toInteger(b) + (toInteger(c) << SCALE);
  // A shift that drops bits would round; the value is brought into the range of Number first, keeping
  // in the last bit whether anything was dropped.
  const shift = BigInt(Math.max(0, sum.toString(2).length - 200));
  const sticky = sum & ((1n << shift) - 1n) ? 1n : 0n;
  // In two steps: 2^-1400 is no double.
  return Number((sum >> shift) | sticky) * 2 ** (Number(shift) - 700) * 2 ** -700;
}

const ULP = 2 ** -52;

// In the ties, (1 + ULP)(1 − ULP) is 1 less 2^-104: a product whose error is too small to be seen next
// to the sum's error, and which yet decides where the sum, halfway between two doubles, must go.
for (
  const [name, a, b, c] of [
    ["the product's error decides", 1 + 2 ** -30, 1 + 2 ** -30, -1],
    ["nothing but the error is left", 1 + 2 ** -30, 1 - 2 ** -30, -1],
    ["just below a tie that would go up", (1 + ULP) / 2, (1 - ULP) * ULP, 1 + ULP],
    ["just below a tie that would go down", (1 + ULP) / 2, (1 - ULP) * ULP, 1],
    ["just above a tie that would go down", -(1 + ULP) / 2, (1 - ULP) * ULP, 1 + ULP],
    ["just above a tie that would go up", -(1 + ULP) / 2, (1 - ULP) * ULP, 1 + 2 * ULP],
    ["a tie, exactly", 0.5, ULP, 1 + ULP],
    ["the sum is the larger", 3, 2 ** -60, 1 + ULP],
    ["zero", 0, 5, 0],
  ] as const
) {
  Deno.test(`fusedMultiplyAdd: ${name} (exact)`, () => {
    assertEquals(fusedMultiplyAdd(a, b, c), exactly(a, b, c));
    assertEquals(fusedMultiplyAdd(-a, b, -c), exactly(-a, b, -c));
  });
}

Deno.test("fusedMultiplyAdd: rounds once (5000 cases of any size from 2^-60 to 2^60)", () => {
  const number = fc.tuple(
    fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
    fc.integer({ min: -60, max: 60 }),
    fc.boolean(),
  ).map(([bits, exponent, negative]) => (negative ? -1 : 1) * Number(bits) * 2 ** (exponent - 52));
  fc.assert(
    fc.property(number, number, number, fc.boolean(), (a, b, c, cancels) => {
      const sum = cancels ? -a * b * (1 + (c > 0 ? ULP : 0)) : c;
      assertEquals(fusedMultiplyAdd(a, b, sum), exactly(a, b, sum));
    }),
    { numRuns: 5000, seed: 2018 },
  );
});

Deno.test("fusedMultiplyAdd: rounds once next to ties (5000 cases of few bits)", () => {
  const nearShort = fc.tuple(fc.integer({ min: -16, max: 16 }), fc.integer({ min: -2, max: 2 }))
    .map(([short, units]) => short * (1 + units * ULP));
  fc.assert(
    fc.property(nearShort, nearShort, nearShort, fc.integer({ min: 50, max: 58 }), (a, b, c, e) => {
      assertEquals(fusedMultiplyAdd(a, b * 2 ** -e, c), exactly(a, b * 2 ** -e, c));
    }),
    { numRuns: 5000, seed: 2018 },
  );
});

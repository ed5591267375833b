// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { differenceOf, numbersIn } from "../../src/diff/written.ts";

const differences: readonly [string, string, number | undefined][] = [
  ["0.700000", "0.600000", -0.1],
  ["1.1", "1.0", -0.1],
  ["12", "12.000000", 0],
  ["0.000000", "-0.000000", 0],
  ["0.000001", "0.000002", 0.000001],
  ["5e-324", "0", -5e-324],
  ["", "1", undefined],
  ["1", "", undefined],
  ["7 3", "7 4", undefined],
  ["NaN", "1", undefined],
  ["0x10", "1", undefined],
];

for (const [old, current, expected] of differences) {
  Deno.test(`differenceOf: from "${old}" to "${current}" it is ${expected}, to the decimals written`, () => {
    assertEquals(differenceOf(old, current), expected);
  });
}

Deno.test("numbersIn: one number or several separated by spaces, and nothing else", () => {
  assertEquals(numbersIn("7 3 -1.5"), [7, 3, -1.5]);
  for (const text of ["", " ", "7  3", "1,5", "Infinity", "one", "1 "]) {
    assertEquals(numbersIn(text), undefined, `"${text}"`);
  }
});

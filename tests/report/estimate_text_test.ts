// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Estimate } from "../../src/measure/estimate.ts";
import type { Format } from "../../src/measure/measure.ts";
import { differenceText, estimateText } from "../../src/report/estimate_text.ts";

function estimate(value: number, low?: number, high?: number): Estimate {
  return low === undefined || high === undefined ? { value } : { value, interval: { low, high } };
}

const three = { decimals: 3 } as const;
const cases: readonly [Format, Estimate | undefined, string][] = [
  [three, estimate(-6.6149, -7.1949, -6.0349), "−6.61 ± 0.58"],
  [three, estimate(-0.0001), "0.000"],
  [three, undefined, "–"],
  [three, estimate(2, 2, 2), "2.000"],
  // The wider side has two digits; the measure has no more than three decimals, but an error is not 0.
  [three, estimate(1.23456, 1.23446, 1.23466), "1.2346 ± 0.0001"],
  [three, estimate(123.456, 100.1, 146.812), "123 ± 23"],
  // A unit more of the last digit is as far, if it is a small part.
  [three, estimate(1, 0.86, 1.15), "1.00 ± 0.15"],
  [three, estimate(0.26, 0, 0.529), "0.26 (0.00 to 0.53)"],
  ["percent", estimate(0.83, 0.8217, 0.8376), "83.0 ± 0.8 %"],
  ["percent", estimate(0.001, 0, 0.003), "0.1 % (0.0 to 0.3)"],
  // Where the ends are written, a digit less says as much.
  ["percent", estimate(0.27, 0.187, 0.367), "27 % (19 to 37)"],
  ["percent", estimate(0.992, 0.987, 0.995), "99.2 % (98.7 to 99.5)"],
  ["percent", estimate(0, 0, 0.036), "0 % (0 to 4)"],
  // But not of what would seem to be 0.
  ["percent", estimate(0.004, 0.001, 0.05), "0.4 % (0.1 to 5.0)"],
  ["count", estimate(12345), "12,345"],
];
for (const [format, one, expected] of cases) {
  Deno.test(`estimateText: ${JSON.stringify(one ?? null)} is ${expected}`, () => {
    // A number, its error and its unit are never apart.
    const kept = expected.replaceAll(" ", "\u00a0");
    assertEquals(estimateText({ format }, one), kept);
  });
}

Deno.test("differenceText: of shares in percentage points, and each with its sign", () => {
  assertEquals(
    differenceText({ format: "percent" }, estimate(0.05, 0.03, 0.07)),
    "+5.0\u00a0±\u00a02.0",
  );
  assertEquals(differenceText({ format: three }, estimate(-0.05)), "−0.050");
});

/**
 * The lighter sample of `deno task verify`. Over all lossless candidates the chance of a false alarm
 * is 1 in 1,000; the seeds are fixed.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert } from "@std/assert";
import { examineAll, type Verdict } from "./losslessness.ts";

const { lossless, broken } = examineAll({ losslessSamples: 2_000, brokenSamples: 10_000 });

const inWords = ({ chiSquare, degreesOfFreedom, pValue }: Verdict): string =>
  `χ² ${chiSquare.toFixed(1)} with ${degreesOfFreedom} degrees of freedom, p = ${pValue}`;

Deno.test(`speculative: ${lossless.length} candidates draw from the exact distribution (2,000 samples each)`, () => {
  const rejected = lossless.filter((verdict) => verdict.rejected);
  assert(rejected.length === 0, rejected.map((one) => `${one.name}: ${inWords(one)}`).join("\n"));
  assert(lossless.every(({ degreesOfFreedom }) => degreesOfFreedom >= 10), "too few bins");
});

for (const verdict of broken) {
  Deno.test(`the test of losslessness: rejects ${verdict.name} (10,000 samples)`, () => {
    assert(verdict.rejected, inWords(verdict));
  });
}

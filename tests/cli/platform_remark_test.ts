// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { platformRemark } from "../../src/cli/platform_remark.ts";

const OTHERS =
  "computed with strict arithmetic, while the run was with fused, which this processor does not have: " +
  "log-probabilities may differ in their last digits, and texts with them";

Deno.test("platformRemark: of a run with fused arithmetic on a processor that has none, and of no other", () => {
  const cases = [
    ["fused", "strict", OTHERS],
    ["fused", "fused", undefined],
    ["strict", "fused", undefined],
    ["strict", "strict", undefined],
    // As runs were before there was another.
    [undefined, "strict", undefined],
  ] as const;
  for (const [arithmetic, processor, remark] of cases) {
    const versions = arithmetic === undefined ? {} : { arithmetic };
    assertEquals(platformRemark("simd", { versions }, processor), remark);
  }
});

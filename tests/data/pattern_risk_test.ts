// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { patternRisk } from "../../src/data/pattern_risk.ts";

const GPT_2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const LLAMA_3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| " +
  "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const O200K =
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}]*[\\p{Ll}\\p{M}]+(?i:'s|'t)?|\\p{N}{1,3}|\\s*[\\r\\n]+|\\s+";
const BLOOM = " ?[^(\\s|[.,!?…。，、।۔،])]+";

for (
  const pattern of [GPT_2, LLAMA_3, O200K, BLOOM, " ", " {2,}", "(?:abc)+", "\\(a+\\)+", "[(a+)]+"]
) {
  Deno.test(`patternRisk: ${pattern} is fine`, () => assertEquals(patternRisk(pattern), undefined));
}

const nested = "a repetition of a part that varies itself";
const risky: readonly (readonly [string, string])[] = [
  ["(a+)+b", nested],
  ["(?:a*)*", nested],
  ["(?<name>a|aa){2,}", nested],
  ["((a|a)b)*c", nested],
  ["(?:(?:x?){20}y)", nested],
  ["(a{1,9}){99}", nested],
  ["a*a*a*a*a*b", "more than 4 repetitions in a row"],
  ["a".repeat(10_001), "more than 10000 characters"],
];
for (const [pattern, reason] of risky) {
  Deno.test(`patternRisk: ${pattern.slice(0, 30)} is refused`, () =>
    assertStringIncludes(patternRisk(pattern) ?? "", reason));
}

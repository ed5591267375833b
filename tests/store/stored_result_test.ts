// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { canonicalJson, type Json } from "../../src/store/stored_result.ts";

const cases: readonly [Json, string][] = [
  [{ b: 1, a: [true, null, "é\n"] }, '{"a":[true,null,"é\\n"],"b":1}'],
  [{ 10: 1, 9: 2 }, '{"10":1,"9":2}'],
  [{ a: undefined, b: { d: 1, c: 2 } }, '{"b":{"c":2,"d":1}}'],
  [[1e21, 0.1, -0, 1e-7], "[1e+21,0.1,0,1e-7]"],
];
for (const [value, text] of cases) {
  Deno.test(`canonicalJson: gives ${text}`, () => assertEquals(canonicalJson(value), text));
}

Deno.test("canonicalJson: the order in which keys were set does not matter, and nothing is lost (1000 values)", () => {
  const json = fc.jsonValue() as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      assertEquals(canonicalJson(reversed(value)), text);
      assertEquals(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 1000, seed: 5 },
  );
});

Deno.test("canonicalJson: a number that JSON has no word for is refused", () => {
  assertThrows(() => canonicalJson({ a: [NaN] }), RangeError, "expected a finite number");
});

/** The same value with every map's keys in the opposite order. */
function reversed(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value).reverse().map(([key, item]) => [key, reversed(item as Json)]),
  );
}

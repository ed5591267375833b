// @ts-types="../../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PairTable } from "../../../src/model/ngram/table_counts.ts";

Deno.test("PairTable: numbers pairs in the order in which they come, and tells them apart", () => {
  const table = new PairTable();
  assertEquals([table.add(1, 2), table.add(2, 1), table.add(1, 2), table.add(0, 0)], [0, 1, 0, 2]);
  assertEquals([table.find(2, 1), table.find(0, 0), table.find(3, 3)], [1, 2, -1]);
  assertEquals(table.size, 3);
});

Deno.test("PairTable: is a map, past its first slots too (property)", () => {
  const pair = fc.tuple(fc.nat({ max: 2 ** 31 - 1 }), fc.nat({ max: 60 }));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 3_000, size: "max" }), (pairs) => {
      const table = new PairTable();
      const expected = new Map<string, number>();
      for (const [first, second] of pairs) {
        const key = `${first} ${second}`;
        if (!expected.has(key)) expected.set(key, expected.size);
        assertEquals(table.add(first, second), expected.get(key));
      }
      const listed = new Map<string, number>();
      table.forEach((first, second, number) => listed.set(`${first} ${second}`, number));
      assertEquals(new Map([...listed].sort()), new Map([...expected].sort()));
    }),
    { numRuns: 20 },
  );
});

// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { pooledArray } from "../../src/model/pooled_arrays.ts";

Deno.test("pooledArray: arrays are zero and keep to themselves, short and long (20,000)", () => {
  const arrays = Array.from({ length: 20_000 }, (_, i) => pooledArray(i % 40));
  for (const array of arrays) assertEquals(array.every((x) => x === 0), true);
  arrays.forEach((array, i) => array.fill(i));
  arrays.forEach((array, i) => assertEquals(array.every((x) => x === i), true));
  assertEquals([pooledArray(0).length, pooledArray(5000).length, pooledArray(100_000).length], [
    0,
    5000,
    100_000,
  ]);
});

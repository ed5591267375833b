// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { cacheBytes, LayerCaches, roomFor } from "../../../src/model/onnx/caches.ts";
import { transformerOf } from "../../../src/model/transformer.ts";
import { randomWeights, smallSpec } from "../small_model.ts";

Deno.test("roomFor: is enough, never half as much again beyond 32, and its steps are its own room", () => {
  for (let count = 1; count <= 5000; count++) {
    const room = roomFor(count);
    assert(room >= count && (count <= 16 || room < 2 * count), `${count}: ${room}`);
    assert(count < 32 || room <= 1.5 * count, `${count}: ${room}`);
    assertEquals(roomFor(room), room);
  }
});

Deno.test("cacheBytes: keys, values and a one, four bytes each, of every layer and position", () => {
  const { spec } = transformerOf(randomWeights(smallSpec));
  // Two layers, two heads, two numbers of keys, two and a one of values; room for 16 positions.
  assertEquals(cacheBytes(spec, 6), 4 * 2 * 2 * (2 + 2 + 1) * 16);
});

Deno.test("LayerCaches: what is stored stays where caches grow, are copied, and are taken apart", () => {
  const caches = new LayerCaches("float64", 2, 2, 3);
  const row = (value: number): Float64Array<ArrayBuffer> =>
    Float64Array.from({ length: 6 }, (_, i) => value + i / 10);
  caches.reserve(2, 4);
  for (let position = 0; position < 4; position++) {
    caches.store(1, row(position), 0, 1, position);
  }
  caches.reserve(5, 40);
  caches.copy(1, 4, 3);
  const { numbers, sizes } = caches.past(1, { slots: [4, 1], positions: 4 }, false);
  assertEquals(sizes, [2, 2, 4, 3]);
  const at = (sequence: number, head: number, position: number): number[] => {
    const first = ((sequence * 2 + head) * 4 + position) * 3;
    return [...numbers.subarray(first, first + 3)];
  };
  assertEquals(at(1, 0, 3), [3, 3.1, 3.2]);
  assertEquals(at(1, 1, 2), [2.3, 2.4, 2.5]);
  assertEquals(at(0, 1, 2), [2.3, 2.4, 2.5]);
  assertEquals(at(0, 0, 3), [0, 0, 0]);
  const neighbours = caches.past(1, { slots: [3, 4], positions: 4 }, true);
  assertEquals(neighbours.sizes, [2, 2, caches.room, 3]);
  assertEquals([...neighbours.numbers.subarray(6 * caches.room, 6 * caches.room + 3)], [
    0,
    0.1,
    0.2,
  ]);
});

Deno.test("LayerCaches: slots that are added one by one move the others seldom (at most 32 times up to 1,000; at most a quarter too many)", () => {
  const caches = new LayerCaches("float32", 1, 1, 1);
  const moves = new Set<ArrayBuffer>();
  for (let slots = 1; slots <= 1000; slots++) {
    caches.reserve(slots, 1);
    const { buffer, byteLength } = caches.past(0, { slots: [0], positions: 1 }, true).numbers;
    moves.add(buffer);
    const least = slots * byteLength;
    assert(least <= buffer.byteLength && buffer.byteLength <= 1.25 * least, `${slots} slots`);
  }
  assert(moves.size <= 32, `${moves.size} moves`);
});

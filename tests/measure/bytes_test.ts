// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ByteReader, ByteWriter } from "../../src/measure/bytes.ts";

function written(put: (bytes: ByteWriter) => void): ByteReader {
  const bytes = new ByteWriter();
  put(bytes);
  return new ByteReader(Uint8Array.from(bytes.pieces().flatMap((piece) => [...piece])));
}

for (const count of [0, 127, 128, 16383, 16384, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
  Deno.test(`ByteReader: the count ${count} is read again`, () => {
    const bytes = written((to) => to.whole(count));
    assertEquals([bytes.whole(), bytes.left], [count, 0]);
  });
}

Deno.test("ByteReader: values written in several pieces are read again in their order", () => {
  const bytes = written((to) => {
    for (let i = 0; i < 300_000; i++) to.real(i / 7);
    to.raw(Uint8Array.of(1, 2, 3));
    to.whole(4);
  });
  for (let i = 0; i < 300_000; i++) assert(bytes.real() === i / 7);
  assertEquals([...bytes.raw(3), bytes.whole()], [1, 2, 3, 4]);
});

const impossible: readonly [string, (bytes: ByteReader) => unknown, number[]][] = [
  ["a count that continues past the end", (bytes) => bytes.whole(), [128]],
  ["a count past the safe integers", (bytes) => bytes.whole(), [...Array(7).fill(255), 127]],
  ["a count that never ends", (bytes) => bytes.whole(), Array(20).fill(128)],
  ["a number of seven bytes", (bytes) => bytes.real(), Array(7).fill(0)],
  ["two bytes of one", (bytes) => bytes.raw(2), [1]],
  ["more things than there is room for", (bytes) => bytes.count(8), [2, ...Array(15).fill(0)]],
  ["the third of three, counted from 0", (bytes) => bytes.index(3), [3]],
];
for (const [what, read, bytes] of impossible) {
  Deno.test(`ByteReader: ${what} is refused`, () => {
    assertThrows(() => read(new ByteReader(Uint8Array.from(bytes))), RangeError, "expected");
  });
}

// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { philox4x32 } from "../../src/random/philox.ts";

interface KnownAnswer {
  name: string;
  counter: [number, number, number, number];
  key: [number, number];
  words: number[];
}

// The three philox4x32-10 vectors of Random123's tests/kat_vectors.
const KNOWN_ANSWERS: KnownAnswer[] = [
  {
    name: "zeros",
    counter: [0, 0, 0, 0],
    key: [0, 0],
    words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    name: "ones",
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    name: "digits of pi",
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

for (const { name, counter, key, words } of KNOWN_ANSWERS) {
  Deno.test(`philox4x32: the published words for ${name} (exact)`, () => {
    const out = new Uint32Array(4);
    philox4x32(...counter, ...key, out);
    assertEquals([...out], words);
  });
}

Deno.test("philox4x32: signed and unsigned words of the same bits are the same (exact)", () => {
  const unsigned = new Uint32Array(4);
  const signed = new Int32Array(4);
  philox4x32(0xdeadbeef, 0xffffffff, 0x80000000, 1, 0xcafebabe, 0x90000000, unsigned);
  philox4x32(0xdeadbeef | 0, -1, 0x80000000 | 0, 1, 0xcafebabe | 0, 0x90000000 | 0, signed);
  assertEquals([...signed].map((word) => word >>> 0), [...unsigned]);
});

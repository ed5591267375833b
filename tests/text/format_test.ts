// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { firstAndCount, formatBytes, formatCount, formatDuration } from "../../src/text/format.ts";

const counts: readonly [string, string][] = [
  [formatCount(0, "cell"), "0 cells"],
  [formatCount(1, "cell"), "1 cell"],
  [formatCount(2, "loss", "losses"), "2 losses"],
];

for (const [text, expected] of counts) {
  Deno.test(`formatCount: ${expected}`, () => assertEquals(text, expected));
}

const durations: readonly [number, string][] = [
  [0, "0 s"],
  [0.0004, "0.1 s"],
  [1.44, "1.4 s"],
  [9, "9 s"],
  [9.949, "9.9 s"],
  [9.96, "10 s"],
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [125, "2 min 5 s"],
  [3599.7, "1 h 0 min"],
  [3780, "1 h 3 min"],
  [360_000, "100 h 0 min"],
];

for (const [seconds, expected] of durations) {
  Deno.test(`formatDuration: ${seconds} s is ${expected}`, () =>
    assertEquals(formatDuration(seconds), expected));
}

const sizes: readonly [number, string][] = [
  [0, "0 bytes"],
  [1, "1 byte"],
  [1023, "1023 bytes"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [2 ** 28, "256 MiB"],
  [2 ** 28 + 1, "256.1 MiB"],
  [2 ** 40, "1024 GiB"],
];

for (const [bytes, expected] of sizes) {
  Deno.test(`formatBytes: ${bytes} bytes are ${expected}`, () =>
    assertEquals(formatBytes(bytes), expected));
}

const lists: readonly [readonly string[], string][] = [
  [[], ""],
  [["a", "b"], "a, b"],
  [["a", "b", "c", "d"], "a, b, 2 more"],
];

for (const [items, expected] of lists) {
  Deno.test(`firstAndCount: two of ${items.length} are "${expected}"`, () => {
    assertEquals(firstAndCount(items, 2).join(", "), expected);
  });
}

// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { CsvBytes, csvField } from "../../src/report/csv_bytes.ts";

/** One row with these fields, as text. */
function row(fields: readonly [value: string | number | Uint8Array, decimals?: number][]): string {
  const bytes = new CsvBytes();
  for (const [value, decimals] of fields) bytes.field(value, decimals);
  bytes.endRow();
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.take());
}

const numbers: readonly number[] = [
  0,
  -0,
  1e-7,
  -1e-7,
  0.5,
  1.0000005,
  -2.0000015,
  0.0000005,
  123456.7890125,
  -9.999999999,
  999999.9999999,
  1099511.627776,
  2 ** 40,
  1e21,
  1.5e300,
  NaN,
  -Infinity,
];
for (const decimals of [0, 1, 6]) {
  Deno.test(`CsvBytes: ${decimals} decimals are those of toFixed (17 numbers, property)`, () => {
    const check = (value: number): void =>
      assertEquals(row([[value, decimals]]), `${value.toFixed(decimals)}\r\n`);
    numbers.forEach(check);
    // Halves of the last decimal, too, of which a product may be on the other side.
    const near = fc.integer({ min: -(10 ** 7), max: 10 ** 7 })
      .map((halves) => halves / 2 / 10 ** decimals);
    const any = fc.oneof(fc.double(), fc.double({ min: -2000, max: 2000 }), near);
    fc.assert(fc.property(any, check), { numRuns: 3000 });
  });
}

Deno.test("CsvBytes: a text is the same field as its UTF-8, and as csvField gives it (property)", () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "é", "😀", ",", '"', "\r", "\n", "\t", "\ufeff", " ") }),
    fc.string({ unit: "grapheme" }),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), (texts) => {
      const expected = `${texts.map(csvField).join(",")}\r\n`;
      assertEquals(row(texts.map((text) => [text])), expected);
      assertEquals(row(texts.map((text) => [new TextEncoder().encode(text)])), expected);
    }),
    { numRuns: 500 },
  );
});

Deno.test("CsvBytes: whole numbers, others, and several rows", () => {
  assertEquals(
    row([[0], [7], [10], [99999], [2 ** 53 - 1], [-3], [0.25], [""]]),
    "0,7,10,99999,9007199254740991,-3,0.25,\r\n",
  );
});

Deno.test("CsvBytes: whole numbers are written as JavaScript does, beyond 32 bits, too (property)", () => {
  const check = (value: number): void => assertEquals(row([[value]]), `${value}\r\n`);
  [0, 9, 10, 99, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 10 ** 15, Number.MAX_SAFE_INTEGER].forEach(check);
  fc.assert(fc.property(fc.maxSafeNat(), check), { numRuns: 1000 });
});

Deno.test("CsvBytes: numbers with many digits and decimals are whole where the room ends", () => {
  const long = -(2 ** 69);
  // A row that leaves the room of a number without decimals.
  const short = Array.from({ length: 2 ** 17 - 17 }, () => 1);
  for (const decimals of [9, 12, 100]) {
    const fields = [12, ...short].map((value): [number] => [value]);
    const expected = [12, ...short, long.toFixed(decimals), 7].join(",");
    assertEquals(row([...fields, [long, decimals], [7]]) === `${expected}\r\n`, true);
  }
});

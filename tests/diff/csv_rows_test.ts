// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { parse, stringify } from "@std/csv";
import fc from "fast-check";
import { csvRows } from "../../src/diff/csv_rows.ts";
import { DiffError } from "../../src/diff/run_files.ts";

/** The rows of `text`, which comes in parts of `size` bytes. */
async function rowsOf(text: string, size = 7, wanted: (first: string) => boolean = () => true) {
  const bytes = new TextEncoder().encode(text);
  const parts = Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, i) => bytes.subarray(i * size, (i + 1) * size),
  );
  return (await Array.fromAsync(csvRows({ file: "f", parts }, wanted))).flat();
}

Deno.test("csvRows: rows with their lines, however the file is cut into parts (1 to 40 bytes)", async () => {
  const text = 'a,b\r\n1,"x, ""y""\r\nz"\r\n"1,2",ä€𝄞\r\n,\r\n';
  for (let size = 1; size <= 40; size++) {
    assertEquals(await rowsOf(text, size), [
      { line: 1, fields: ["a", "b"] },
      { line: 2, fields: ["1", 'x, "y"\r\nz'] },
      { line: 4, fields: ["1,2", "ä€𝄞"] },
      { line: 5, fields: ["", ""] },
    ]);
  }
});

Deno.test("csvRows: the same as @std/csv reads (500 random tables)", async () => {
  const field = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.array(fc.constantFrom('"', ",", "\n", "a", "é"), { maxLength: 6 }).map((it) => it.join("")),
  );
  const table = fc.array(fc.record({ a: field, b: field }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
      const text = stringify(rows, { columns: ["a", "b"] });
      assertEquals((await rowsOf(text, size)).map(({ fields }) => [...fields]), parse(text));
    }),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("csvRows: of rows that are not wanted only their ends are looked for", async () => {
  const text = 'a,b\n"x,y",1\nz,2\n"x,y","3\n4"\nz,5,6\n"x,y",7';
  assertEquals(await rowsOf(text, 5, (first) => first === "x,y"), [
    { line: 1, fields: ["a", "b"] },
    { line: 2, fields: ["x,y", "1"] },
    { line: 4, fields: ["x,y", "3\n4"] },
    { line: 7, fields: ["x,y", "7"] },
  ]);
});

const damage: readonly [string, string, string][] = [
  ["a value too few", "a,b\r\n1,2\r\n3", "cannot use f: line 3: expected 2 values, found 1"],
  ["a value too many", "a,b\r\n1,2,3\r\n", "cannot use f: line 2: expected 2 values, found 3"],
  ["after a value of two lines", 'a,b\r\n1,"2\n2"\r\n3', "cannot use f: line 4: expected 2 values"],
  ["an open quote", 'a,b\r\n1,2\r\n1,"2\r\n', "cannot use f: line 3: expected CSV, found a quote"],
  ["a stray quote", 'a,b\r\n1,2"3"\r\n', "cannot use f: line 2: expected CSV, found a stray quote"],
  ["text after a quote", 'a,b\r\n1,"2"3\r\n', "cannot use f: line 2: expected CSV, found a stray"],
];

for (const [name, text, message] of damage) {
  Deno.test(`csvRows: ${name}: an error that names the line`, async () => {
    for (const size of [1, 3, 100]) {
      await assertRejects(() => rowsOf(text, size), DiffError, message);
    }
  });
}

Deno.test("csvRows: bytes that are no UTF-8 are refused", async () => {
  const parts = [new TextEncoder().encode("a\r\n1\r\n"), Uint8Array.of(0xff)];
  await assertRejects(
    () => Array.fromAsync(csvRows({ file: "f", parts }, () => true)),
    DiffError,
    "cannot use f: line 3: expected UTF-8 text, found other bytes",
  );
});

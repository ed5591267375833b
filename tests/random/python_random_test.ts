// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { choose } from "../../src/random/choose.ts";
import { cos, sin } from "../../src/random/glibc/sine.ts";
import { log } from "../../src/random/glibc/log.ts";
import { PythonRandom } from "../../src/random/python_random.ts";
import { exactSum } from "../parity/exact_sum.ts";
import cpython from "./cpython_3_11_7.json" with { type: "json" };

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** sha256 of the numbers as little-endian doubles. */
async function digest(values: readonly number[]): Promise<string> {
  const bytes = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => bytes.setFloat64(8 * i, value, true));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.buffer));
  return hash.toHex();
}

for (const record of cpython.seeds) {
  Deno.test(`PythonRandom: seed ${record.seed} draws what CPython draws (exact)`, () => {
    const random = new PythonRandom(BigInt(record.seed));
    assertEquals(record.random.map(() => random.random()), record.random);
    for (const { k, value } of record.getrandbits) {
      assertEquals(`${k}: ${random.getrandbits(k)}`, `${k}: ${value}`);
    }
    const items = range(50);
    random.shuffle(items);
    assertEquals(items, record.shuffle);
    assertEquals(record.gauss.map(() => random.gauss(0.25, 1.5)), record.gauss);
    const drawn = Array.from({ length: 40 }, () => choose(cpython.weights, random.random()));
    assertEquals(drawn, record.choices);
    assertStrictEquals(random.next(), record.last);
  });
}

for (const record of cpython.digests) {
  const bound = `${record.draws} values, exact`;
  Deno.test(`PythonRandom: gauss with seed ${record.seed} equals CPython's (${bound})`, async () => {
    const random = new PythonRandom(record.seed);
    const drawn = Array.from({ length: record.draws }, () => random.gauss(0, 0.08));
    assertEquals(await digest(drawn), record.gauss);
  });
  Deno.test(`log, sin, cos: equal glibc's at draws of seed ${record.seed} (${bound})`, async () => {
    const random = new PythonRandom(record.seed);
    const uniform = Array.from({ length: record.draws }, () => random.random());
    assertEquals(await digest(uniform.map((u) => log(1 - u))), record.log);
    assertEquals(await digest(uniform.map((u) => sin(2 * Math.PI * u))), record.sin);
    assertEquals(await digest(uniform.map((u) => cos(2 * Math.PI * u))), record.cos);
  });
}

for (const [name, f] of Object.entries({ log, sin, cos })) {
  Deno.test(`${name}: equals glibc's where the method changes over (exact)`, () => {
    for (const [x = NaN, value] of cpython.functions[name as "log" | "sin" | "cos"]) {
      assertStrictEquals(f(x), value, `${name}(${x})`);
    }
  });
}

Deno.test("PythonRandom: the original script's shuffle and initial weights (exact)", async () => {
  const random = new PythonRandom(42);
  const documents = range(32257);
  random.shuffle(documents);
  assertEquals(documents.slice(0, 10), cpython.initial_weights.shuffled);
  for (const { count, first, sum, digest: expected } of cpython.initial_weights.models) {
    const weights = Array.from({ length: count }, () => random.gauss(0, 0.08));
    assertEquals(weights.slice(0, 8), first);
    assertStrictEquals(exactSum(weights), sum);
    assertEquals(await digest(weights), expected);
  }
});

Deno.test("PythonRandom: a number and a bigint of the same magnitude are one seed (exact)", () => {
  const expected = new PythonRandom(42).random();
  for (const seed of [42n, -42, -42n]) {
    assertStrictEquals(new PythonRandom(seed).random(), expected);
  }
});

const refusals: [string, () => unknown, string][] = [
  ["a seed of 1.5", () => new PythonRandom(1.5), "expected an integer, got '1.5'"],
  ["a seed of NaN", () => new PythonRandom(NaN), "expected an integer, got 'NaN'"],
  ["−1 bits", () => new PythonRandom(0).getrandbits(-1), "got '-1'"],
  ["2.5 bits", () => new PythonRandom(0).getrandbits(2.5), "got '2.5'"],
  ["log of 0", () => log(0), "got '0'"],
  ["log of a negative number", () => log(-1), "got '-1'"],
  ["log of infinity", () => log(Infinity), "got 'Infinity'"],
  ["sin beyond 2π", () => sin(6.3), "got '6.3'"],
  ["cos of a negative angle", () => cos(-0.1), "got '-0.1'"],
];
for (const [name, action, message] of refusals) {
  Deno.test(`PythonRandom: refuses ${name}`, () => {
    assertThrows(action, RangeError, message);
  });
}

// @ts-types="../../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Value } from "../../../src/model/reference/value.ts";

/** An operation of up to two inputs, and where to try it. */
type Case = readonly [string, (x: Value, y: Value) => Value, number, number];

const cases: readonly Case[] = [
  ["add", (x, y) => x.add(y), 2, -3],
  ["add a number", (x) => x.add(2.5), 2, 0],
  ["multiply", (x, y) => x.multiply(y), 2, -3],
  ["multiply by a number", (x) => x.multiply(-2.5), 2, 0],
  ["multiply by itself", (x) => x.multiply(x), 1.7, 0],
  ["power 3", (x) => x.power(3), 1.3, 0],
  ["power −0.5", (x) => x.power(-0.5), 1.3, 0],
  ["negate", (x) => x.negate(), 1.3, 0],
  ["subtract", (x, y) => x.subtract(y), 2, -3],
  ["subtract a number", (x) => x.subtract(0.7), 2, 0],
  ["divide", (x, y) => x.divide(y), 2, -3],
  ["divide by a number", (x) => x.divide(0.7), 2, 0],
  ["exp", (x) => x.exp(), -0.6, 0],
  ["logAtLeast above the floor", (x) => x.logAtLeast(0.1), 1.9, 0],
  ["relu above 0", (x) => x.relu(), 0.8, 0],
  ["relu below 0", (x) => x.relu(), -0.8, 0],
  [
    "a value used three times",
    (x, y) => x.multiply(y).add(x.exp()).divide(x.add(y.power(2))),
    0.9,
    1.4,
  ],
];

for (const [name, operation, x, y] of cases) {
  Deno.test(`Value: ${name}: gradients are those of central differences (1e-8)`, () => {
    const left = new Value(x);
    const right = new Value(y);
    operation(left, right).backward();
    const at = (dx: number, dy: number): number =>
      operation(new Value(x + dx), new Value(y + dy)).data;
    const h = 1e-5;
    assertAlmostEquals(left.gradient, (at(h, 0) - at(-h, 0)) / (2 * h), 1e-8);
    assertAlmostEquals(right.gradient, (at(0, h) - at(0, -h)) / (2 * h), 1e-8);
  });
}

const results: readonly [string, Value, number][] = [
  ["3 + 4", new Value(3).add(new Value(4)), 7],
  ["3 · 4", new Value(3).multiply(new Value(4)), 12],
  ["3 − 4", new Value(3).subtract(new Value(4)), -1],
  ["3 / 4", new Value(3).divide(new Value(4)), 0.75],
  ["2⁻³", new Value(2).power(-3), 0.125],
  ["−3", new Value(3).negate(), -3],
  ["e⁰", new Value(0).exp(), 1],
  ["ln max(0, e⁻²)", new Value(0).logAtLeast(Math.exp(-2)), -2],
  ["relu −2", new Value(-2).relu(), 0],
];

for (const [name, value, expected] of results) {
  Deno.test(`Value: ${name} is ${expected} (1e-15)`, () => {
    assertAlmostEquals(value.data, expected, 1e-15);
  });
}

Deno.test("Value: the gradient of a clamped logarithm flows through the floor", () => {
  const x = new Value(1e-20);
  x.logAtLeast(1e-10).backward();
  assertEquals(x.gradient, 1 / 1e-10);
});

Deno.test("Value: relu has derivative 0 at 0", () => {
  const x = new Value(0);
  x.relu().backward();
  assertEquals(x.gradient, 0);
});

Deno.test("Value: gradients accumulate over backward calls until they are set to 0", () => {
  const x = new Value(3);
  x.multiply(2).backward();
  x.multiply(5).backward();
  assertEquals(x.gradient, 7);
});

Deno.test("Value: a graph a million deep does not overflow the stack", () => {
  const x = new Value(1);
  let y: Value = x;
  for (let i = 0; i < 1_000_000; i++) y = y.add(0);
  y.backward();
  assertEquals(x.gradient, 1);
});

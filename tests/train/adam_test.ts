// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals } from "@std/assert";
import { Adam } from "../../src/train/adam.ts";
import { linearDecay } from "../../src/train/schedule.ts";

Deno.test("Adam: the first step is the learning rate against the sign of the gradient (1e-8)", () => {
  const parameters = Float64Array.of(1, 1, 1);
  const adam = new Adam(3, { beta1: 0.85, beta2: 0.99, epsilon: 1e-8 });
  adam.step(parameters, Float64Array.of(5, -0.001, 0), 0.1);
  [0.9, 1.1, 1].forEach((expected, i) =>
    assertAlmostEquals(parameters[i] as number, expected, 1e-5)
  );
});

Deno.test("Adam: two steps are those of algorithm 1, worked by hand (1e-15)", () => {
  const [beta1, beta2, epsilon, rate] = [0.9, 0.999, 1e-8, 0.5];
  const gradients = [2, -1];
  let m = 0;
  let v = 0;
  let expected = 3;
  gradients.forEach((g, i) => {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const mHat = m / (1 - beta1 ** (i + 1));
    const vHat = v / (1 - beta2 ** (i + 1));
    expected -= rate * mHat / (Math.sqrt(vHat) + epsilon);
  });
  const parameters = Float64Array.of(3);
  const adam = new Adam(1, { beta1, beta2, epsilon });
  for (const gradient of gradients) adam.step(parameters, Float64Array.of(gradient), rate);
  assertAlmostEquals(parameters[0] as number, expected, 1e-15);
});

const rates: readonly [number, number][] = [[0, 0.01], [350, 0.005], [699, 0.01 / 700]];
for (const [step, expected] of rates) {
  Deno.test(`linearDecay: is ${expected} at step ${step} of 700 (1e-17)`, () => {
    assertAlmostEquals(linearDecay(0.01, step, 700), expected, 1e-17);
  });
}

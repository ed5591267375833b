// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import {
  initialWeights,
  parameterCount,
  tensorCount,
  tensorShapes,
  Weights,
} from "../../src/model/weights.ts";

const spec = { vocabSize: 27, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 1 };

Deno.test("parameterCount: is 4,192 for the original's target and 1,328 for its draft", () => {
  assertEquals(parameterCount(spec), 4192);
  assertEquals(parameterCount({ ...spec, nEmbd: 8, nHead: 2 }), 1328);
});

Deno.test("tensorCount: is how many shapes there are", () => {
  for (const nLayer of [1, 2, 7]) {
    assertEquals(tensorCount({ ...spec, nLayer }), tensorShapes({ ...spec, nLayer }).length);
  }
});

Deno.test("Weights: tensors are views that cover the data in order without a gap", () => {
  const weights = new Weights(spec);
  weights.data.forEach((_, i) => weights.data[i] = i);
  const joined = tensorShapes(spec).flatMap(({ name }) => [...weights.tensor(name)]);
  assertEquals(joined, [...weights.data]);
  weights.tensor("l0.wq")[0] = -1;
  assertEquals(weights.data.indexOf(-1), (27 + 16) * 16);
});

Deno.test("Weights: data of another length and unknown names are refused", () => {
  assertThrows(() => new Weights(spec, new Float64Array(3)), RangeError, "4192 parameters, got 3");
  assertThrows(() => new Weights(spec).tensor("l1.wq"), RangeError, '"l1.wq"');
});

Deno.test("initialWeights: draws in storage order with the given deviation", () => {
  let draws = 0;
  const weights = initialWeights(spec, { gauss: (mu, sigma) => mu + sigma * draws++ }, 0.5);
  assertEquals([...weights.data.slice(0, 3)], [0, 0.5, 1]);
  assertEquals(draws, 4192);
});

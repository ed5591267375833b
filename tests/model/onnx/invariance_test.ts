// @ts-types="../../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import type { ForwardRequest, LanguageModel, Logits } from "../../../src/model/language_model.ts";
import { checkInvariance } from "../../../src/model/onnx/invariance.ts";
import { InferenceGpt } from "../../../src/model/reference/inference_gpt.ts";
import { randomWeights } from "../small_model.ts";

const spec = { vocabSize: 7, blockSize: 6, nEmbd: 4, nHead: 2, nLayer: 1 };

/** The reference engine, with `error` added to what a call gives that looks like that. */
class Off implements LanguageModel {
  readonly spec = spec;
  passes = 0;
  readonly #inner = new InferenceGpt(randomWeights(spec));
  readonly #error: (batch: readonly ForwardRequest[]) => number;

  constructor(error: (batch: readonly ForwardRequest[]) => number) {
    this.#error = error;
  }

  open(): ReturnType<InferenceGpt["open"]> {
    return this.#inner.open();
  }

  forward(batch: readonly ForwardRequest[]): Logits[] {
    this.passes++;
    const error = this.#error(batch);
    return this.#inner.forward(batch).map((logits) => logits.map((logit) => logit + error));
  }
}

const rows = (batch: readonly ForwardRequest[]): number =>
  batch.reduce((sum, { tokens }) => sum + tokens.length, 0);

const cases: readonly [
  string,
  (batch: readonly ForwardRequest[]) => number,
  boolean,
  boolean,
  number,
][] = [
  ["always the same bits: both hold", () => 0, true, true, 0],
  [
    "one row alone differs: splits do not hold",
    (batch) => rows(batch) === 1 ? 0.25 : 0,
    false,
    true,
    0.25,
  ],
  ["others in a batch make a difference", (batch) => batch.length > 1 ? 2 : 0, true, false, 2],
  [
    "what is no number is infinitely far",
    (batch) => batch.length > 1 ? NaN : 0,
    true,
    false,
    Infinity,
  ],
];

for (const [what, error, splits, batches, largest] of cases) {
  Deno.test(`checkInvariance: ${what}`, () => {
    const found = checkInvariance(new Off(error));
    assertEquals([found.splits, found.batches], [splits, batches]);
    assertEquals(
      Math.abs(found.largestDifference - largest) < 1e-12 || found.largestDifference === largest,
      true,
    );
  });
}

Deno.test("checkInvariance: takes eight passes", () => {
  const model = new Off(() => 0);
  checkInvariance(model);
  assertEquals(model.passes, 8);
});

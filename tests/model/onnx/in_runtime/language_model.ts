/**
 * The contract of every engine, and our own models, in the onnxruntime that this process was started
 * with: `runtimes_test.ts` starts one process for each.
 *
 * @module
 */
// @ts-types="../../../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { type OnnxModel, openOnnxModel } from "../../../../src/model/onnx/language_model.ts";
import { onnxRuntime } from "../../../../src/model/onnx/runtime.ts";
import { InferenceGpt } from "../../../../src/model/reference/inference_gpt.ts";
import { transformerOf } from "../../../../src/model/transformer.ts";
import type { LanguageModel, ModelSpec } from "../../../../src/model/language_model.ts";
import { contractSpecs, testLanguageModel } from "../../language_model_contract.ts";
import type { Weights } from "../../../../src/model/weights.ts";
import { engineSpecs, randomWeights, smallSpec } from "../../small_model.ts";

const runtime = onnxRuntime();
assert(runtime !== undefined, "started without an onnxruntime");
const { name } = runtime;

/** A model of each size, and two of the smallest, which all tests share: a runtime takes a while to start. */
const models = new Map<string, OnnxModel[]>();
for (const spec of [smallSpec, ...contractSpecs]) {
  const key = JSON.stringify(spec);
  const model = await openOnnxModel(transformerOf(randomWeights(spec)), { threads: 1 });
  models.set(key, [...models.get(key) ?? [], model]);
}
Deno.test.afterAll(() => [...models.values()].flat().forEach((model) => model.close()));

/** A model of these sizes; where there are two, they take turns. */
function modelOf(spec: ModelSpec): OnnxModel {
  const [first, ...others] = models.get(JSON.stringify(spec)) ?? [];
  assert(first !== undefined);
  models.set(JSON.stringify(spec), [...others, first]);
  return first;
}

testLanguageModel(name, ({ spec }) => modelOf(spec));

Deno.test(`${name}: the check at load holds for models of all sizes of the contract`, () => {
  for (const { invariance } of [...models.values()].flat()) {
    assertEquals(invariance, { splits: true, batches: true, largestDifference: 0 });
  }
});

/** The largest difference from the reference engine, as a share of the largest logit. */
function distance(model: LanguageModel, weights: Weights): number {
  const { blockSize, vocabSize } = weights.spec;
  const tokens = Array.from({ length: blockSize }, (_, i) => (5 * i + 1) % vocabSize);
  const [ours = [], expected = []] = [model, new InferenceGpt(weights)].map((one) =>
    one.forward([{ sequence: one.open(), tokens, rows: tokens.length }])
      .flatMap((logits) => [...logits])
  );
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((logit, i) => Math.abs(logit - (ours[i] ?? NaN)))) / largest;
}

Deno.test(`${name}: our own models' logits are the reference engine's (2e-6 of the largest)`, () => {
  for (const spec of contractSpecs) {
    const found = distance(modelOf(spec), randomWeights(spec));
    assert(found <= 2e-6, `${JSON.stringify(spec)}: ${found}`);
  }
});

Deno.test(`${name}: in f64 our own models' logits are the reference engine's (1e-14 of the largest)`, async () => {
  // The other runtime takes ten times as long to start.
  for (const spec of name === "onnxruntime-node" ? engineSpecs : engineSpecs.slice(3, 4)) {
    const weights = randomWeights(spec, 3, 0.2);
    const model = await openOnnxModel(transformerOf(weights), { threads: 1, type: "float64" });
    try {
      const found = distance(model, weights);
      assert(found <= 1e-14, `${JSON.stringify(spec)}: ${found}`);
    } finally {
      model.close();
    }
  }
});

Deno.test(`${name}: many sequences with holes between them and of unlike lengths are the same bits as alone`, () => {
  const model = modelOf(contractSpecs[1] as ModelSpec);
  const { vocabSize, blockSize } = model.spec;
  const text = (i: number): number[] =>
    Array.from({ length: 1 + i % (blockSize - 4) }, (_, t) => (i * t + t + i) % vocabSize);
  const all = Array.from({ length: 120 }, (_, i) => ({ i, sequence: model.open() }));
  model.forward(all.map(({ i, sequence }) => ({ sequence, tokens: text(i), rows: 0 })));
  // All, a few, and all but a few, whose places stay in the inputs.
  const chosenBy = [() => true, (i: number) => i % 5 === 0, (i: number) => i % 5 !== 1];
  for (const isChosen of chosenBy) {
    const chosen = all.filter(({ i }) => isChosen(i));
    const logits = model.forward(
      chosen.map(({ i, sequence }) => ({ sequence, tokens: [i % 7, 3].slice(i % 2), rows: 1 })),
    );
    chosen.forEach(({ i, sequence }, k) => {
      const alone = model.open();
      const tokens = [...text(i), ...[i % 7, 3].slice(i % 2)];
      const [expected] = model.forward([{ sequence: alone, tokens, rows: 1 }]);
      assertEquals(logits[k], expected, `sequence ${i} of ${chosen.length}`);
      alone.close();
      sequence.truncate(text(i).length);
    });
  }
  for (const { sequence } of all) sequence.close();
});

Deno.test(`${name}: prompts are the same bits alone, in a batch, and from the cache; what follows them, too`, () => {
  const model = modelOf(contractSpecs[3] as ModelSpec);
  const { vocabSize } = model.spec;
  const texts = Array.from({ length: 90 }, (_, i) => [i % vocabSize, i % 7, i % 5, 1].slice(i % 3));
  /** The last row of each, in a pass that gives so many of them or all, and the row after 3. */
  const read = (some: readonly (readonly number[])[], rows: number): number[][] => {
    const batch = some.map((tokens) => ({
      tokens,
      sequence: model.open(),
      rows: Math.min(rows, tokens.length),
    }));
    const first = model.forward(batch).map((logits) => [...logits.slice(-vocabSize)]);
    const next = model.forward(batch.map(({ sequence }) => ({ sequence, tokens: [3], rows: 1 })));
    for (const { sequence } of batch) sequence.close();
    return first.map((logits, i) => [...logits, ...next[i] ?? []]);
  };
  // Nothing is kept of texts of which each row is given.
  const alone = texts.flatMap((text) => read([text], 4));
  assertEquals(read(texts, 4), alone);
  for (let round = 0; round < 2; round++) {
    for (const rows of [1, 2, 3]) {
      assertEquals(read([...texts, ...texts], rows), [...alone, ...alone], `${rows} rows`);
    }
  }
  for (const rows of [3, 2, 1]) {
    assertEquals(texts.flatMap((text) => read([text], rows)), alone, `${rows} rows, alone`);
  }
});

Deno.test(`${name}: rows of proposals after a prompt are the same bits whether it is new or known`, () => {
  const model = modelOf(contractSpecs[3] as ModelSpec);
  const read = (tokens: readonly number[], rows: number): number[] => {
    const sequence = model.open();
    const [logits] = model.forward([{ sequence, tokens, rows }]);
    sequence.close();
    return [...logits?.slice(-3 * model.spec.vocabSize) ?? []];
  };
  const expected = read([1, 2, 3, 4, 5], 5);
  assertEquals(read([1, 2, 3, 4, 5], 3), expected);
  assertEquals(read([1, 2, 3, 4, 5], 3), expected);
  // The caches of both are their own.
  assertEquals(
    read([1, 2, 3, 0, 0], 3).slice(0, model.spec.vocabSize),
    expected.slice(0, model.spec.vocabSize),
  );
  assertEquals(read([1, 2, 3, 4, 5], 3), expected);
});

Deno.test(`${name}: a model that is closed is refused, and closing twice is nothing`, async () => {
  const model = await openOnnxModel(transformerOf(randomWeights(smallSpec)), { threads: 1 });
  const sequence = model.open();
  model.close();
  model.close();
  assertThrows(() => model.forward([{ sequence, tokens: [0], rows: 1 }]), TypeError, "is closed");
});

Deno.test({
  name:
    `${name}: what WebAssembly cannot hold is refused with the numbers, before any weight is read`,
  ignore: name !== "onnxruntime-web",
  fn: async () => {
    const small = transformerOf(randomWeights(smallSpec));
    const numbers = (): never => {
      throw new Error("a weight was read");
    };
    const tensor = () => ({ shape: [1_000_000, 1000], numbers });
    await assertRejects(
      () => openOnnxModel({ ...small, tensorNames: ["embedding.weight"], tensor }, { threads: 1 }),
      Error,
      "Cannot load 1000000000 parameters into onnxruntime-web: they take about 6.2 GiB, and " +
        'WebAssembly has 4 GiB; use "deno task run:native"',
    );
  },
});

Deno.test(`${name}: its name and version are known without loading it`, () => {
  assertMatch(`${runtime.name}@${runtime.version}`, /^onnxruntime-(node|web)@1\.30\.0$/);
});

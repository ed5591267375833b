/**
 * Exported graphs in the onnxruntime of this process: run by `onnx_test.ts`.
 *
 * @module
 */
// @ts-types="../../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { engines } from "../../../../src/model/engines.ts";
import { exportedGraph } from "../../../../src/model/onnx/exported_graph.ts";
import type { OrtModule, OrtTensor } from "../../../../src/model/onnx/ort.ts";
import { onnxRuntime } from "../../../../src/model/onnx/runtime.ts";
import { transformerOf } from "../../../../src/model/transformer.ts";
import { engineSpecs, randomWeights } from "../../small_model.ts";

/** Of a name and not written out, so that neither package has to be in the import map. */
const ort: OrtModule = await import(onnxRuntime()?.name ?? "onnxruntime-node");

for (const spec of engineSpecs) {
  const { vocabSize: V, blockSize, nEmbd: C, nHead: H, nLayer } = spec;
  Deno.test(`exported graph ${C}/${H}/${nLayer}: two texts, in two parts, have the engine's logits (2e-6)`, async () => {
    const weights = randomWeights(spec, 1, 0.3);
    const session = await ort.InferenceSession.create(exportedGraph(transformerOf(weights)), {
      executionProviders: [onnxRuntime()?.name === "onnxruntime-web" ? "wasm" : "cpu"],
    });
    const texts = [3, 5].map((factor) =>
      Array.from({ length: blockSize }, (_, i) => (factor * i + 1) % V)
    );
    let pasts: Record<string, OrtTensor> = {};
    for (let i = 0; i < nLayer; i++) {
      for (const what of ["key", "value"]) {
        pasts[`past_key_values.${i}.${what}`] = new ort.Tensor("float32", new Float32Array(), [
          ...[2, H, 0, C / H],
        ]);
      }
    }
    const found: number[][] = [[], []];
    const first = Math.ceil(blockSize / 3);
    for (const [begin, end] of [[0, first], [first, blockSize]] as const) {
      const tokens = texts.flatMap((text) => text.slice(begin, end)).map(BigInt);
      const outputs = await session.run({
        input_ids: new ort.Tensor("int64", BigInt64Array.from(tokens), [2, end - begin]),
        ...pasts,
      });
      const { logits } = outputs;
      assertEquals(Object.keys(outputs), [
        "logits",
        ...Array.from({ length: nLayer }, (_, i) => [`present.${i}.key`, `present.${i}.value`])
          .flat(),
      ]);
      assertEquals(logits?.dims, [2, end - begin, V]);
      const numbers = Array.from(logits?.data ?? [], Number);
      const length = (end - begin) * V;
      found.forEach((own, i) => own.push(...numbers.slice(i * length, (i + 1) * length)));
      pasts = Object.fromEntries(
        Object.keys(pasts).flatMap((name) => {
          const present = outputs[name.replace("past_key_values", "present")];
          return present === undefined ? [] : [[name, present]];
        }),
      );
      assertEquals(pasts["past_key_values.0.key"]?.dims, [2, H, end, C / H]);
    }
    await session.release();
    const model = engines.reference.languageModel(weights, 1);
    for (const [i, tokens] of texts.entries()) {
      const [expected = new Float64Array()] = model.forward([
        { sequence: model.open(), tokens, rows: tokens.length },
      ]);
      const largest = Math.max(1, ...expected.map(Math.abs));
      const far = Math.max(
        ...expected.map((value, k) => Math.abs(value - (found[i]?.[k] ?? NaN))),
      );
      assert(far <= 2e-6 * largest, `${far / largest} in text ${i}`);
    }
  });
}

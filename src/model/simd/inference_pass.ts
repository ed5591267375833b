/**
 * Sizes, addresses and products that a pass works on, in the memory that threads share, as
 * `kernels/pass.ts` reads them.
 *
 * @module
 */
import {
  type InferencePlan,
  type InferenceShardPlan,
  PASS_FIELDS,
  PRODUCT_FIELDS,
} from "./inference_plan.ts";
import { MatmulMode } from "./kernels.ts";
import { type Matrix, padded } from "./parameter_layout.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** The words of a pass, and of one product. */
type PassWords = Readonly<Record<typeof PASS_FIELDS[number], number>>;
type ProductWords = Readonly<Record<typeof PRODUCT_FIELDS[number], number>>;

/** Writes what the passes of the shard at `at` work on. */
export function writePass(memory: WasmMemory, plan: InferencePlan, at: InferenceShardPlan): void {
  const { spec, layout, parameters } = plan;
  const width = padded(spec.nEmbd);
  const words: PassWords = {
    ...at,
    embd: spec.nEmbd,
    width,
    heads: spec.nHead,
    layers: spec.nLayer,
    layerBytes: spec.blockSize * 2 * width * 4,
    vocabulary: spec.vocabSize,
    logitsWidth: padded(spec.vocabSize),
    wte: parameters + 4 * layout.wte.offset,
    wpe: parameters + 4 * layout.wpe.offset,
    outputs: at.heads,
  };
  const products = productsOf(plan, at).flatMap((product) => {
    return PRODUCT_FIELDS.map((field) => product[field]);
  });
  memory.i32.set([...PASS_FIELDS.map((field) => words[field]), ...products], at.pass / 4);
}

/** The products of a pass in order: four of each layer, and the head. */
function productsOf({ layout, packed }: InferencePlan, at: InferenceShardPlan): ProductWords[] {
  const { x, normed, qkv, heads, hidden, logits } = at;
  const product = (matrix: Matrix, from: number, to: number, mode: number): ProductWords => {
    return { from, packed: packed.of(matrix), to, n: matrix.rows, k: matrix.columns, mode };
  };
  return [
    ...layout.layers.flatMap((layer) => [
      product(layer.qkv, normed, qkv, MatmulMode.store),
      product(layer.wo, heads, x, MatmulMode.add),
      product(layer.fc1, normed, hidden, MatmulMode.relu),
      product(layer.fc2, hidden, x, MatmulMode.add),
    ]),
    product(layout.head, x, logits, MatmulMode.store),
  ];
}

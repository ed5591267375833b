/**
 * What a pass works on, in the memory that threads share: sizes, addresses and products, in the order
 * in which `kernels/pass.ts` reads them.
 *
 * @module
 */
import type { InferencePlan, InferenceShardPlan } from "./inference_plan.ts";
import { MatmulMode } from "./kernels.ts";
import { type Matrix, padded } from "./parameter_layout.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** Writes what the passes of the shard at `at` work on. */
export function writePass(memory: WasmMemory, plan: InferencePlan, at: InferenceShardPlan): void {
  const { spec, layout, parameters } = plan;
  const { nEmbd, nHead, nLayer, blockSize, vocabSize } = spec;
  const width = padded(nEmbd);
  const words = [
    ...[nEmbd, width, nHead, nLayer, blockSize * 2 * width * 4, vocabSize, padded(vocabSize)],
    ...[parameters + 4 * layout.wte.offset, parameters + 4 * layout.wpe.offset],
    ...[at.rows, at.wanted, at.drawing, at.wantedRows, at.tokens, at.positions, at.caches],
    ...[at.x, at.normed, at.scales, at.qkv, at.attentionWeights, at.heads],
    ...[at.logits, at.draws, at.exponentials],
    ...productsOf(plan, at),
  ];
  memory.i32.set(words, at.pass / 4);
}

/** The products of a pass in order, four of each layer, and the head; of each six words. */
function productsOf({ layout, packed }: InferencePlan, at: InferenceShardPlan): number[] {
  const { x, normed, qkv, heads, hidden, logits } = at;
  const product = (matrix: Matrix, from: number, to: number, mode: number): number[] => {
    return [from, packed.of(matrix), to, matrix.rows, matrix.columns, mode];
  };
  return [
    ...layout.layers.flatMap((layer) => [
      ...product(layer.qkv, normed, qkv, MatmulMode.store),
      ...product(layer.wo, heads, x, MatmulMode.add),
      ...product(layer.fc1, normed, hidden, MatmulMode.relu),
      ...product(layer.fc2, hidden, x, MatmulMode.add),
    ]),
    ...product(layout.head, x, logits, MatmulMode.store),
  ];
}

/**
 * One of our own models as a graph of ONNX that other programs run: tokens, and the keys and values of
 * those before, to logits, and the keys and values of all. Inputs and outputs have the names that
 * Hugging Face's Optimum gives them.
 *
 * Letters as in `transformer.ts`; `N` texts, `T` tokens of each, `P` tokens before those.
 *
 * @module
 */
import type { Transformer } from "../transformer.ts";
import { bytesOf, Graph, type Value } from "./graph.ts";

/**
 * The graph of a model of ours, in f32, as the bytes of a model of ONNX. Inputs: `input_ids` `[N, T]` and
 * `past_key_values.i.key` and `.value` `[N, H, P, D]`, where `P` may be 0. Outputs: `logits` `[N, T, V]`
 * and `present.i.key` and `.value` `[N, H, P + T, D]`.
 */
export function exportedGraph({ spec, tensor }: Transformer): Uint8Array<ArrayBuffer> {
  const { vocabSize: V, width: C, layers, heads: H, headWidth: D } = spec;
  const graph = new Graph();
  const numbersOf = (name: string): Float32Array | Float64Array => {
    const found = tensor(name)?.numbers();
    if (found === undefined) throw new RangeError(`Cannot export a model: it has no ${name}`);
    return found;
  };
  /** A table as it is. */
  const table = (name: string, rows: number): Value =>
    graph.constant(name, "float32", [rows, C], bytesOf(numbersOf(name), "float32"));
  /** `x W^T`, by a constant that is `W^T`. */
  const linear = (x: Value, name: string, inputs: number, outputs: number): Value => {
    const numbers = transposed(numbersOf(name), inputs, outputs);
    const shape = [inputs, outputs];
    return graph.add("MatMul", [
      x,
      graph.constant(name, "float32", shape, bytesOf(numbers, "float32")),
    ]);
  };
  const norm = (x: Value): Value => {
    const squares = graph.add("Mul", [x, x]);
    const mean = graph.add("ReduceMean", [squares], { axes: [2] });
    const shifted = graph.add("Add", [mean, graph.number(spec.norm.epsilon, "float32")]);
    return graph.add("Div", [x, graph.add("Sqrt", [shifted])]);
  };
  const tokens = graph.input("input_ids", "int64", ["N", "T"]);
  const pastOf = (layer: number, what: "key" | "value"): Value =>
    graph.input(`past_key_values.${layer}.${what}`, "float32", ["N", H, "P", D]);
  const pasts = Array.from(
    { length: layers },
    (_, i) => ({ keys: pastOf(i, "key"), values: pastOf(i, "value") }),
  );
  const [first] = pasts;
  if (first === undefined) throw new RangeError("Cannot export a model without layers");
  const before = graph.add("Shape", [first.keys], { start: 2, end: 3 });
  const given = graph.add("Shape", [tokens], { start: 1, end: 2 });
  const all = graph.add("Add", [before, given]);
  const scalar = (value: Value): Value => graph.add("Squeeze", [value]);
  const steps = [graph.integers([0]), all, graph.integers([1])].map(scalar);
  // 0 … P + T - 1, and of these the last T.
  const keyPositions = graph.add("Range", steps);
  const positions = graph.add("Slice", [keyPositions, before, all]);
  const isSeen = graph.add("LessOrEqual", [
    keyPositions,
    graph.add("Unsqueeze", [positions, graph.integers([1])]),
  ]);
  let x = norm(graph.add("Add", [
    graph.add("Gather", [table("embedding.weight", V), tokens]),
    graph.add("Gather", [table("position_embedding.weight", spec.blockSize), positions]),
  ]));
  const presents: { readonly keys: Value; readonly values: Value }[] = [];
  for (const [i, past] of pasts.entries()) {
    const layer = (x: Value, name: string, inputs = C, outputs = C): Value =>
      linear(x, `layers.${i}.${name}.weight`, inputs, outputs);
    const read = norm(x);
    /** `[N, T, C]` → `[N, H, T, D]` */
    const ofHeads = (value: Value): Value =>
      graph.add(
        "Transpose",
        [graph.add("Reshape", [value, graph.integers([0, 0, H, D])])],
        { perm: [0, 2, 1, 3] },
      );
    const joined = (past: Value, value: Value): Value =>
      graph.add("Concat", [past, ofHeads(value)], { axis: 2 });
    const keys = joined(past.keys, layer(read, "key"));
    const values = joined(past.values, layer(read, "value"));
    presents.push({ keys, values });
    const queries = graph.add("Mul", [
      ofHeads(layer(read, "query")),
      graph.number(1 / Math.sqrt(D), "float32"),
    ]);
    const scores = graph.add("Where", [
      isSeen,
      graph.add("MatMul", [queries, graph.add("Transpose", [keys], { perm: [0, 1, 3, 2] })]),
      graph.number(-Infinity, "float32"),
    ]);
    const mixed = graph.add("MatMul", [graph.add("Softmax", [scores]), values]);
    const attended = graph.add("Reshape", [
      graph.add("Transpose", [mixed], { perm: [0, 2, 1, 3] }),
      graph.integers([0, 0, C]),
    ]);
    x = graph.add("Add", [x, layer(attended, "output")]);
    const hidden = graph.add("Relu", [layer(norm(x), "up", C, spec.hiddenWidth)]);
    x = graph.add("Add", [x, layer(hidden, "down", spec.hiddenWidth, C)]);
  }
  const logits = linear(x, "head.weight", C, V);
  graph.namedOutput("logits", logits, "float32", ["N", "T", V]);
  for (const [i, { keys, values }] of presents.entries()) {
    const shape = ["N", H, "P + T", D];
    graph.namedOutput(`present.${i}.key`, keys, "float32", shape);
    graph.namedOutput(`present.${i}.value`, values, "float32", shape);
  }
  return graph.encoded();
}

/** The matrix `[outputs, inputs]` as `[inputs, outputs]`, in f32. */
function transposed(
  numbers: Float32Array | Float64Array,
  inputs: number,
  outputs: number,
): Float32Array {
  const result = new Float32Array(numbers.length);
  for (let row = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++) {
      result[column * outputs + row] = numbers[row * inputs + column] as number;
    }
  }
  return result;
}

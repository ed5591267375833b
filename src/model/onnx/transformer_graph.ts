/**
 * A transformer as a graph of ONNX that reads the next tokens of many sequences at once. Every linear
 * map sees the rows of all sequences below one another; attention sees them sequence by sequence.
 *
 * Letters as in `transformer.ts`; `R` rows: all tokens of a pass; `S` sequences; `T` the most tokens
 * that one of them reads; `P` positions in the cache; `Q` rows whose logits are asked for.
 *
 * The past of every sequence is an input, and only the new rows' keys and values are outputs, so that
 * who holds the cache forgets by a length. Positions that a sequence does not have add exactly nothing:
 * their scores are replaced by the lowest number, whose exponential is 0, and the exponentials are
 * summed by a column of ones beside the values, in the order of positions, like the values themselves.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import type { Tensor, Transformer, TransformerSpec } from "../transformer.ts";
import { bytesOf, Graph, type RealType, type Value } from "./graph.ts";

/** A graph, and where the bytes of its weights are. */
export interface TransformerGraph {
  /** The graph as a model of ONNX. */
  readonly graph: Uint8Array<ArrayBuffer>;
  /** The folder of the files that the graph points into; absent if there are none. */
  readonly folder?: string;
  /** The names of these files in the folder. */
  readonly files: readonly string[];
  /** The bytes that the graph points into by a name. */
  readonly buffers: readonly {
    readonly path: string;
    readonly data: Uint8Array<ArrayBufferLike>;
  }[];
  /** The outputs: logits `[Q, V]`, and of each layer keys `[R, G, D]` and values and ones `[R, G, D + 1]`. */
  readonly outputs: {
    readonly logits: Value;
    readonly keys: readonly Value[];
    readonly values: readonly Value[];
  };
}

/** The inputs beside `past_keys.i` `[S, G, P, D]` and `past_values.i` `[S, G, P, D + 1]`. */
export const inputs = {
  /** The tokens, `[R]`. */
  tokens: "tokens",
  /** The position of each, `[R]`: of learned positions. */
  positions: "positions",
  /** Cosines and sines of each, `[R, 1, D/2]`: of rotary positions. */
  cosines: "cosines",
  sines: "sines",
  /** A one for each row and head of keys and values, `[R, G, 1]`. */
  ones: "ones",
  /** Where each row's keys go: sequence, head, position; `[R, G, 3]`. */
  places: "places",
  /** The rows of each sequence, `[S, T]`. */
  queryRows: "query_rows",
  /** Their positions, once for each head of a group, `[S, 1, H/G·T, 1]`. */
  queryPositions: "query_positions",
  /** `0 … P - 1`, `[P]`. */
  keyPositions: "key_positions",
  /** Where in `[S·T]` each row is, `[R]`. */
  attendedRows: "attended_rows",
  /** The rows whose logits are asked for, `[Q]`. */
  logitRows: "logit_rows",
} as const;

/** Weights of fewer numbers are in the graph itself. */
const SMALL = 2 ** 14;

/** How a transformer is written as a graph. */
export interface GraphOptions {
  /** What it is computed in. */
  readonly type: RealType;
  /**
   * Whether a head that is the embedding is one constant with it. A runtime rearranges what it multiplies
   * by and gives the original back, which it cannot do for a table: apart they take less memory where the
   * table is mapped, and more where it is read.
   */
  readonly sharesTable: boolean;
}

/** The graph of `transformer`. Reads the weights that it cannot point to. */
export function transformerGraph(
  transformer: Transformer,
  { type, sharesTable }: GraphOptions,
): TransformerGraph {
  const graph = new Graph();
  const hasHead = transformer.tensor("head.weight") !== undefined;
  const weights = new GraphWeights(graph, transformer, type);
  const outputs = new GraphWriter(graph, transformer.spec, weights, type).write(
    hasHead || !sharesTable ? "head" : "embedding",
  );
  const { folder, files, buffers } = weights;
  return {
    graph: graph.encoded(),
    ...(folder === undefined ? {} : { folder }),
    files: [...files],
    buffers,
    outputs,
  };
}

/** The tensors of a transformer as constants of a graph. */
class GraphWeights {
  readonly files = new Set<string>();
  readonly buffers: { path: string; data: Uint8Array }[] = [];
  folder: string | undefined;
  readonly #graph: Graph;
  readonly #transformer: Transformer;
  readonly #type: RealType;
  readonly #known = new Map<string, Matrix>();

  constructor(graph: Graph, transformer: Transformer, type: RealType) {
    this.#graph = graph;
    this.#transformer = transformer;
    this.#type = type;
  }

  /** The tensor of that name, or `undefined` where the transformer has none. */
  find(name: string): Matrix | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // A head that is the embedding has its bytes.
    const tensor = this.#transformer.tensor(name) ??
      (name === "head.weight" ? this.#transformer.tensor("embedding.weight") : undefined);
    if (tensor === undefined) return undefined;
    const made = this.#add(name, tensor);
    this.#known.set(name, made);
    return made;
  }

  /** The tensor of that name, which there must be. */
  get(name: string): Matrix {
    const found = this.find(name);
    if (found === undefined) throw new RangeError(`Cannot write a graph: there is no "${name}"`);
    return found;
  }

  #add(name: string, tensor: Tensor): Matrix {
    const { shape, place } = tensor;
    const type = this.#type;
    const count = shape.reduce((product, size) => product * size, 1);
    if (place !== undefined && type === "float32" && count >= SMALL) {
      const folder = dirname(place.file);
      this.folder ??= folder;
      if (this.folder === folder) {
        const location = basename(place.file);
        this.files.add(location);
        const stored = place.isTransposed ? shape.toReversed() : shape;
        this.#graph.external(name, TYPES[place.type], stored, { location, ...place });
        return { value: name, isTransposed: place.isTransposed, isShort: place.type !== "f32" };
      }
    }
    const data = bytesOf(tensor.numbers(), type);
    if (count < SMALL) {
      this.#graph.constant(name, type, shape, data);
    } else {
      this.buffers.push({ path: name, data });
      this.#graph.external(name, type, shape, { location: name, offset: 0, bytes: data.length });
    }
    return { value: name, isTransposed: false, isShort: false };
  }
}

/** The types of numbers in files. */
const TYPES = { f32: "float32", f16: "float16", bf16: "bfloat16" } as const;

/** A constant. */
interface Matrix {
  readonly value: Value;
  /** Whether it is `[in, out]`. */
  readonly isTransposed: boolean;
  /** Whether its numbers have 16 bits. */
  readonly isShort: boolean;
}

/** Writes the operators of a transformer. */
class GraphWriter {
  readonly #graph: Graph;
  readonly #spec: TransformerSpec;
  readonly #weights: GraphWeights;
  readonly #type: RealType;
  /** Whether a query may see a position, `[S, 1, H/G·T, P]`. */
  readonly #isSeen: Value;
  #onesValue: Value | undefined;

  constructor(graph: Graph, spec: TransformerSpec, weights: GraphWeights, type: RealType) {
    this.#graph = graph;
    this.#spec = spec;
    this.#weights = weights;
    this.#type = type;
    graph.input(inputs.tokens, "int64", ["R"]);
    if (spec.positions === "learned") {
      graph.input(inputs.positions, "int64", ["R"]);
    } else {
      graph.input(inputs.cosines, type, ["R", 1, spec.headWidth / 2]);
      graph.input(inputs.sines, type, ["R", 1, spec.headWidth / 2]);
    }
    graph.input(inputs.ones, type, ["R", spec.keyValueHeads, 1]);
    graph.input(inputs.places, "int64", ["R", spec.keyValueHeads, 3]);
    graph.input(inputs.queryRows, "int64", ["S", "T"]);
    graph.input(inputs.queryPositions, "int64", ["S", 1, "HT", 1]);
    graph.input(inputs.keyPositions, "int64", ["P"]);
    graph.input(inputs.attendedRows, "int64", ["R"]);
    graph.input(inputs.logitRows, "int64", ["Q"]);
    this.#isSeen = graph.add("LessOrEqual", [inputs.keyPositions, inputs.queryPositions]);
  }

  /** Writes all; the logits are products with `head`. */
  write(head: string): TransformerGraph["outputs"] {
    const graph = this.#graph;
    const { layers, positions, hasEmbeddingNorm, hasFinalNorm, vocabSize } = this.#spec;
    let x = this.#rows("embedding.weight", inputs.tokens);
    if (positions === "learned") {
      x = graph.add("Add", [x, this.#rows("position_embedding.weight", inputs.positions)]);
    }
    if (hasEmbeddingNorm) x = this.#norm(x, undefined);
    const keys: Value[] = [];
    const values: Value[] = [];
    for (let i = 0; i < layers; i++) {
      const attention = this.#attention(this.#norm(x, `layers.${i}.attention_norm`), i);
      keys.push(attention.keys);
      values.push(attention.values);
      x = graph.add("Add", [x, attention.output]);
      x = graph.add("Add", [x, this.#mlp(this.#norm(x, `layers.${i}.mlp_norm`), `layers.${i}`)]);
    }
    x = graph.add("Gather", [x, inputs.logitRows]);
    if (hasFinalNorm) x = this.#norm(x, "final_norm");
    const logits = this.#linear(x, head, "head.bias");
    return {
      logits: graph.output(logits, this.#type, ["Q", vocabSize]),
      keys,
      values,
    };
  }

  /** Rows of a table. */
  #rows(name: string, numbers: Value): Value {
    const graph = this.#graph;
    const { value, isTransposed, isShort } = this.#weights.get(name);
    const table = isTransposed ? graph.add("Transpose", [value], { perm: [1, 0] }) : value;
    const rows = graph.add("Gather", [table, numbers]);
    return isShort ? graph.cast(rows, this.#type) : rows;
  }

  /** `x W^T + b`: `[R, in]` → `[R, out]`. */
  #linear(x: Value, name: string, bias = `${name}.bias`): Value {
    const { value, isTransposed, isShort } = this.#weights.get(`${name}.weight`);
    const matrix = isShort ? this.#graph.cast(value, this.#type) : value;
    const added = this.#weights.find(bias);
    const attributes = isTransposed ? {} : { transB: 1 };
    return this.#graph.add("Gemm", [x, matrix, ...added ? [added.value] : []], attributes);
  }

  /** A norm over the width, with the gain and the bias that `name` has. */
  #norm(x: Value, name: string | undefined): Value {
    const graph = this.#graph;
    const { norm: { kind, epsilon }, width } = this.#spec;
    // Only with a gain do runtimes see that this is a norm, which they compute at once, every row in
    // the same way; their means of rows depend on where a row begins in memory.
    const gain = (name === undefined ? undefined : this.#weights.find(`${name}.gain`)?.value) ??
      this.#ones(width);
    const bias = name === undefined ? undefined : this.#weights.find(`${name}.bias`)?.value;
    const centred = kind === "rms"
      ? x
      : graph.add("Sub", [x, graph.add("ReduceMean", [x], { axes: [1] })]);
    const squares = graph.add("Pow", [centred, graph.number(2, this.#type)]);
    const mean = graph.add("ReduceMean", [squares], { axes: [1] });
    const shifted = graph.add("Add", [mean, graph.number(epsilon, this.#type)]);
    const normed = graph.add("Div", [centred, graph.add("Sqrt", [shifted])]);
    const y = graph.add("Mul", [normed, gain]);
    return bias === undefined ? y : graph.add("Add", [y, bias]);
  }

  /** As many ones, a constant that is there once. */
  #ones(count: number): Value {
    return this.#onesValue ??= this.#graph.constant(
      "ones_of_width",
      this.#type,
      [count],
      bytesOf(new Array(count).fill(1), this.#type),
    );
  }

  #attention(x: Value, layer: number): { keys: Value; values: Value; output: Value } {
    const graph = this.#graph;
    const type = this.#type;
    const { heads: H, keyValueHeads: G, headWidth: D } = this.#spec;
    const name = `layers.${layer}`;
    const ofHeads = (value: Value, count: number): Value =>
      graph.add("Reshape", [value, graph.integers([0, count, D])]);
    let queries = ofHeads(this.#linear(x, `${name}.query`), H);
    let newKeys = ofHeads(this.#linear(x, `${name}.key`), G);
    const linearValues = ofHeads(this.#linear(x, `${name}.value`), G);
    if (this.#spec.positions !== "learned") {
      [queries, newKeys] = this.#rotated(queries, newKeys);
    }
    const newValues = graph.add("Concat", [linearValues, inputs.ones], { axis: 2 });
    const past = [
      graph.input(`past_keys.${layer}`, type, ["S", G, "P", D]),
      graph.input(`past_values.${layer}`, type, ["S", G, "P", D + 1]),
    ] as const;
    const keys = graph.add("ScatterND", [past[0], inputs.places, newKeys]);
    const values = graph.add("ScatterND", [past[1], inputs.places, newValues]);
    const scaled = graph.add("Mul", [queries, graph.number(1 / Math.sqrt(D), type)]);
    // [R, H, D] → [S, T, G, H/G, D] → [S, G, H/G·T, D]
    const bySequence = graph.add("Reshape", [
      graph.add("Gather", [scaled, inputs.queryRows]),
      graph.integers([0, 0, G, H / G, D]),
    ]);
    const grouped = graph.add("Reshape", [
      graph.add("Transpose", [bySequence], { perm: [0, 2, 3, 1, 4] }),
      graph.integers([0, 0, -1, D]),
    ]);
    const scores = graph.add("Where", [
      this.#isSeen,
      graph.add("MatMul", [grouped, graph.add("Transpose", [keys], { perm: [0, 1, 3, 2] })]),
      graph.number(type === "float32" ? -1e30 : -1e300, type),
    ]);
    const highest = graph.add("ReduceMax", [scores], { axes: [3] });
    const exponentials = graph.add("Exp", [graph.add("Sub", [scores, highest])]);
    const sums = graph.add("MatMul", [exponentials, values]);
    const [weighted, sum] = graph.addSeveral("Split", [sums, graph.integers([D, 1])], 2, {
      axis: 3,
    }) as [Value, Value];
    // [S, G, H/G·T, D] → [S, G, H/G, T, D] → [S, T, G, H/G, D] → [S·T, H·D]
    const means = graph.add("Div", [weighted, sum]);
    const queryCount = graph.add("Shape", [inputs.queryRows], { start: 1, end: 2 });
    const sizes = graph.add("Concat", [
      ...[graph.integers([0, G, H / G]), queryCount, graph.integers([D])],
    ], { axis: 0 });
    const byGroup = graph.add("Reshape", [means, sizes]);
    const byRow = graph.add("Reshape", [
      graph.add("Transpose", [byGroup], { perm: [0, 3, 1, 2, 4] }),
      graph.integers([-1, H * D]),
    ]);
    const attended = graph.add("Gather", [byRow, inputs.attendedRows]);
    return {
      keys: graph.output(newKeys, type, ["R", G, D]),
      values: graph.output(newValues, type, ["R", G, D + 1]),
      output: this.#linear(attended, `${name}.output`),
    };
  }

  /** Queries and keys turned by their positions, in the order of Hugging Face. */
  #rotated(queries: Value, keys: Value): [Value, Value] {
    const graph = this.#graph;
    const { heads: H, keyValueHeads: G, headWidth: D } = this.#spec;
    const both = graph.add("Concat", [queries, keys], { axis: 1 });
    const [first, second] = graph.addSeveral(
      "Split",
      [both, graph.integers([D / 2, D / 2])],
      2,
      { axis: 2 },
    ) as [Value, Value];
    const times = (one: Value, other: Value): Value => graph.add("Mul", [one, other]);
    const turned = graph.add("Concat", [
      graph.add("Sub", [times(first, inputs.cosines), times(second, inputs.sines)]),
      graph.add("Add", [times(second, inputs.cosines), times(first, inputs.sines)]),
    ], { axis: 2 });
    return graph.addSeveral("Split", [turned, graph.integers([H, G])], 2, { axis: 1 }) as [
      Value,
      Value,
    ];
  }

  #mlp(x: Value, name: string): Value {
    const graph = this.#graph;
    const up = this.#linear(x, `${name}.up`);
    const hidden = this.#spec.isGated
      ? graph.add("Mul", [this.#activation(this.#linear(x, `${name}.gate`)), up])
      : this.#activation(up);
    return this.#linear(hidden, `${name}.down`);
  }

  #activation(x: Value): Value {
    const graph = this.#graph;
    const number = (value: number): Value => graph.number(value, this.#type);
    const add = (one: Value, other: Value): Value => graph.add("Add", [one, other]);
    const times = (one: Value, other: Value): Value => graph.add("Mul", [one, other]);
    const half = (factor: Value): Value => times(times(x, add(factor, number(1))), number(0.5));
    switch (this.#spec.activation) {
      case "relu":
        return graph.add("Relu", [x]);
      case "silu":
        return times(x, graph.add("Sigmoid", [x]));
      case "gelu":
        return half(graph.add("Erf", [graph.add("Div", [x, number(Math.SQRT2)])]));
      case "gelu_tanh": {
        // 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) (Hendrycks & Gimpel, 2016)
        const cubic = add(x, times(graph.add("Pow", [x, number(3)]), number(0.044715)));
        return half(graph.add("Tanh", [times(cubic, number(Math.sqrt(2 / Math.PI)))]));
      }
    }
  }
}

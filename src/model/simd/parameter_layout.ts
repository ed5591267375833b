import type { ModelSpec } from "../language_model.ts";
import { tensorShapes, Weights } from "../weights.ts";
import type { MemoryPlan, WasmMemory } from "./wasm_memory.ts";

/** One matrix as the kernels see it: widths padded to multiples of 4 with zeros. */
export interface Matrix {
  /** Offset in the block of parameters, in numbers. */
  readonly offset: number;
  /** Outputs, padded. */
  readonly rows: number;
  /** Inputs, padded: also the distance of rows. */
  readonly columns: number;
}

/** The matrices of one layer. */
export interface LayerMatrices {
  /** Query, key and value projections, one below the other, `[3C, C]`. */
  readonly qkv: Matrix;
  /** Output projection, `[C, C]`. */
  readonly wo: Matrix;
  /** First matrix of the MLP, `[F, C]`. */
  readonly fc1: Matrix;
  /** Second matrix of the MLP, `[C, F]`. */
  readonly fc2: Matrix;
}

/** `n` rounded up to a multiple of 4. */
export function padded(n: number): number {
  return (n + 3) & ~3;
}

/** How the parameters of a model lie in one block of f32, so that one call can update them all. */
export class ParameterLayout {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** Token embedding, `[V, C]`. */
  readonly wte: Matrix;
  /** Position embedding, `[B, C]`. */
  readonly wpe: Matrix;
  /** The layers in order. */
  readonly layers: readonly LayerMatrices[];
  /** Head, `[V, C]`. */
  readonly head: Matrix;
  /** Numbers in the block, padding included. */
  readonly size: number;

  /** Lays out a model of these sizes. */
  constructor(spec: ModelSpec) {
    this.spec = spec;
    let size = 0;
    const matrix = (rows: number, columns: number): Matrix => {
      const offset = size;
      size += rows * columns;
      return { offset, rows, columns };
    };
    const width = padded(spec.nEmbd);
    const hidden = 4 * spec.nEmbd;
    const vocabulary = padded(spec.vocabSize);
    this.wte = matrix(vocabulary, width);
    this.wpe = matrix(spec.blockSize, width);
    this.layers = Array.from({ length: spec.nLayer }, () => ({
      qkv: matrix(3 * width, width),
      wo: matrix(width, width),
      fc1: matrix(hidden, width),
      fc2: matrix(width, hidden),
    }));
    this.head = matrix(vocabulary, width);
    this.size = size;
  }

  /** The matrices that are multiplied with, in order: all but the embeddings. */
  products(): Matrix[] {
    return [...this.layers.flatMap(({ qkv, wo, fc1, fc2 }) => [qkv, wo, fc1, fc2]), this.head];
  }

  /** Copies `weights` into the block at `address`, as f32. */
  store(weights: Weights, memory: WasmMemory, address: number): void {
    this.#forEachRow((name, row, columns, at) => {
      const source = weights.tensor(name).subarray(row * columns, (row + 1) * columns);
      memory.f32.set(source, address / 4 + at);
    });
  }

  /** The weights in the block at `address`. */
  load(memory: WasmMemory, address: number): Weights {
    const weights = new Weights(this.spec);
    this.#forEachRow((name, row, columns, at) => {
      const from = address / 4 + at;
      weights.tensor(name).set(memory.f32.subarray(from, from + columns), row * columns);
    });
    return weights;
  }

  /** Calls `visit` for every row of every tensor with its offset in the block. */
  #forEachRow(visit: (name: string, row: number, columns: number, at: number) => void): void {
    for (const { name, rows, columns } of tensorShapes(this.spec)) {
      const { offset, columns: distance } = this.#placeOf(name);
      for (let row = 0; row < rows; row++) visit(name, row, columns, offset + row * distance);
    }
  }

  #placeOf(name: string): { offset: number; columns: number } {
    if (name === "wte") return this.wte;
    if (name === "wpe") return this.wpe;
    if (name === "lm_head") return this.head;
    const [, index = "", part = ""] = /^l(\d+)\.(\w+)$/.exec(name) ?? [];
    const layer = this.layers[Number(index)];
    if (layer === undefined) throw new RangeError(`Cannot place tensor "${name}"`);
    const third = ["wq", "wk", "wv"].indexOf(part);
    if (third >= 0) {
      const { offset, columns } = layer.qkv;
      return { offset: offset + third * columns * columns, columns };
    }
    if (part === "wo") return layer.wo;
    return part === "fc1" ? layer.fc1 : layer.fc2;
  }
}

/**
 * The matrices of a block, packed for multiplication in panels of 16 columns, of which the last has 8 if
 * they hold what is left.
 */
export class PackedMatrices {
  readonly #addresses = new Map<Matrix, number>();
  readonly #transposed: boolean;

  /** Reserves room; `transposed` packs Wᵀ, for X·Wᵀ, else W, for dY·W. */
  constructor(plan: MemoryPlan, layout: ParameterLayout, transposed: boolean) {
    this.#transposed = transposed;
    for (const matrix of layout.products()) {
      const [n, k] = transposed ? [matrix.rows, matrix.columns] : [matrix.columns, matrix.rows];
      this.#addresses.set(matrix, plan.reserve(Math.ceil(n / 8) * 8 * k));
    }
  }

  /** Packs the matrices of the block at `address`: all, or every `parts`-th from `part` on. */
  pack(memory: WasmMemory, address: number, part = 0, parts = 1): void {
    let i = 0;
    for (const [{ offset, rows, columns }, packed] of this.#addresses) {
      if (i++ % parts !== part) continue;
      const from = address + 4 * offset;
      if (this.#transposed) memory.kernels.packTransposed(from, columns, packed, rows, columns);
      else memory.kernels.packPlain(from, columns, packed, columns, rows);
    }
  }

  /** Where `matrix` is packed. */
  of(matrix: Matrix): number {
    const address = this.#addresses.get(matrix);
    if (address === undefined) throw new RangeError("Cannot find a packed matrix");
    return address;
  }
}

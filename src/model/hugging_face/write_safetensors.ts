/**
 * Writing the format safetensors: the length of a header, the header as JSON, then the numbers of all
 * tensors, one right after the other.
 *
 * @module
 */
import type { Transformer } from "../transformer.ts";

/** How the numbers of a file are stored. */
export type StoredType = "float32" | "float64";

/**
 * The smallest type that keeps every number of `transformer` as it is. Weights that were trained in f32
 * are stored as such, those of the reference engine in f64: nothing is ever rounded.
 */
export function exactType({ tensorNames, tensor }: Transformer): StoredType {
  const isFloat32 = tensorNames.every((name) => {
    const numbers = tensor(name)?.numbers();
    return numbers === undefined || numbers instanceof Float32Array ||
      numbers.every((number) => Object.is(Math.fround(number), number));
  });
  return isFloat32 ? "float32" : "float64";
}

/** The alignment of the numbers in a file: the header is padded to it with spaces. */
const ALIGNMENT = 8;

/** The bytes of a file with all tensors of `transformer`, in their order, tensor by tensor. */
export function* safetensors(
  transformer: Transformer,
  type: StoredType,
): Generator<Uint8Array<ArrayBuffer>> {
  const { tensorNames, tensor } = transformer;
  const [dtype, size] = type === "float32" ? ["F32", 4] : ["F64", 8];
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const name of tensorNames) {
    const shape = tensor(name)?.shape ?? [];
    const begin = end;
    end += size * shape.reduce((product, length) => product * length, 1);
    header[name] = { dtype, shape, data_offsets: [begin, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const beginning = new Uint8Array(8 + length).fill(0x20);
  new DataView(beginning.buffer).setBigUint64(0, BigInt(length), true);
  beginning.set(json, 8);
  yield beginning;
  for (const name of tensorNames) {
    const numbers = tensor(name)?.numbers() ?? [];
    const stored = type === "float32" ? Float32Array.from(numbers) : Float64Array.from(numbers);
    yield new Uint8Array(stored.buffer);
  }
}

import { isAbsent, reasonOf } from "../../files/system_error.ts";
import type { Tensor, TensorPlace } from "../transformer.ts";
import type { StoredTensor } from "./description.ts";
import { ModelFolderError } from "./json_object.ts";
import { fill, type TensorEntry } from "./safetensors.ts";

/** Numbers that are read, and converted, at a time. */
const CHUNK = 2 ** 20;

/** The types that weights may have, and their names in a {@linkcode TensorPlace}. */
const PLACES = { F32: "f32", F16: "f16", BF16: "bf16", F64: undefined } as const;

/** Whether weights may be stored in that type. */
function isWeightType(type: string): type is keyof typeof PLACES {
  return Object.hasOwn(PLACES, type);
}

/**
 * The tensor that `stored` describes, in the file that `entry` found it in. Throws a
 * {@linkcode ModelFolderError} unless its type and shape are as they should be.
 */
export function tensorIn(entry: TensorEntry, stored: StoredTensor): Tensor {
  const { type, file, path } = entry;
  if (!isWeightType(type)) {
    throw new ModelFolderError(
      file,
      `tensor ${stored.name}: expected numbers of the type F32, F16 or BF16, found ${type}`,
    );
  }
  if (entry.shape.join() !== stored.shape.join()) {
    throw new ModelFolderError(
      file,
      `tensor ${stored.name}: expected the shape [${
        stored.shape.join(", ")
      }], as config.json has ` +
        `it, found [${entry.shape.join(", ")}]`,
    );
  }
  const isTransposed = stored.isTransposed === true && stored.shape.length === 2;
  const [outputs, ...rest] = isTransposed ? stored.shape.toReversed() : stored.shape;
  const { first, count } = stored.outputs ?? { first: 0, count: outputs ?? 0 };
  const shape = [count, ...rest];
  const isDouble = type === "F64";
  const row = rest.reduce((product, length) => product * length, 1);
  if (isTransposed) {
    const isWhole = count === outputs;
    return {
      ...{ shape, isDouble },
      numbers: () => transposed(read(entry, type, 0, row * (outputs ?? 0)), row, first, count),
      ...isWhole ? placeOf(path, type, entry.offset, entry.bytes, true) : {},
    };
  }
  const bytes = row === 0 || outputs === 0 ? 0 : entry.bytes / ((outputs ?? 1) * row);
  return {
    ...{ shape, isDouble },
    numbers: () => read(entry, type, first * row, count * row),
    ...placeOf(path, type, entry.offset + first * row * bytes, count * row * bytes, false),
  };
}

/** The place of numbers of a type that can be mapped. */
function placeOf(
  file: string,
  type: keyof typeof PLACES,
  offset: number,
  bytes: number,
  isTransposed: boolean,
): { place?: TensorPlace } {
  const known = PLACES[type];
  return known === undefined ? {} : { place: { file, offset, bytes, type: known, isTransposed } };
}

/** Numbers `first` to `first + count` of a tensor, chunk by chunk. */
function read(
  { path, file, offset }: TensorEntry,
  type: keyof typeof PLACES,
  first: number,
  count: number,
): Float32Array | Float64Array {
  using open = openAgain(path, file);
  const wide = type === "F64" ? 8 : type === "F32" ? 4 : 2;
  open.seekSync(offset + wide * first, Deno.SeekMode.Start);
  const readInto = (bytes: Uint8Array): void => {
    if (!fill(open, bytes)) throw new ModelFolderError(file, "it became shorter while it was used");
  };
  if (type === "F32" || type === "F64") {
    const numbers = type === "F32" ? new Float32Array(count) : new Float64Array(count);
    readInto(new Uint8Array(numbers.buffer));
    return numbers;
  }
  const numbers = new Float32Array(count);
  const halves = new Uint16Array(Math.min(CHUNK, count));
  for (let begin = 0; begin < count; begin += CHUNK) {
    const chunk = halves.subarray(0, Math.min(CHUNK, count - begin));
    readInto(new Uint8Array(chunk.buffer, 0, chunk.byteLength));
    const target = numbers.subarray(begin, begin + chunk.length);
    if (type === "F16") target.set(new Float16Array(chunk.buffer, 0, chunk.length));
    else {
      // The upper half of an f32.
      const words = new Uint32Array(target.buffer, target.byteOffset, target.length);
      for (let i = 0; i < chunk.length; i++) words[i] = (chunk[i] as number) << 16;
    }
  }
  return numbers;
}

/** The file that a header was read from before. */
function openAgain(path: string, file: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (error) {
    const reason = isAbsent(error) ? "it was removed while it was used" : reasonOf(error);
    throw new ModelFolderError(file, reason, { cause: error });
  }
}

/** Rows `first` to `first + count` of the transpose of `matrix`, `[inputs, outputs]`. */
function transposed(
  matrix: Float32Array | Float64Array,
  inputs: number,
  first: number,
  count: number,
): Float32Array | Float64Array {
  const outputs = matrix.length / inputs;
  const result = matrix instanceof Float32Array
    ? new Float32Array(count * inputs)
    : new Float64Array(count * inputs);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < count; o++) {
      result[o * inputs + i] = matrix[i * outputs + first + o] as number;
    }
  }
  return result;
}

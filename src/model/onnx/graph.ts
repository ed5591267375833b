/**
 * A graph of ONNX as it is built: operators, constants, inputs and outputs, and its bytes. The numbers
 * of fields are those of `onnx.proto` (github.com/onnx/onnx, MIT).
 *
 * @module
 */
import { Message } from "./protobuf.ts";

/** The types that a transformer is computed in. */
export type RealType = "float32" | "float64";

/** The type of a value. */
export type ValueType = RealType | "int64" | "float16" | "bfloat16";

/** The types as `onnx.proto` numbers them. */
const types: Readonly<Record<ValueType, number>> = {
  float32: 1,
  float64: 11,
  int64: 7,
  float16: 10,
  bfloat16: 16,
};

/** The name of a value in a graph. */
export type Value = string;

/** An attribute of an operator: a number is an integer, `{ float }` is not. */
export type Attribute = number | { readonly float: number } | readonly number[];

/** Where a constant's bytes are, outside the graph. */
export interface ExternalBytes {
  /** A file beside the graph, or the name of bytes that are given with it. */
  readonly location: string;
  /** The first of them. */
  readonly offset: number;
  /** How many. */
  readonly bytes: number;
}

/** A graph that is being built. */
export class Graph {
  readonly #nodes: Message[] = [];
  readonly #constants: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #known = new Map<string, Value>();
  #count = 0;

  /** Adds an input; a size that has a name is any. */
  input(name: Value, type: ValueType, sizes: readonly (number | string)[]): Value {
    this.#inputs.push(valueInfo(name, type, sizes));
    return name;
  }

  /** Makes `value` an output. */
  output(value: Value, type: ValueType, sizes: readonly (number | string)[]): Value {
    this.#outputs.push(valueInfo(value, type, sizes));
    return value;
  }

  /** Makes `value` an output that is called `name`. */
  namedOutput(
    name: Value,
    value: Value,
    type: ValueType,
    sizes: readonly (number | string)[],
  ): Value {
    this.#nodes.push(node("Identity", [value], [name], {}));
    return this.output(name, type, sizes);
  }

  /** Adds an operator with one output. */
  add(
    operator: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    return this.addSeveral(operator, inputs, 1, attributes)[0] as Value;
  }

  /** Adds an operator with `count` outputs. */
  addSeveral(
    operator: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const outputs = Array.from({ length: count }, () => `${operator}_${this.#count++}`);
    this.#nodes.push(node(operator, inputs, outputs, attributes));
    return outputs;
  }

  /** Adds the same numbers in another type. */
  cast(value: Value, type: ValueType): Value {
    return this.add("Cast", [value], { to: types[type] });
  }

  /** Integers as a constant: sizes, places. One with the same numbers is there once. */
  integers(values: readonly number[]): Value {
    const key = `integers_${values.join("_")}`;
    return this.#once(key, () => {
      const data = BigInt64Array.from(values, BigInt);
      const bytes = new Uint8Array(data.buffer);
      return tensor(key, "int64", [values.length]).bytes(9, bytes);
    });
  }

  /** A number as a constant. */
  number(value: number, type: RealType): Value {
    const key = `number_${value}`;
    return this.#once(key, () => tensor(key, type, []).bytes(9, bytesOf([value], type)));
  }

  /** Numbers as a constant in the graph itself. */
  constant(name: Value, type: ValueType, shape: readonly number[], data: Uint8Array): Value {
    this.#constants.push(tensor(name, type, shape).bytes(9, data));
    return name;
  }

  /** Numbers as a constant whose bytes are outside the graph. */
  external(name: Value, type: ValueType, shape: readonly number[], place: ExternalBytes): Value {
    const message = tensor(name, type, shape);
    const entries = { location: place.location, offset: place.offset, length: place.bytes };
    for (const [key, value] of Object.entries(entries)) {
      message.message(13, new Message().text(1, key).text(2, String(value)));
    }
    this.#constants.push(message.integer(14, 1));
    return name;
  }

  /** The graph as the bytes of a model of ONNX, of the operators' version 17. */
  encoded(): Uint8Array<ArrayBuffer> {
    const graph = new Message();
    for (const one of this.#nodes) graph.message(1, one);
    graph.text(2, "transformer");
    for (const one of this.#constants) graph.message(5, one);
    for (const one of this.#inputs) graph.message(11, one);
    for (const one of this.#outputs) graph.message(12, one);
    const operators = new Message().text(1, "").integer(2, 17);
    return new Message().integer(1, 8).text(2, "microbeam").message(7, graph)
      .message(8, operators).encoded();
  }

  #once(key: string, make: () => Message): Value {
    let known = this.#known.get(key);
    if (known === undefined) {
      this.#constants.push(make());
      this.#known.set(key, known = key);
    }
    return known;
  }
}

/** Numbers as the little-endian bytes of `type`. */
export function bytesOf(
  numbers: Float32Array | Float64Array | readonly number[],
  type: RealType,
): Uint8Array {
  const fits = type === "float32"
    ? numbers instanceof Float32Array
    : numbers instanceof Float64Array;
  const array = fits
    ? numbers as Float32Array | Float64Array
    : type === "float32"
    ? Float32Array.from(numbers)
    : Float64Array.from(numbers);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function node(
  operator: string,
  inputs: readonly Value[],
  outputs: readonly Value[],
  attributes: Readonly<Record<string, Attribute>>,
): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, input);
  for (const output of outputs) message.text(2, output);
  message.text(3, outputs[0] as Value).text(4, operator);
  for (const [name, value] of Object.entries(attributes)) {
    const attribute = new Message().text(1, name);
    if (typeof value === "number") {
      attribute.integer(3, value).integer(20, 2);
    } else if ("float" in value) {
      attribute.float(2, value.float).integer(20, 1);
    } else {
      for (const one of value) attribute.integer(8, one);
      attribute.integer(20, 7);
    }
    message.message(5, attribute);
  }
  return message;
}

function tensor(name: Value, type: ValueType, shape: readonly number[]): Message {
  const message = new Message();
  for (const size of shape) message.integer(1, size);
  return message.integer(2, types[type]).text(8, name);
}

function valueInfo(name: Value, type: ValueType, sizes: readonly (number | string)[]): Message {
  const shape = new Message();
  for (const size of sizes) {
    const one = new Message();
    shape.message(1, typeof size === "number" ? one.integer(1, size) : one.text(2, size));
  }
  const tensorType = new Message().integer(1, types[type]).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensorType));
}

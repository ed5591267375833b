import type { Arithmetic } from "./arithmetic.ts";
import { instantiateKernels, type Kernels } from "./kernels.ts";

/** A WebAssembly page. */
const PAGE = 65536;
/** The most bytes that a memory can hold: a 32-bit address reaches no more. */
export const MOST_BYTES = 65536 * PAGE;

/** Numbers that are copied one by one. */
const FEW = 200;

/** The addresses in a memory, planned before any of it is allocated. */
export class MemoryPlan {
  // The kernels' constants come first. A forgotten address, 0, then points at no data.
  #bytes = 4096;

  /** Room for `count` four-byte numbers; its address, a multiple of 64. */
  reserve(count: number): number {
    const address = this.#bytes;
    this.#bytes = Math.ceil((address + 4 * count) / 64) * 64;
    return address;
  }

  /** Bytes planned so far. */
  get bytes(): number {
    return this.#bytes;
  }
}

/** One WebAssembly memory with the kernels over it, laid out once by a plan. */
export class WasmMemory {
  /** The kernels. */
  readonly kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  #f32: Float32Array;
  #i32: Int32Array;
  #f64: Float64Array;
  #bytes: number;

  /**
   * Allocates what `plan` asks for, or takes over the `shared` memory of another thread with the same
   * plan; `arithmetic` is that of the kernels. Throws a `RangeError` with its size, before allocating
   * anything, if no WebAssembly memory can be so large.
   */
  constructor(plan: MemoryPlan, arithmetic: Arithmetic, shared?: WebAssembly.Memory) {
    requireAddressable(plan.bytes);
    this.#memory = shared ?? new WebAssembly.Memory({
      initial: Math.ceil(plan.bytes / PAGE),
      maximum: MOST_BYTES / PAGE,
      shared: true,
    });
    this.kernels = instantiateKernels(this.#memory, arithmetic);
    this.#f32 = new Float32Array(this.#memory.buffer);
    this.#i32 = new Int32Array(this.#memory.buffer);
    this.#f64 = new Float64Array(this.#memory.buffer);
    this.#bytes = plan.bytes;
  }

  /** The memory itself, to share it with another thread. */
  get shared(): WebAssembly.Memory {
    return this.#memory;
  }

  /** The memory as f32, indexed by a quarter of the address. */
  get f32(): Float32Array {
    return this.#f32;
  }

  /** The memory as i32, likewise. */
  get i32(): Int32Array {
    return this.#i32;
  }

  /** The memory as f64, indexed by an eighth of the address. */
  get f64(): Float64Array {
    return this.#f64;
  }

  /** Copies `count` numbers of four bytes from one address to another, which is not among them. */
  copy(from: number, to: number, count: number): void {
    const numbers = this.#i32;
    const source = from / 4;
    const target = to / 4;
    // `copyWithin` leaves JavaScript, which takes longer than so few numbers do.
    if (count > FEW) numbers.copyWithin(target, source, source + count);
    else for (let i = 0; i < count; i++) numbers[target + i] = numbers[source + i] as number;
  }

  /** Room for `bytes` more, after everything else; its address. Throws as the constructor does. */
  extend(bytes: number): number {
    const address = this.#bytes;
    requireAddressable(address + bytes);
    const missing = Math.ceil((address + bytes) / PAGE) - this.#memory.buffer.byteLength / PAGE;
    if (missing > 0) {
      this.#memory.grow(missing);
      this.#f32 = new Float32Array(this.#memory.buffer);
      this.#i32 = new Int32Array(this.#memory.buffer);
      this.#f64 = new Float64Array(this.#memory.buffer);
    }
    this.#bytes += bytes;
    return address;
  }
}

function requireAddressable(bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  const gib = (bytes / 2 ** 30).toFixed(1);
  throw new RangeError(`Cannot hold the model: it needs ${gib} GiB, WebAssembly has 4 GiB`);
}

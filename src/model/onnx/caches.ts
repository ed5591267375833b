/**
 * The keys and values of many sequences, layer by layer, as a graph takes them: `[slots, G, P, D]`, so
 * that neighbouring sequences are an input without a copy. Letters as in `transformer_graph.ts`.
 *
 * @module
 */
import type { TransformerSpec } from "../transformer.ts";
import type { RealType } from "./graph.ts";

/** Numbers of a cache. */
export type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** The past of some sequences as an input of one layer. */
export interface Past {
  /** `[S, G, P, D]`, or with one more for values. */
  readonly numbers: Numbers;
  /** The sizes. */
  readonly sizes: readonly [number, number, number, number];
}

/** What is read together: the slot of each sequence, by its place in the inputs. */
export interface Selection {
  /** The slots of `S` sequences; one that none of them is in has its place all the same. */
  readonly slots: readonly number[];
  /** How many positions there must be: `P`. */
  readonly positions: number;
}

/** Positions for at least `count`: in steps of at most a half, so that caches seldom move. */
export function roomFor(count: number): number {
  let room = 16;
  while (room < count) room += room >= 32 ? 2 ** (Math.floor(Math.log2(room)) - 1) : 16;
  return room;
}

/** Bytes of the caches of one sequence that may have up to `positions` tokens. */
export function cacheBytes(
  { layers, keyValueHeads, headWidth }: TransformerSpec,
  positions: number,
): number {
  return 4 * layers * keyValueHeads * (2 * headWidth + 1) * roomFor(positions);
}

/** The same numbers of every position of every layer: the keys, or the values. */
export class LayerCaches {
  readonly #arrays: Numbers[];
  readonly #heads: number;
  readonly #width: number;
  readonly #make: (length: number) => Numbers;
  readonly #copies = new Map<number, Numbers>();
  #slots = 0;
  #room = 0;

  /** Of `layers` layers with `heads` heads, `width` numbers each. */
  constructor(type: RealType, layers: number, heads: number, width: number) {
    this.#heads = heads;
    this.#width = width;
    this.#make = (length) =>
      type === "float64" ? new Float64Array(length) : new Float32Array(length);
    this.#arrays = Array.from({ length: layers }, () => this.#make(0));
  }

  /** Positions that a slot has room for now. */
  get room(): number {
    return this.#room;
  }

  /**
   * Makes room for slots below `slots` and positions below `positions`; keeps what there is. More slots are
   * at least a quarter more, since a search forks its texts one by one, and each time all is copied.
   */
  reserve(slots: number, positions: number): void {
    if (slots <= this.#slots && positions <= this.#room) return;
    const [heads, width] = [this.#heads, this.#width];
    const oldSlots = this.#slots;
    const oldRoom = this.#room;
    if (slots > oldSlots) this.#slots = Math.max(slots, Math.floor(1.25 * oldSlots));
    this.#room = Math.max(oldRoom, roomFor(positions));
    this.#arrays.forEach((old, layer) => {
      const wide = this.#make(this.#slots * heads * this.#room * width);
      for (let i = 0; i < oldSlots * heads; i++) {
        const kept = old.subarray(i * oldRoom * width, (i + 1) * oldRoom * width);
        wide.set(kept as never, i * this.#room * width);
      }
      this.#arrays[layer] = wide;
    });
  }

  /** Copies the first `length` positions of one slot to another. */
  copy(from: number, to: number, length: number): void {
    const stride = this.#room * this.#width;
    for (const array of this.#arrays) {
      for (let head = 0; head < this.#heads; head++) {
        const first = (from * this.#heads + head) * stride;
        array.copyWithin(
          (to * this.#heads + head) * stride,
          first,
          first + length * this.#width,
        );
      }
    }
  }

  /** The past of a selection: the caches themselves, or a copy that is good until the next call. */
  past(layer: number, { slots, positions }: Selection, areNeighbours: boolean): Past {
    const array = this.#arrays[layer] as Numbers;
    const [heads, width, room] = [this.#heads, this.#width, this.#room];
    if (areNeighbours) {
      const size = heads * room * width;
      const first = (slots[0] as number) * size;
      return {
        numbers: array.subarray(first, first + slots.length * size),
        sizes: [slots.length, heads, room, width],
      };
    }
    const part = positions * width;
    const length = slots.length * heads * part;
    let copy = this.#copies.get(layer);
    if (copy === undefined || copy.length < length || copy.length > 4 * length) {
      this.#copies.set(layer, copy = this.#make(length));
    }
    slots.forEach((slot, i) => {
      for (let head = 0; head < heads; head++) {
        const first = (slot * heads + head) * room * width;
        copy.set(array.subarray(first, first + part) as never, (i * heads + head) * part);
      }
    });
    return { numbers: copy.subarray(0, length), sizes: [slots.length, heads, positions, width] };
  }

  /** Stores the numbers of new rows, `[R, G, D]`: those of `row` at `position` of `slot`. */
  store(layer: number, rows: Numbers, row: number, slot: number, position: number): void {
    const array = this.#arrays[layer] as Numbers;
    const width = this.#width;
    for (let head = 0; head < this.#heads; head++) {
      const from = (row * this.#heads + head) * width;
      const to = ((slot * this.#heads + head) * this.#room + position) * width;
      for (let j = 0; j < width; j++) array[to + j] = rows[from + j] as number;
    }
  }
}

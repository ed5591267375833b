/**
 * A recorded call of the kernel `pass`, which reads rows from memory: what it read is kept, so that the
 * call can be made again, and its products alone.
 *
 * @module
 */

/** Words that stood in memory, from a place counted in words. */
export interface Words {
  /** The first word's place. */
  readonly place: number;
  /** What stood there. */
  readonly words: Int32Array;
}

/** The name of the kernel. */
export const PASS = "pass";
/** The kernel that computes one of its products. */
export const PASS_PRODUCT = "passMultiply";

/** Words of the table that a pass works on, as `kernels/pass.ts` has them. */
const TABLE = {
  layers: 3,
  rows: 9,
  wanted: 10,
  drawing: 11,
  wantedRows: 12,
  tokens: 13,
  positions: 14,
  caches: 15,
  draws: 23,
} as const;
/** Words of one row's draw. */
const DRAW_WORDS = 12;

/** What a pass over the table at `at` reads of rows, of which `isDrawing` says whether any is drawn from. */
export class PassInputs {
  /** Whether it draws tokens. */
  readonly isDrawing: boolean;
  /** The number of its products. */
  readonly products: number;
  /** What it reads. */
  readonly words: readonly Words[];

  /** Copies what stands in `memory` now. */
  constructor(memory: WebAssembly.Memory, at: number) {
    const all = new Int32Array(memory.buffer);
    const table = (word: number): number => all[at / 4 + word] as number;
    const kept = (word: number, count: number): Words => {
      const place = table(word) / 4;
      return { place, words: all.slice(place, place + count) };
    };
    const one = (word: number): number => all[table(word) / 4] as number;
    const [rows, wanted] = [one(TABLE.rows), one(TABLE.wanted)];
    this.isDrawing = one(TABLE.drawing) !== 0;
    this.products = 4 * table(TABLE.layers) + 1;
    this.words = [
      ...[TABLE.rows, TABLE.wanted, TABLE.drawing].map((word) => kept(word, 1)),
      ...[TABLE.tokens, TABLE.positions, TABLE.caches].map((word) => kept(word, rows)),
      kept(TABLE.wantedRows, wanted),
      ...this.isDrawing ? [kept(TABLE.draws, DRAW_WORDS * wanted)] : [],
    ];
  }
}

/**
 * Draws among the wanted rows of a shard: what the kernel `draw` is told of each row, its answers,
 * `[N, 7]` in f64, and the distributions that are wanted, `[N, V]` (`kernels/draw.ts`). Letters as in
 * `inference_plan.ts`.
 *
 * @module
 */
import type { Draw } from "../language_model.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** Numbers of f64 that belong to a row. */
export const DRAW_NUMBERS = 7;
/** The most tokens of a vocabulary whose distributions leave the engine: there is room for one of each row. */
const MOST_DISTRIBUTED = 1024;

/** The places of a row's questions and answers among a draw's numbers. */
const TEMPERATURE = 0;
const UNIFORM = 1;
const WANTS_DISTRIBUTION = 2;
const TOKEN = 3;
const SHIFTED = 4;
const SUM = 5;
const PROBABILITY = 6;
/** The temperature of a row whose logits are wanted themselves. */
const NO_DRAW = -1;

/** Whether there is room for distributions `[V]` of rows of logits. */
export function hasDistributions({ vocabSize }: { readonly vocabSize: number }): boolean {
  return vocabSize <= MOST_DISTRIBUTED;
}

/** Checks that one row is asked for, and one can draw; throws a `RangeError` that says what is wrong. */
export function checkDraw(
  { temperature, uniform, distribution }: Draw,
  rows: number,
  vocabSize: number,
): void {
  if (rows !== 1) throw new RangeError(`Cannot draw from ${rows} rows of logits: expected 1`);
  if (!(temperature >= 0 && temperature < Infinity && uniform >= 0 && uniform < 1)) {
    throw new RangeError(
      `Cannot draw at temperature ${temperature} by the number ${uniform}: ` +
        "expected a temperature of at least 0, and a number in [0, 1)",
    );
  }
  if (distribution === undefined) return;
  if (distribution.length !== vocabSize || temperature === 0) {
    throw new RangeError(
      `Cannot leave the distribution of a draw at temperature ${temperature} in ` +
        `${distribution.length} numbers: expected a temperature above 0, and ${vocabSize} numbers`,
    );
  }
}

/** Asks for a draw from the row whose numbers are at `address`, or with `undefined` for none. */
export function ask({ f64 }: WasmMemory, address: number, draw: Draw | undefined): void {
  const at = address / 8;
  f64[at + TEMPERATURE] = draw === undefined ? NO_DRAW : draw.temperature;
  if (draw === undefined) return;
  f64[at + UNIFORM] = draw.uniform;
  f64[at + WANTS_DISTRIBUTION] = draw.distribution === undefined ? 0 : 1;
}

/**
 * Tells `draw` what the kernel has answered, its distribution at an address of its own: a token below 0
 * where nothing could be drawn.
 */
export function tell(
  { f64 }: WasmMemory,
  address: number,
  distributionAddress: number,
  draw: Draw,
): void {
  const at = address / 8;
  const { distribution } = draw;
  draw.token = f64[at + TOKEN] as number;
  if (distribution !== undefined) {
    const from = distributionAddress / 8;
    for (let v = 0; v < distribution.length; v++) distribution[v] = f64[from + v] as number;
    return;
  }
  // The logarithms are JavaScript's, as everywhere in decoding.
  draw.logProb = (f64[at + SHIFTED] as number) - Math.log(f64[at + SUM] as number);
  draw.warpedLogProb = draw.temperature === 0 ? 0 : Math.log(f64[at + PROBABILITY] as number);
}

/**
 * Draws among the wanted rows of a shard: what the kernel `draw` is told of each row, and its answers,
 * `[N, 6]` in f64 (`kernels/draw.ts`). Letters as in `inference_plan.ts`.
 *
 * @module
 */
import type { Draw } from "../language_model.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** Numbers of f64 that belong to a row. */
export const DRAW_NUMBERS = 6;

/** The places of a row's questions and answers among a draw's numbers. */
const TEMPERATURE = 0;
const UNIFORM = 1;
const TOKEN = 2;
const SHIFTED = 3;
const SUM = 4;
const PROBABILITY = 5;
/** The temperature of a row whose logits are wanted themselves. */
const NO_DRAW = -1;

/** Checks that one row is asked for, and one can draw; throws a `RangeError` that says what is wrong. */
export function checkDraw({ temperature, uniform }: Draw, rows: number): void {
  if (rows !== 1) throw new RangeError(`Cannot draw from ${rows} rows of logits: expected 1`);
  if (!(temperature >= 0 && temperature < Infinity && uniform >= 0 && uniform < 1)) {
    throw new RangeError(
      `Cannot draw at temperature ${temperature} by the number ${uniform}: ` +
        "expected a temperature of at least 0, and a number in [0, 1)",
    );
  }
}

/** Asks for a draw from the row whose numbers are at `address`, or with `undefined` for none. */
export function ask({ f64 }: WasmMemory, address: number, draw: Draw | undefined): void {
  const at = address / 8;
  f64[at + TEMPERATURE] = draw === undefined ? NO_DRAW : draw.temperature;
  if (draw !== undefined) f64[at + UNIFORM] = draw.uniform;
}

/** Tells `draw` what the kernel has answered: a token below 0 where nothing could be drawn. */
export function tell({ f64 }: WasmMemory, address: number, draw: Draw): void {
  const at = address / 8;
  // The logarithms are JavaScript's, as everywhere in decoding.
  draw.token = f64[at + TOKEN] as number;
  draw.logProb = (f64[at + SHIFTED] as number) - Math.log(f64[at + SUM] as number);
  draw.warpedLogProb = draw.temperature === 0 ? 0 : Math.log(f64[at + PROBABILITY] as number);
}

/**
 * The arithmetic that one core can do at all by WebAssembly's instructions on four f32: sums of products
 * of numbers that never leave the registers. No matrix product can be faster, whatever its tiles are.
 *
 * @module
 */
import type { Arithmetic } from "../../src/model/simd/arithmetic.ts";
import { type Duration, repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";

/** Sums side by side: so many hide how long each takes, and fit the sixteen registers. */
const SUMS = 12;
/** Steps of the loop in a call. */
const STEPS = 100_000;
/** A product and a sum in each of four lanes. */
const OPERATIONS = STEPS * SUMS * 4 * 2;

/** Billions of operations a second, measured for about so many seconds. */
export function registerPeak(arithmetic: Arithmetic, seconds: number): number {
  const module = new WebAssembly.Module(moduleOf(arithmetic));
  const run = new WebAssembly.Instance(module).exports["run"] as (
    steps: number,
    factor: number,
    term: number,
  ) => number;
  const duration: Duration = repeat(() => {
    run(STEPS, 0.5, 1);
    return 1;
  }, seconds);
  return OPERATIONS / secondsEach(duration) / 1e9;
}

/** The bytes of `(func (export "run") (param i32 f32 f32) (result f32))`, which steps through the loop. */
export function moduleOf(arithmetic: Arithmetic): Uint8Array<ArrayBuffer> {
  const I32 = 0x7f, F32 = 0x7d, V128 = 0x7b;
  // Parameters are locals 0 to 2; factor and term in all lanes 3 and 4; the sums follow.
  const [STEP, FACTOR, TERM, FACTORS, TERMS, FIRST] = [0, 1, 2, 3, 4, 5] as const;
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const splat = [0xfd, 0x13], add = [0xfd, 0xe4, 0x01], multiply = [0xfd, 0xe6, 0x01];
  const fused = [0xfd, 0x85, 0x02];
  const sums = Array.from({ length: SUMS }, (_, i) => FIRST + i);
  const step = (sum: number): number[] => [
    ...get(sum),
    ...get(FACTORS),
    ...arithmetic === "fused" ? [...get(TERMS), ...fused] : [...multiply, ...get(TERMS), ...add],
    ...set(sum),
  ];
  const code = [
    ...[1, 2 + SUMS, V128],
    ...[...get(FACTOR), ...splat, ...set(FACTORS), ...get(TERM), ...splat, ...set(TERMS)],
    // loop … local.get $step, i32.const 1, i32.sub, local.tee $step, br_if 0, end
    ...[0x03, 0x40, ...sums.flatMap(step)],
    ...[...get(STEP), 0x41, 1, 0x6b, 0x22, STEP, 0x0d, 0, 0x0b],
    ...get(FIRST),
    ...sums.slice(1).flatMap((sum) => [...get(sum), ...add]),
    // f32x4.extract_lane 0, end
    ...[0xfd, 0x1f, 0, 0x0b],
  ];
  const section = (id: number, content: readonly number[]): number[] => [
    id,
    ...lengthOf(content),
    ...content,
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, F32, F32, 1, F32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...new TextEncoder().encode("run"), 0, 0]),
    ...section(10, [1, ...lengthOf(code), ...code]),
  ]);
}

/** The length of `content` in LEB128. */
function lengthOf({ length }: readonly number[]): number[] {
  return length < 128 ? [length] : [length & 127 | 128, length >> 7];
}

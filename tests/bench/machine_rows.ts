/**
 * What this machine can do at all, in the rounds of everything else: bounds of arithmetic and of memory,
 * and a yardstick of the state that its processor is in.
 *
 * @module
 */
import { type Arithmetic, arithmetics } from "../../src/model/simd/arithmetic.ts";
import { repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import { registerPeak } from "./register_peak.ts";
import type { Row } from "./rows.ts";

/** The row that tells the states of the processor apart: nothing but its clock is in it. */
export const YARDSTICK = "sums of products in registers, strict";

/** Bytes of a copy: of a small model's weights, and more than any cache holds. */
const COPIES = [["256 KB", 2 ** 18], ["128 MB", 2 ** 27]] as const;

/** The rows of the machine. */
export function machineRows(): Row[] {
  return [
    ...arithmetics.map(registerRow),
    ...COPIES.map(([size, bytes]) => copyRow(size, bytes)),
  ];
}

function registerRow(arithmetic: Arithmetic): Row {
  return {
    section: "machine",
    name: arithmetic === "strict" ? YARDSTICK : `sums of products in registers, ${arithmetic}`,
    unit: "GFLOPS",
    better: "higher",
    peers: {},
    share: 0.25,
    engine: (seconds) => registerPeak(arithmetic, seconds),
  };
}

function copyRow(size: string, bytes: number): Row {
  const from = new Uint8Array(bytes).fill(1);
  const to = new Uint8Array(bytes);
  return {
    section: "machine",
    name: `copy of ${size}`,
    unit: "GB/s",
    better: "higher",
    peers: {},
    share: 0.25,
    engine: (seconds) =>
      // Each byte is read and written.
      2 * bytes / 1e9 / secondsEach(repeat(() => {
        to.set(from);
        return 1;
      }, seconds)),
    bounds: [{
      kind: "memory",
      what: "writing as many bytes, and reading none",
      measure: (seconds) =>
        2 * bytes / 1e9 / secondsEach(repeat(() => {
          to.fill(1);
          return 1;
        }, seconds)),
    }],
  };
}

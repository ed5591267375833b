/**
 * How the numbers of a comparison are written: percentages as points, everything else as it is.
 *
 * @module
 */
import type { Estimate } from "../measure/estimate.ts";
import type { MeasureFacts } from "../measure/measure.ts";

/** How values and differences of a measure are written. */
export interface DifferenceFacts {
  /** The format of its numbers, without a sign for per cent. */
  readonly facts: Pick<MeasureFacts, "format">;
  /** A number as it is written. */
  readonly scale: (estimate: Estimate) => Estimate;
  /** The unit of a difference, in words; empty of what has none. */
  readonly unit: string;
}

/** How values and differences of `measure` are written. */
export function differenceFacts({ format, unit }: MeasureFacts): DifferenceFacts {
  if (format === "percent") {
    const scale = ({ value, interval }: Estimate): Estimate => ({
      value: 100 * value,
      ...(interval === undefined
        ? {}
        : { interval: { low: 100 * interval.low, high: 100 * interval.high } }),
    });
    return { facts: { format: { decimals: 1 } }, scale, unit: "percentage points" };
  }
  const named = unit === "share" || unit === "ratio" ? "" : unit;
  return { facts: { format }, scale: (estimate) => estimate, unit: named };
}

import type { RunRecord } from "../../../../src/report/run/run_record.ts";
import type { SweepSummary } from "../../../../src/report/sweep/sweep_summary.ts";

/** A made-up run or sweep with an effect that a kind of finding is to claim, and one without. */
export interface FindingCase<Run extends RunRecord | SweepSummary> {
  /** The effect. */
  readonly name: string;
  /** The kind of finding. */
  readonly kind: string;
  /** The run that has it. */
  readonly run: () => Run | Promise<Run>;
  /** The same run without it: the kind claims nothing of it. */
  readonly without: () => Run | Promise<Run>;
  /** What the findings of the kind say of the run that has it, the interval left to the numbers. */
  readonly says: readonly RegExp[];
  /** The numbers in it by `name of`, with how far they may be from these. */
  readonly numbers?: Readonly<Record<string, readonly [value: number, tolerance: number]>>;
}
